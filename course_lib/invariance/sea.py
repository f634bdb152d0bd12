"""The sea surface under a steady wind: a Gaussian field of waves that run within some angle of the wind."""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import positive_number
from course_lib.invariance.gaussian_fields import gaussian_field, unit_variance, wavenumbers


def wave_spectrum(size: int, peak: float, wind: float, spread: float = 2.0) -> np.ndarray:
    """Power spectrum of wind waves in deep water, seen at one moment.

    Along the wavenumber it is the spectrum of Pierson and Moskowitz. Around the wind it falls like a power of the cosine; since
    a snapshot does not tell which way a wave runs, opposite wave vectors have the same power.

    Parameters
    ----------
    size : pixels along a side.
    peak : number of waves across the image where the frequency spectrum peaks.
    wind : direction of the wind, in radians from the second index towards the first.
    spread : half the power of the cosine: larger is narrower.

    Returns
    -------
    array of shape (size, size), in the order of ``np.fft.fft2``, with mean 1.

    Raises
    ------
    ValueError
        If `peak` or `spread` is not positive.

    Equation: eq-few-wave-spectrum
    """
    along, across = wavenumbers(size, wind)
    k2 = along**2 + across**2
    k2[0, 0] = np.inf
    radial = k2**-2 * np.exp(-1.25 * positive_number("peak", peak) ** 2 / k2)
    return unit_variance(radial * (along**2 / k2) ** positive_number("spread", spread))


def sea_surface(size: int, peak: float, wind: float, rng: np.random.Generator, spread: float = 2.0) -> np.ndarray:
    """Elevation of the sea surface at one moment, in units of its standard deviation.

    Parameters
    ----------
    size, peak, wind, spread : as in :func:`wave_spectrum`.
    rng : random numbers.

    Returns
    -------
    array of shape (size, size).
    """
    return gaussian_field(wave_spectrum(size, peak, wind, spread), rng)
