"""How good is an estimate of the state: its distance to the truth, and the probability that it gave to the truth.

All filters of this part, classical and learned, are scored by these functions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array

Axis = int | tuple[int, ...] | None


def rmse(mean: ArrayLike, state: ArrayLike, axis: Axis = None) -> np.ndarray:
    """Mean over batch and time of ‖mean − state‖ / √n: a mean of norms, not the root of a mean square.

    Parameters
    ----------
    mean : estimates, shape (..., n).
    state : the truth, of the same shape.
    axis : axes of (...) to average over, all by default; with axis 0 of shape (B, T, n), one score for each time.

    Raises
    ------
    ValueError
        If the shapes differ or a number is not finite.

    Examples
    --------
    >>> rmse([[3.0, 4.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]).round(4)  # (5 / √2 + 0) / 2
    np.float64(1.7678)

    Equation: eq-rmse-norms
    """
    error = _error(mean, state)
    return np.mean(np.linalg.norm(error, axis=-1) / np.sqrt(error.shape[-1]), axis=axis)


def gaussian_nll(mean: ArrayLike, covariance: ArrayLike, state: ArrayLike, axis: Axis = None) -> np.ndarray:
    """Mean over batch and time of −log N(state; mean, covariance), in nats.

    Parameters
    ----------
    mean, state : estimates and truth, shape (..., n).
    covariance : shape (..., n, n); its leading axes may be fewer, as when one covariance serves a whole batch.
    axis : as in `rmse`.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or a covariance is not symmetric positive definite.

    Equations: eq-gaussian-density, eq-nll-mean
    """
    error = _error(mean, state)
    n = error.shape[-1]
    covariance = _fitting("covariance", finite_array("covariance", covariance, (..., n, n)), error.shape[:-1], 2)
    if np.abs(covariance - covariance.swapaxes(-1, -2)).max() > 1e-8 * np.abs(covariance).max():
        raise ValueError("covariance: expected symmetric matrices")
    try:
        factor = np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as failed:
        raise ValueError("covariance: expected positive definite matrices") from failed
    white = np.linalg.solve(factor, error[..., None])[..., 0]
    half_log_det = np.log(np.diagonal(factor, axis1=-2, axis2=-1)).sum(axis=-1)
    return np.mean(half_log_det + 0.5 * np.sum(white**2, axis=-1) + 0.5 * n * np.log(2 * np.pi), axis=axis)


def diagonal_gaussian_nll(mean: ArrayLike, variance: ArrayLike, state: ArrayLike, axis: Axis = None) -> np.ndarray:
    """The same for a diagonal covariance, of which only the diagonal is given: `variance`, shape (..., n).

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or a variance is not positive.

    Equations: eq-gaussian-density, eq-nll-mean
    """
    error = _error(mean, state)
    variance = _fitting("variance", finite_array("variance", variance, (..., error.shape[-1])), error.shape[:-1], 1)
    if not (variance > 0).all():
        raise ValueError(f"variance: expected positive numbers, got {variance.min():g}")
    return np.mean(0.5 * np.sum(np.log(2 * np.pi * variance) + error**2 / variance, axis=-1), axis=axis)


def _error(mean: ArrayLike, state: ArrayLike) -> np.ndarray:
    mean = finite_array("mean", mean, (..., None))
    return mean - finite_array("state", state, mean.shape)


def _fitting(name: str, value: np.ndarray, leading: tuple[int, ...], own: int) -> np.ndarray:
    """The array itself, if its leading axes broadcast against those of the estimates."""
    given = value.shape[: value.ndim - own]
    pairs = zip(given[::-1], leading[::-1], strict=False)
    if len(given) > len(leading) or any(a not in (1, b) for a, b in pairs):
        raise ValueError(f"{name}: expected leading axes that fit {leading}, got {given}")
    return value
