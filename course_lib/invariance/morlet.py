"""The Morlet wavelet on the line: a wave under a Gaussian window, corrected so that its mean is zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, whole_number
from course_lib.invariance.morlet_plane import REACH, folded, grid_frequencies
from course_lib.invariance.wavelets import FilterBank


def gabor(t: ArrayLike, xi: float, sigma: float) -> np.ndarray:
    """A wave under a Gaussian window of mass one, complex, shaped like `t`.

    Parameters
    ----------
    t : times, any shape.
    xi : the wave's frequency, in radians per unit of time.
    sigma : standard deviation of the window, in the unit of time.

    Equation: eq-wav-gabor
    """
    t, sigma = finite_array("t", t, (...,)), positive_number("sigma", sigma)
    window = np.exp(-(t**2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)
    return window * np.exp(1j * positive_number("xi", xi) * t)


def correction(xi: float, sigma: float) -> float:
    """The share of the window to take from a Gabor atom so that its mean becomes zero: the mean that it has.

    Examples
    --------
    >>> round(correction(xi=2.0, sigma=1.0), 4)
    0.1353

    Equation: eq-wav-correction
    """
    return float(np.exp(-((positive_number("sigma", sigma) * positive_number("xi", xi)) ** 2) / 2))


def morlet(t: ArrayLike, xi: float, sigma: float) -> np.ndarray:
    """The Morlet wavelet at times `t`, complex; its integral is zero.

    Parameters
    ----------
    t : times, any shape.
    xi : frequency, in radians per unit of time.
    sigma : standard deviation of the window, in the unit of time.

    Equation: eq-wav-morlet
    """
    return gabor(t, xi, sigma) - correction(xi, sigma) * np.abs(gabor(t, xi, sigma))


def morlet_hat(omega: ArrayLike, xi: float, sigma: float) -> np.ndarray:
    """Fourier transform of the Morlet wavelet, real, shaped like `omega`.

    Parameters
    ----------
    omega : frequencies in radians per unit of time, any shape.
    xi, sigma : as in :func:`morlet`.

    Equation: eq-wav-morlet-hat
    """
    omega, sigma = finite_array("omega", omega, (...,)), positive_number("sigma", sigma)
    window = np.exp(-((sigma * omega) ** 2) / 2)
    return np.exp(-((sigma * (omega - positive_number("xi", xi))) ** 2) / 2) - correction(xi, sigma) * window


def gaussian_1d(size: int, sigma: float, xi: float = 0.0) -> np.ndarray:
    """Fourier transform, sampled on the grid, of a Gaussian window of mass one times a wave, shape (size,)."""
    sigma = positive_number("sigma", sigma)
    distance = grid_frequencies(size) - xi + folded(abs(xi), REACH / sigma)[:, None]
    return np.exp(-((sigma * distance) ** 2) / 2).sum(axis=0)


def morlet_bank_1d(size: int, J: int) -> FilterBank:
    """J wavelets an octave apart on the line, with their low-pass filter, as the bank in the plane has them in one direction.

    Parameters
    ----------
    size : samples, N; at least 2^J.
    J : number of scales, j = 0 … J − 1.

    Raises
    ------
    ValueError
        If a number is not whole and positive, or J is too large for the size.

    Equation: eq-wav-dilated
    """
    J, size = whole_number("J", J, 1), whole_number("size", size, 1)
    if size < 2**J:
        raise ValueError(f"J: 2^J must not exceed the size {size}; expected at most {int(np.log2(size))}, got {J}")
    windows = [gaussian_1d(size, 0.8 * 2**j) for j in range(J)]
    atoms = [gaussian_1d(size, 0.8 * 2**j, 3 * np.pi / 4 / 2**j) for j in range(J)]
    psi = [atom - atom[0] / window[0] * window for atom, window in zip(atoms, windows, strict=True)]
    return FilterBank(np.array(psi), windows[-1])
