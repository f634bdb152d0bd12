"""The Rauch–Tung–Striebel smoother: every state given all observations, earlier and later ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.assimilation.kalman import Filtered
from course_lib.assimilation.recursions import (
    LOOK,
    apply_each,
    constant_from,
    constant_recursion,
    product,
    recursion,
    settled,
    symmetric,
    time_first,
)
from course_lib.assimilation.state_space import LinearGaussian, check_model


class Smoothed(NamedTuple):
    """Every state given all observations.

    mean has shape (..., T, n); covariance and lag_one, the covariance of x_t and x_{t-1}, have shape (T, n, n), or
    (..., T, n, n) if observations were missing; row k belongs to t = k + 1, so lag_one[0] is that of x_1 and x_0.
    initial_mean and initial_covariance are the moments of x_0.
    """

    mean: np.ndarray
    covariance: np.ndarray
    lag_one: np.ndarray
    initial_mean: np.ndarray
    initial_covariance: np.ndarray


def smoother(model: LinearGaussian, filtered: Filtered) -> Smoothed:
    """Go back through what the filter found, from the last time to the first.

    Parameters
    ----------
    model : the model that was given to the filter.
    filtered : what :func:`~course_lib.assimilation.kalman.kalman_filter` returned.

    Raises
    ------
    ValueError
        If the model is not valid, or not of the size of the filter's arrays.

    Equations: eq-rts-gain, eq-rts, eq-lag-one
    """
    model = check_model(model)
    n = len(model.M)
    if filtered.analysis_mean.shape[-1] != n:
        raise ValueError(f"filtered: expected states of size {n}, as in the model, got {filtered.analysis_mean.shape[-1]}")
    leading = filtered.analysis_mean.shape[:-2]
    alone = filtered.analysis_covariance.ndim == 3
    mean, covariance, lag_one = smooth_columns(
        model,
        *(time_first(a, 2) for a in (filtered.forecast_mean, filtered.analysis_mean)),
        *(time_first(a, 3) for a in (filtered.forecast_covariance, filtered.analysis_covariance)),
    )

    def restored(a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        return np.moveaxis(a, 0, 1).reshape(*shape, len(a), *a.shape[2:])

    shared = () if alone else leading
    mean, covariance, lag_one = restored(mean, leading), restored(covariance, shared), restored(lag_one, shared)
    return Smoothed(mean[..., 1:, :], covariance[..., 1:, :, :], lag_one, mean[..., 0, :], covariance[..., 0, :, :])


def smooth_columns(
    model: LinearGaussian,
    forecast: np.ndarray,
    analysis: np.ndarray,
    forecast_covariance: np.ndarray,
    analysis_covariance: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means (T + 1, B, n), covariances (T + 1, 1 or B, n, n), both from t = 0 on, and lag-one covariances, time first."""
    T, B, n = analysis.shape
    patterns = analysis_covariance.shape[1]
    P = np.concatenate([np.broadcast_to(model.covariance, (1, patterns, n, n)), analysis_covariance])
    mean = np.concatenate([np.broadcast_to(model.mean, (1, B, n)), analysis])
    if not T:
        return mean, P, np.empty((0, patterns, n, n))
    first = constant_from(P[:-1]) if patterns == 1 else T
    gain = smoother_gain(model.M, P[:-1][: first + 1], forecast_covariance[: first + 1])
    lag_one = _smooth_covariances(model, P, gain)
    # Backwards in time, x^s_{t-1} = J x^s_t + (x^a_{t-1} - J x^f_t) is a recursion, from `first` on with one and the same J.
    back, last = mean[:-1], mean[-1]
    back[:first] -= apply_each(gain[:first], forecast[:first])
    if first < T:
        J = gain[-1, 0]
        back[first:] -= product(forecast[first:], J)
        last = constant_recursion(J, back[first:][::-1], last)
    recursion(gain[:first][::-1], back[:first][::-1], last)
    return mean, P, lag_one


def smoother_gain(M: np.ndarray, analysis: np.ndarray, forecast: np.ndarray) -> np.ndarray:
    """P^a Mᵀ (P^f)⁻¹, how far a state follows the correction of the next one, shape (..., n, n).

    Where P^f is singular, because nothing disturbs some direction, its pseudo-inverse takes the place of the inverse.

    Equation: eq-rts-gain
    """
    spread = np.sqrt(np.diagonal(forecast, axis1=-2, axis2=-1))
    unit = np.where(spread > 0, spread, 1.0)[..., None, :]
    inverse = np.linalg.pinv(forecast / unit / unit.mT, rcond=1e-13, hermitian=True) / unit / unit.mT
    return analysis @ M.T @ inverse


def _smooth_covariances(model: LinearGaussian, P: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """Turn analysis covariances P, t = 0, ..., T, into smoothed ones in place; return the lag-one covariances."""
    T, first = len(P) - 1, len(gain) - 1
    rest = np.eye(P.shape[-1]) - gain @ model.M
    # P^a - J P^f Jᵀ, written as a sum of squares so that it stays positive semi-definite.
    own = symmetric(rest @ P[: first + 1] @ rest.mT + gain @ model.Q @ gain.mT)
    t = T
    while t > 0:
        t -= 1
        J = gain[min(t, first)]
        P[t] = symmetric(own[min(t, first)] + J @ P[t + 1] @ J.mT)
        if first < t and (T - t) % LOOK == 0 and settled(P[t], P[t + 1]):
            P[first:t], t = P[t], first
    lag_one = P[1:] @ gain[-1].mT
    lag_one[:first] = P[1 : first + 1] @ gain[:-1].mT
    return lag_one
