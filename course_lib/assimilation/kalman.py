"""The Kalman filter: the best linear estimate of a state that moves, from the observations up to now.

The model is x_t = M x_{t-1} + η_t and y_t = H x_t + ε_t for t = 1, ..., T, with η_t ~ N(0, Q), ε_t ~ N(0, R) and
x_0 ~ N(mean, covariance), all independent. Arrays hold t = 1, ..., T: index k belongs to t = k + 1.

Covariances do not depend on what is observed. They are computed once for all sequences, and once they have settled the last
ones are used to the end; what remains for each sequence is two small matrix products a step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.covariances import Steady, covariance_series, steady_state
from course_lib.assimilation.recursions import (
    apply_each,
    constant_from,
    constant_recursion,
    product,
    recursion,
    time_first,
)
from course_lib.assimilation.state_space import LinearGaussian, check_model, check_observations

__all__ = ["Filtered", "LinearGaussian", "Steady", "kalman_filter", "steady_state"]


class Filtered(NamedTuple):
    """What the filter knows at each time, before (forecast) and after (analysis) it has used y_t.

    Means have shape (..., T, n), innovations y_t - H x_t^f (..., T, p), NaN where nothing was observed; log_likelihood,
    log p(y_1, ..., y_T) in nats, has the shape of the leading axes. Covariances have shape (T, n, n), gain (T, n, p) and
    innovation_covariance (T, p, p), shared by all sequences if no observation is missing; otherwise leading axes come before.
    """

    forecast_mean: np.ndarray
    forecast_covariance: np.ndarray
    analysis_mean: np.ndarray
    analysis_covariance: np.ndarray
    innovation: np.ndarray
    innovation_covariance: np.ndarray
    gain: np.ndarray
    log_likelihood: np.ndarray


def kalman_filter(model: LinearGaussian, observations: ArrayLike) -> Filtered:
    """Mean and covariance of every state given the observations up to its time, and the likelihood of them all.

    Parameters
    ----------
    model : the linear Gaussian model.
    observations : y_1, ..., y_T of one sequence, shape (T, p), or of many, shape (..., T, p). NaN stands for a component that
        was not observed: it takes no part in the update nor in the likelihood. T may be 0.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is infinite, R is not symmetric positive definite, or Q or covariance is not symmetric
        positive semi-definite.

    Equations: eq-kalman-forecast, eq-kalman-gain, eq-kalman-analysis, eq-kalman-loglik
    """
    model = check_model(model)
    y = check_observations(observations, len(model.H))
    return _with_leading_axes(filter_columns(model, time_first(y, 2)), y.shape[:-2])


def filter_columns(model: LinearGaussian, y: np.ndarray) -> Filtered:
    """:func:`kalman_filter` on checked arguments with time first: y and means (T, B, ·), covariances (T, 1 or B, ·, ·)."""
    missing = np.isnan(y)
    complete = not missing.any()
    observed = np.ones((len(y), 1, y.shape[2]), bool) if complete else ~missing
    if (observed == observed[:, :1]).all():
        observed = observed[:, :1]
    forecast_covariance, S, gain, covariance = covariance_series(model, observed)
    first = constant_from(gain) if complete and len(y) else len(y)

    # The analysis is M x + K (y - H M x) = (I - K H) M x + K y: a recursion that K y drives.
    n = len(model.M)
    carried, analysis = (np.eye(n) - gain @ model.H) @ model.M, apply_each(gain, y if complete else np.where(missing, 0.0, y))
    mean = recursion(carried[:first], analysis[:first], np.broadcast_to(model.mean, (y.shape[1], n)))
    if first < len(y):
        constant_recursion(carried[-1, 0], analysis[first:], mean)
    forecast = np.empty_like(analysis)
    forecast[:1] = model.M @ model.mean
    forecast[1:] = product(analysis[:-1], model.M)
    innovation = product(forecast, model.H)
    np.subtract(y, innovation, out=innovation)
    likelihood = _log_likelihood(innovation if complete else np.where(missing, 0.0, innovation), S, observed, first)
    return Filtered(forecast, forecast_covariance, analysis, covariance, innovation, S, gain, likelihood)


def _log_likelihood(innovation: np.ndarray, S: np.ndarray, observed: np.ndarray, first: int) -> np.ndarray:
    """Sum over time of the innovations' Gaussian log-densities, shape (B,); from `first` on S does not change."""
    T, B = innovation.shape[:2]
    if not T:
        return np.zeros(B)
    both = observed[..., :, None] & observed[..., None, :]
    factor = np.linalg.cholesky(np.where(both, S, np.eye(S.shape[-1]))[: first + 1])
    whiten = np.linalg.inv(factor)
    white = apply_each(whiten[:first], innovation[:first]), product(innovation[first:], whiten[-1, 0])
    log_det = 2 * np.log(np.diagonal(factor, axis1=2, axis2=3)).sum(axis=2)
    log_det = log_det[:first].sum(axis=0) + (log_det[-1] * (T - first) if first < T else 0.0)
    squares = sum(np.einsum("tbi,tbi->b", each, each) for each in white)
    return -0.5 * (np.log(2 * np.pi) * observed.sum(axis=(0, 2)) + log_det + squares)


def _with_leading_axes(found: Filtered, leading: tuple[int, ...]) -> Filtered:
    """Time second-last again; covariances that all sequences share are given once."""

    def vectors(a: np.ndarray) -> np.ndarray:
        return np.moveaxis(a, 0, 1).reshape(*leading, len(a), a.shape[2])

    missing = np.isnan(found.innovation).any()

    def matrices(a: np.ndarray) -> np.ndarray:
        if not missing:
            return a[:, 0]
        a = np.broadcast_to(a, (len(a), found.innovation.shape[1], *a.shape[2:]))
        return np.moveaxis(a, 0, 1).reshape(*leading, len(a), *a.shape[2:])

    shapes = (vectors, matrices, vectors, matrices, vectors, matrices, matrices)
    arrays = [shape(array) for shape, array in zip(shapes, found[:7], strict=True)]
    return Filtered(*arrays, np.broadcast_to(found.log_likelihood, found.innovation.shape[1:2]).reshape(leading)[()])
