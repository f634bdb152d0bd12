"""What the Hessian says about the learning rate: how far it may go, and how fast descent then is.

On a quadratic loss the error obeys a linear recurrence, so all that is said of speed and stability is said of eigenvalues.

A `hessian` has shape (n, n) and is symmetric and positive definite; every function here refuses another one, and rates out of
range, with a ValueError that names the argument.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array
from course_lib.learning.descent import check_rates


def condition_number(hessian: ArrayLike) -> float:
    """κ = λ_max / λ_min of a symmetric positive definite Hessian, shape (n, n).

    Equation: eq-condition-number
    """
    eigenvalues = _spectrum(hessian)
    return float(eigenvalues[-1] / eigenvalues[0])


def largest_stable_learning_rate(hessian: ArrayLike, momentum: float = 0.0) -> float:
    """The γ above which descent on a quadratic loss with this Hessian, shape (n, n), diverges: 2 (1 + β) / λ_max.

    Equations: eq-stability, eq-momentum-stability
    """
    check_rates(1.0, momentum)
    return float(2 * (1 + momentum) / _spectrum(hessian)[-1])


def best_learning_rate(hessian: ArrayLike) -> float:
    """The fixed γ with the fastest guaranteed convergence without momentum: 2 / (λ_min + λ_max).

    Equation: eq-best-rate
    """
    eigenvalues = _spectrum(hessian)
    return float(2 / (eigenvalues[0] + eigenvalues[-1]))


def best_heavy_ball(hessian: ArrayLike) -> tuple[float, float]:
    """Polyak's learning rate and momentum (γ, β) for a quadratic loss with this Hessian, shape (n, n).

    Equation: eq-best-momentum
    """
    low, high = np.sqrt(_spectrum(hessian)[[0, -1]])
    return float(4 / (high + low) ** 2), float(((high - low) / (high + low)) ** 2)


def contraction(hessian: ArrayLike, learning_rate: float, momentum: float = 0.0) -> float:
    """The factor ρ by which a step shrinks the slowest part of the error in the long run; below 1 descent converges.

    It is the spectral radius of the step as a linear map of (e_k, e_{k-1}); without momentum, the largest abs(1 - γ λ).

    Equations: eq-contraction, eq-momentum-contraction
    """
    check_rates(learning_rate, momentum)
    growth = 1 + momentum - learning_rate * _spectrum(hessian)
    root = np.sqrt(growth**2 - 4 * momentum + 0j)
    return float(np.max(np.abs([growth + root, growth - root])) / 2)


def _spectrum(hessian: ArrayLike) -> np.ndarray:
    """Eigenvalues in increasing order, all positive."""
    hessian = finite_array("hessian", hessian, (None, None))
    if hessian.shape[0] != hessian.shape[1] or not np.allclose(hessian, hessian.T, rtol=0, atol=1e-10 * np.abs(hessian).max()):
        raise ValueError(f"hessian: expected a symmetric square matrix, got {hessian}")
    eigenvalues = np.linalg.eigvalsh(hessian)
    if eigenvalues[0] <= 0:
        raise ValueError(f"hessian: expected positive eigenvalues, the smallest is {eigenvalues[0]:.3g}")
    return eigenvalues
