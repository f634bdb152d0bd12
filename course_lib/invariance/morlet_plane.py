"""One Morlet wavelet in the plane, as its Fourier transform on the grid of ``np.fft``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, whole_number

#: A Gaussian is taken to vanish this many standard deviations from its centre; it is 1e-14 there.
REACH = 8.0


def grid_frequencies(size: int) -> np.ndarray:
    """Frequencies of the discrete Fourier transform, in its order: radians per pixel, from −π up to below π, shape (size,).

    Examples
    --------
    >>> grid_frequencies(4) / np.pi
    array([ 0. ,  0.5, -1. , -0.5])
    """
    return 2 * np.pi * np.fft.fftfreq(whole_number("size", size, 1))


def direction(theta: float) -> np.ndarray:
    """The unit vector (cos θ, sin θ) on the axes (row, column), shape (2,): at θ = 0 a wave changes from row to row.

    Parameters
    ----------
    theta : angle in radians.
    """
    return np.array([np.cos(theta), np.sin(theta)])


def gaussian_2d(size: int, sigma: float, center: ArrayLike = (0.0, 0.0), theta: float = 0.0, slant: float = 1.0) -> np.ndarray:
    """Fourier transform, sampled on the grid, of a Gaussian window of mass one times a plane wave.

    Parameters
    ----------
    size : pixels a side, N.
    sigma : standard deviation of the window along θ, in pixels; across, it is sigma / slant.
    center : the wave's frequency on the axes (row, column), in radians per pixel, shape (2,).
    theta : angle of the window in radians.
    slant : positive; below one the window is longer across than along.

    Returns
    -------
    shape (N, N), real. Sampling in space folds all frequencies that differ by 2π onto each other: their sum is returned.

    Equation: eq-wav-gaussian-hat
    """
    sigma, slant = positive_number("sigma", sigma), positive_number("slant", slant)
    center = finite_array("center", center, (2,))
    along, across = direction(theta), direction(theta + np.pi / 2)
    C = sigma**2 * (np.outer(along, along) + np.outer(across, across) / slant**2)
    omega, shifts = grid_frequencies(size), folded(np.abs(center).max(), REACH * max(1.0, slant) / sigma)
    total = np.zeros((len(omega), len(omega)))
    for row in omega - center[0] + shifts[:, None]:
        for column in omega - center[1] + shifts[:, None]:
            cross = C[0, 1] * np.outer(row, column)
            total += np.exp(-(C[0, 0] * row[:, None] ** 2 + C[1, 1] * column**2) / 2 - cross)
    return total


def folded(center: float, reach: float) -> np.ndarray:
    """The multiples of 2π that bring a frequency between −π and π to within `reach` of plus or minus `center`."""
    copies = int((center + reach + np.pi) / (2 * np.pi))
    return 2 * np.pi * np.arange(-copies, copies + 1)


def morlet_2d(size: int, sigma: float, xi: float, theta: float, slant: float) -> np.ndarray:
    """Fourier transform, sampled on the grid, of a Morlet wavelet in the plane: exactly zero at the frequency zero.

    Parameters
    ----------
    size : pixels a side, N.
    sigma : standard deviation of its window along θ, in pixels.
    xi : its frequency, in radians per pixel.
    theta : its direction in radians, see :func:`direction`.
    slant : its window is longer across than along by 1 / slant.

    Returns
    -------
    shape (N, N), real.

    Equation: eq-wav-morlet-2d
    """
    gabor = gaussian_2d(size, sigma, positive_number("xi", xi) * direction(theta), theta, slant)
    window = gaussian_2d(size, sigma, (0.0, 0.0), theta, slant)
    return gabor - gabor[0, 0] / window[0, 0] * window
