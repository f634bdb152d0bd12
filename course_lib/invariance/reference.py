"""A scattering transform that can be read: orders 0, 1 and 2 in as many lines as the equations, equal to kymatio's.

kymatio never computes a map finer than it need be: once a modulus was taken at scale 2^j, it keeps every 2^j-th pixel.
:func:`cascade` does the same or, for a look at the mathematics, keeps all pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import whole_number
from course_lib.invariance.images import square_images
from course_lib.invariance.wavelets import FilterBank, morlet_bank


def coarser_filter(filter_hat: np.ndarray, step: int) -> np.ndarray:
    """A filter for a grid that keeps every `step`-th pixel: the lowest of its frequencies.

    Parameters
    ----------
    filter_hat : Fourier transform of the filter, shape (..., N, N), in the order of ``np.fft``.
    step : a divisor of N.

    Examples
    --------
    >>> coarser_filter(np.diag(np.arange(8.0)), 2).diagonal()
    array([0., 1., 6., 7.])
    """
    size = filter_hat.shape[-1] // step
    kept = np.fft.fftfreq(size, 1 / size).round().astype(int)
    return filter_hat[..., kept[:, None], kept]


def subsample(x_hat: np.ndarray, step: int) -> np.ndarray:
    """The Fourier transform of every `step`-th pixel: that of all pixels, folded onto itself.

    Parameters
    ----------
    x_hat : Fourier transform of an image, shape (..., N, N).
    step : a divisor of N.

    Equation: eq-subsampling
    """
    size = x_hat.shape[-1] // step
    return x_hat.reshape(*x_hat.shape[:-2], step, size, step, size).mean(axis=(-4, -2))


def cascade(images: ArrayLike, bank: FilterBank, max_order: int = 2, keep_all: bool = False) -> np.ndarray:
    """Scattering coefficients of periodic images: wavelet, modulus, wavelet, modulus, average.

    Parameters
    ----------
    images : real, shape (..., N, N), N a multiple of 2^J.
    bank : wavelets `psi`, shape (J, L, N, N), and low-pass filter `phi`, shape (N, N).
    max_order : 0, 1 or 2.
    keep_all : compute every map at every pixel; otherwise coarser scales on coarser grids, which is much faster.

    Returns
    -------
    array
        Shape (..., P, N, N) or (..., P, N / 2^J, N / 2^J), in the order of :func:`course_lib.invariance.paths.paths_2d`.

    Raises
    ------
    ValueError
        If the images are not finite, do not have the size of the bank, or one that 2^J does not divide.

    Equations: eq-scattering-0, eq-scattering-1, eq-scattering-2, eq-subsampling
    """
    images = square_images("images", images, bank.phi.shape[-1])
    J, L = bank.psi.shape[:2]
    if images.shape[-1] % 2**J and not keep_all:
        raise ValueError(f"images: expected a size that 2^J = {2**J} divides, got {images.shape[-1]}")

    def filtered(U_hat, filter_hat, level, new):
        """A map on every 2^level-th pixel, filtered, on every 2^new-th."""
        if keep_all:
            level = new = 0
        product = U_hat * coarser_filter(filter_hat, 2**level)
        return np.fft.ifft2(subsample(product, 2 ** (new - level)))

    x_hat = np.fft.fft2(images)
    S0, S1, S2 = [filtered(x_hat, bank.phi, 0, J).real], [], []
    for j1, theta1 in np.ndindex(J, L if max_order > 0 else 0):
        U1 = np.abs(filtered(x_hat, bank.psi[j1, theta1], 0, j1))
        U1_hat = np.fft.fft2(U1)
        S1.append(filtered(U1_hat, bank.phi, j1, J).real)
        for j2, theta2 in np.ndindex(J, L if max_order > 1 else 0):
            if j2 > j1:
                U2 = np.abs(filtered(U1_hat, bank.psi[j2, theta2], j1, j2))
                S2.append(filtered(np.fft.fft2(U2), bank.phi, j2, J).real)
    return np.stack(S0 + S1 + S2, axis=-3)


def scattering_reference(images: ArrayLike, J: int, L: int = 8, max_order: int = 2) -> np.ndarray:
    """What kymatio's ``Scattering2D`` computes, in double precision: reflected borders, the cascade, borders cut off.

    Parameters
    ----------
    images : real, shape (..., N, N).
    J : number of scales, 2^J at most N.
    L : number of angles over half a turn.
    max_order : 0, 1 or 2.

    Returns
    -------
    array, shape (..., P, h, h) with h = N / 2^J rounded down, in the order of :func:`course_lib.invariance.paths.paths_2d`

    Raises
    ------
    ValueError
        If the images are not finite and square, or J is too large for them.

    Equations: eq-scattering-0, eq-scattering-1, eq-scattering-2, eq-reflection
    """
    images = square_images("images", images)
    size = images.shape[-1]
    if 2 ** whole_number("J", J, 1) > size:
        raise ValueError(f"J: 2^J must not exceed the size {size}; expected at most {size.bit_length() - 1}, got {J}")
    padded = reflected(images, 2**J)
    bank = morlet_bank(padded.shape[-1], J, L)
    return cascade(padded, bank, max_order)[..., 1:-1, 1:-1]


def reflected(images: np.ndarray, step: int) -> np.ndarray:
    """Images continued by their mirror image on all sides, to a multiple of `step`: at least half a step on each side.

    Parameters
    ----------
    images : shape (..., N, N).
    step : 2^J.

    Equation: eq-reflection
    """
    size = images.shape[-1]
    added = ((size + step) // step + 1) * step - size
    margin = (added // 2, added - added // 2)
    widths = [(0, 0)] * (images.ndim - 2) + [margin, margin]
    return np.pad(images, widths, mode="reflect")
