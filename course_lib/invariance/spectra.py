"""What Fourier analysis keeps when it forgets positions: modulus, and power by wavenumber."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, whole_number
from course_lib.invariance.images import square_images


def fourier_modulus(images: ArrayLike, dimensions: int = 2) -> np.ndarray:
    """Modulus of the discrete Fourier transform: unchanged by a periodic translation.

    The transform is orthonormal, so an image and its modulus have the same Euclidean norm.

    Parameters
    ----------
    images : real, square images, shape (..., N, N); with one dimension, signals, shape (..., N).
    dimensions : 1 or 2, the last axes that are transformed.

    Returns
    -------
    shaped like `images`, frequencies in the order of ``np.fft``, frequency zero first.

    Equation: eq-wav-fourier-modulus
    """
    if whole_number("dimensions", dimensions, 1) == 1:
        return np.abs(np.fft.fft(finite_array("images", images, (..., None)), norm="ortho"))
    if dimensions != 2:
        raise ValueError(f"dimensions: expected 1 or 2, got {dimensions}")
    return np.abs(np.fft.fft2(square_images("images", images), norm="ortho"))


def isotropic_spectrum(images: ArrayLike) -> np.ndarray:
    """Mean power on rings of the frequency plane: the spectrum without its directions.

    Parameters
    ----------
    images : real, square images, shape (..., N, N).

    Returns
    -------
    shape (..., N // 2 + 1). Entry k is the mean of the squared :func:`fourier_modulus` over the frequencies whose distance from
    zero rounds to k waves per image side; those in the corners, beyond N // 2, are left out. White noise of variance v gives v.

    Equation: eq-wav-isotropic
    """
    power = fourier_modulus(images) ** 2
    size = power.shape[-1]
    wavenumber = size * np.fft.fftfreq(size)
    ring = np.rint(np.hypot(wavenumber[:, None], wavenumber)).astype(int)
    return np.stack([power[..., ring == k].mean(axis=-1) for k in range(size // 2 + 1)], axis=-1)
