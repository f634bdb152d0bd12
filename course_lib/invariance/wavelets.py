"""The bank of Morlet wavelets of all scales and angles, the transform by it, and the energy that the transform keeps.

The bank is kymatio's: same widths, frequencies, angles and slant, computed in double precision from a closed form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, whole_number
from course_lib.invariance.morlet_plane import gaussian_2d, morlet_2d

#: kymatio divides its filters by a Gaussian's area with this value of π; so do we, or no coefficient would equal its own.
PI_IN_KYMATIO = 3.1415


class FilterBank(NamedTuple):
    """Fourier transforms, real, of the wavelets `psi`, shape (J, L, N, N), and of the low-pass filter `phi`, shape (N, N).

    A bank on the line has `psi` of shape (J, N) and `phi` of shape (N,).
    """

    psi: np.ndarray
    phi: np.ndarray


class Transformed(NamedTuple):
    """A wavelet transform: `details`, complex, shape (..., J, L, N, N), and the blurred image `average`, shape (..., N, N).

    On the line: shapes (..., J, N) and (..., N).
    """

    details: np.ndarray
    average: np.ndarray


def angles(L: int) -> np.ndarray:
    """The L directions of a bank, in radians, shape (L,): π/L apart, in kymatio's order, which falls.

    Examples
    --------
    >>> angles(4) / np.pi
    array([ 0.25,  0.  , -0.25, -0.5 ])

    Equation: eq-wav-bank
    """
    L = whole_number("L", L, 1)
    return (int(L - L / 2 - 1) - np.arange(L)) * np.pi / L


def morlet_bank(size: int, J: int, L: int = 8) -> FilterBank:
    """The bank of J scales and L angles with its low-pass filter, equal to kymatio's.

    Parameters
    ----------
    size : pixels a side, N; at least 2^J.
    J : number of scales, j = 0 … J − 1.
    L : number of angles over half a turn.

    Raises
    ------
    ValueError
        If a number is not whole and positive, or J is too large for the size.

    Equation: eq-wav-bank
    """
    J, size = whole_number("J", J, 1), whole_number("size", size, 1)
    if size < 2**J:
        raise ValueError(f"J: 2^J must not exceed the size {size}; expected at most {int(np.log2(size))}, got {J}")
    psi = [[morlet_2d(size, 0.8 * 2**j, 3 * np.pi / 4 / 2**j, theta, 4 / L) for theta in angles(L)] for j in range(J)]
    phi = gaussian_2d(size, 0.8 * 2 ** (J - 1))
    return FilterBank(np.array(psi) * np.pi / PI_IN_KYMATIO, phi * np.pi / PI_IN_KYMATIO)


def wavelet_transform(images: ArrayLike, bank: FilterBank) -> Transformed:
    """Images convolved, periodically, with every filter of a bank.

    Parameters
    ----------
    images : real, shape (..., N, N); with a bank on the line, signals, shape (..., N).
    bank : its filters on the same grid.

    Equation: eq-wav-transform
    """
    axes = tuple(range(-bank.phi.ndim, 0))
    spectrum = np.fft.fftn(finite_array("images", images, (..., *bank.phi.shape)), axes=axes)
    extra = tuple(range(-bank.psi.ndim, -bank.phi.ndim))
    details = np.fft.ifftn(np.expand_dims(spectrum, extra) * bank.psi, axes=axes)
    return Transformed(details, np.fft.ifftn(spectrum * bank.phi, axes=axes).real)


def averaged_modulus(images: ArrayLike, bank: FilterBank) -> np.ndarray:
    """The blurred image and, for each wavelet, the blurred modulus of the image's convolution with it.

    Parameters
    ----------
    images : real, shape (..., N, N); with a bank on the line, signals, shape (..., N).
    bank : its filters on the same grid.

    Returns
    -------
    shape (..., 1 + J L, N, N), or (..., 1 + J, N) on the line: the blurred image first, then scale by scale, angle by angle.

    Equation: eq-wav-averaged
    """
    details, average = wavelet_transform(images, bank)
    axes = tuple(range(-bank.phi.ndim, 0))
    modulus = np.abs(details).reshape(*average.shape[: average.ndim - len(axes)], -1, *bank.phi.shape)
    blurred = np.fft.ifftn(np.fft.fftn(modulus, axes=axes) * bank.phi, axes=axes).real
    return np.concatenate([np.expand_dims(average, axes[0] - 1), blurred], axis=axes[0] - 1)


def littlewood_paley(bank: FilterBank) -> np.ndarray:
    """By how much the transform multiplies the energy of a real image at each frequency, shaped like `bank.phi`.

    A real image has as much energy at −ω as at ω, so the sum of squared filters is averaged over both.

    Equation: eq-wav-littlewood-paley
    """
    axes = tuple(range(bank.phi.ndim))
    power = np.sum(bank.psi**2, axis=tuple(range(bank.psi.ndim - bank.phi.ndim)))
    reversed_power = np.roll(np.flip(power), 1, axis=axes)
    return bank.phi**2 + (power + reversed_power) / 2
