"""How noisy the gradient of a mini-batch is, and how far from the minimum this noise keeps descent.

`gradients` holds the gradients of the single samples at one θ, shape (N, n), one a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, whole_number


def gradient_covariance(gradients: ArrayLike) -> np.ndarray:
    """Covariance C of the gradients of single samples, shape (n, n), with the mean over all N samples (not N − 1).

    Raises
    ------
    ValueError
        If `gradients` is not a finite array of shape (N, n).

    Equation: eq-gradient-covariance
    """
    g = finite_array("gradients", gradients, (None, None))
    centred = g - g.mean(axis=0)
    return centred.T @ centred / len(g)


def mini_batch_variance(gradients: ArrayLike, batch_size: int, replacement: bool = True) -> float:
    """Variance of the gradient of a batch, summed over its components.

    Parameters
    ----------
    gradients : of the single samples, shape (N, n).
    batch_size : m, at least 1; without replacement at most N.
    replacement : whether a sample may come more than once in a batch.

    Returns
    -------
    Expected squared length of ĝ − ∇L, in the square of the gradient's unit.

    Raises
    ------
    ValueError
        If an argument is out of range or not finite.

    Examples
    --------
    >>> mini_batch_variance([[-3.0], [0.0], [3.0]], batch_size=2)
    3.0
    >>> mini_batch_variance([[-3.0], [0.0], [3.0]], batch_size=3, replacement=False)
    0.0

    Equations: eq-variance-with, eq-variance-without
    """
    single = float(np.trace(gradient_covariance(gradients)))
    count, m = len(gradients), whole_number("batch_size", batch_size, least=1)
    if replacement:
        return single / m
    if m > count:
        raise ValueError(f"batch_size: expected at most the number of samples, {count}, got {m}")
    return single / m * (count - m) / max(count - 1, 1)


def noise_ball(learning_rate: float, curvature: float, variance: float, batch_size: int) -> float:
    """Mean squared distance from the minimum of a parabola at which descent with constant γ ends up.

    The noise of the gradient has to be the same everywhere, as for the mean of numbers.

    Parameters
    ----------
    learning_rate : γ with 0 < γ < 2/λ.
    curvature : second derivative λ > 0 of the loss.
    variance : c ≥ 0, variance of the gradient of one sample.
    batch_size : m; samples are drawn independently.

    Returns
    -------
    Stationary mean of e², in the square of the unit of θ.

    Raises
    ------
    ValueError
        If a number is out of range.

    Equation: eq-noise-ball
    """
    gamma, lam = positive_number("learning_rate", learning_rate), positive_number("curvature", curvature)
    m = whole_number("batch_size", batch_size, least=1)
    if gamma * lam >= 2:
        raise ValueError(f"learning_rate: expected less than 2/curvature = {2 / lam:g}, got {gamma:g}")
    if not 0 <= variance < np.inf:
        raise ValueError(f"variance: expected a number, at least 0, got {variance!r}")
    return gamma * variance / (m * lam * (2 - gamma * lam))


def noise_floor(gradients: ArrayLike, learning_rate: float, batch_size: int) -> float:
    """Mean excess loss at which descent with a small constant γ ends up, to first order in γ.

    Parameters
    ----------
    gradients : of the single samples at the minimum, shape (N, n).
    learning_rate : γ > 0.
    batch_size : m; samples are drawn independently.

    Returns
    -------
    γ tr C / (4 m), in the unit of the loss.

    Raises
    ------
    ValueError
        If an argument is out of range or not finite.

    Equation: eq-noise-floor
    """
    return positive_number("learning_rate", learning_rate) * mini_batch_variance(gradients, batch_size) / 4


def mean_square_contraction(hessians: ArrayLike, learning_rate: float, batch_size: int | None) -> float:
    """Factor per step, in the long run, of the mean squared error of mini-batch descent on a quadratic loss, noise aside.

    Below 1 descent is stable. With all samples in each batch it is the square of the contraction of batch descent.

    Parameters
    ----------
    hessians : of the losses of the single samples, shape (N, n, n), symmetric.
    learning_rate : γ > 0.
    batch_size : m; samples are drawn independently. ``None`` stands for all samples at once.

    Returns
    -------
    Spectral radius of the map E[e eᵀ] → E[(I − γ Ĥ) e eᵀ (I − γ Ĥ)], where Ĥ is the mean Hessian of a batch.

    Raises
    ------
    ValueError
        If shapes do not fit or an argument is out of range.

    Equation: eq-mean-square
    """
    A = finite_array("hessians", hessians, (None, None, None))
    if A.shape[1] != A.shape[2]:
        raise ValueError(f"hessians: expected shape (N, n, n), got {A.shape}")
    gamma = positive_number("learning_rate", learning_rate)
    step = np.eye(A.shape[1]) - gamma * A.mean(axis=0)
    growth = np.kron(step, step)
    if batch_size is not None:
        deviation = A - A.mean(axis=0)
        spread = np.einsum("kab,kcd->acbd", deviation, deviation).reshape(growth.shape) / len(A)
        growth = growth + gamma**2 / whole_number("batch_size", batch_size, least=1) * spread
    return float(np.abs(np.linalg.eigvals(growth)).max())
