"""What a bank does to energy: its bounds, the bank that never adds any, the bank that keeps all, and the way back."""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import finite_array
from course_lib.invariance.wavelets import FilterBank, Transformed, littlewood_paley


def energy(transformed: Transformed) -> float:
    """The squared norm of one image's wavelet transform: the sum of all squared moduli."""
    return float(np.sum(np.abs(transformed.details) ** 2) + np.sum(transformed.average**2))


def frame_bounds(bank: FilterBank) -> tuple[float, float]:
    """The least and the largest factor by which the transform can multiply the energy of a real image.

    Equation: eq-wav-frame
    """
    A = littlewood_paley(bank)
    return float(A.min()), float(A.max())


def nonexpansive(bank: FilterBank) -> FilterBank:
    """The bank, all filters divided by one number, so that the largest factor is 1: no distance grows.

    Equation: eq-wav-nonexpansive
    """
    return _divided(bank, np.sqrt(littlewood_paley(bank).max()))


def tight(bank: FilterBank) -> FilterBank:
    """The bank, all filters divided by the root of their sum of squares at each frequency: all energy is kept.

    Raises
    ------
    ValueError
        If there is a frequency that no filter passes.

    Equation: eq-wav-tight
    """
    return _divided(bank, np.sqrt(_positive(littlewood_paley(bank))))


def reconstruct(transformed: Transformed, bank: FilterBank) -> np.ndarray:
    """The real images that a wavelet transform comes from.

    Parameters
    ----------
    transformed : the transform by `bank`.
    bank : its filters.

    Returns
    -------
    shaped like `transformed.average`.

    Raises
    ------
    ValueError
        If there is a frequency that no filter passes, or the shapes do not fit the bank.

    Equation: eq-wav-inverse
    """
    average = finite_array("transformed", transformed.average, (..., *bank.phi.shape))
    details_shape = (*average.shape[: average.ndim - bank.phi.ndim], *bank.psi.shape)
    if np.shape(transformed.details) != details_shape:
        raise ValueError(f"transformed: expected details of shape {details_shape}, got {np.shape(transformed.details)}")
    axes = tuple(range(-bank.phi.ndim, 0))
    filters = tuple(range(-bank.psi.ndim, -bank.phi.ndim))
    passed = np.fft.fftn(transformed.details, axes=axes) * bank.psi
    # The real part in space stands for the wavelets that look the opposite way, which the bank leaves out.
    details = np.fft.ifftn(passed.sum(axis=filters), axes=axes).real
    total = np.fft.fftn(average, axes=axes) * bank.phi + np.fft.fftn(details, axes=axes)
    return np.fft.ifftn(total / _positive(littlewood_paley(bank)), axes=axes).real


def _divided(bank: FilterBank, by: np.ndarray) -> FilterBank:
    return FilterBank(bank.psi / by, bank.phi / by)


def _positive(A: np.ndarray) -> np.ndarray:
    if not A.min() > 1e-12 * A.max():
        raise ValueError("bank: expected filters that pass every frequency, but their sum of squares vanishes at one")
    return A
