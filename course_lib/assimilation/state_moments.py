"""The E step for linear Gaussian state-space models: the moments of the states, given all observations, from the smoother."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.covariances import without_missing
from course_lib.assimilation.kalman import filter_columns
from course_lib.assimilation.recursions import product, time_first
from course_lib.assimilation.smoother import smooth_columns
from course_lib.assimilation.state_space import LinearGaussian, check_model, check_observations


class Moments(NamedTuple):
    """What the M step needs to know of the states, given all observations; sums run over times and sequences.

    S11 = Σ E[x_t x_tᵀ], S10 = Σ E[x_t x_{t-1}ᵀ] and S00 = Σ E[x_{t-1} x_{t-1}ᵀ], shape (n, n); C = Σ E[ε_t ε_tᵀ], shape (p, p);
    count, how many transitions; initial_mean (B, n) and initial_covariance (1 or B, n, n) of x_0.
    """

    S11: np.ndarray
    S10: np.ndarray
    S00: np.ndarray
    C: np.ndarray
    count: int
    initial_mean: np.ndarray
    initial_covariance: np.ndarray


def e_step(model: LinearGaussian, observations: ArrayLike) -> tuple[float, Moments]:
    """The log-likelihood of all sequences together, and the moments of their states under this model.

    Parameters
    ----------
    model : the model.
    observations : shape (..., T, p), NaN where missing.

    Equation: eq-em-moments
    """
    model = check_model(model)
    return moments_of_columns(model, time_first(check_observations(observations, len(model.H)), 2))


def moments_of_columns(model: LinearGaussian, y: np.ndarray) -> tuple[float, Moments]:
    """What `e_step` returns, for observations that were checked and brought into the order (T, B, p)."""
    filtered = filter_columns(model, y)
    mean, P, lag_one = smooth_columns(
        model,
        filtered.forecast_mean,
        filtered.analysis_mean,
        filtered.forecast_covariance,
        filtered.analysis_covariance,
    )
    share = y.shape[1] / P.shape[1]  # a covariance that all sequences share counts for each of them
    now, before = mean[1:].reshape(-1, mean.shape[2]), mean[:-1].reshape(-1, mean.shape[2])
    total, first, last = (a.sum(axis=(0, 1)) for a in (P, P[:1], P[-1:]))
    moments = Moments(
        S11=now.T @ now + share * (total - first),
        S10=now.T @ before + share * lag_one.sum(axis=(0, 1)),
        S00=before.T @ before + share * (total - last),
        C=_observation_errors(model, y, mean[1:], P[1:]),
        count=y.shape[0] * y.shape[1],
        initial_mean=mean[0],
        initial_covariance=P[0],
    )
    return float(filtered.log_likelihood.sum()), moments


def _observation_errors(model: LinearGaussian, y: np.ndarray, mean: np.ndarray, P: np.ndarray) -> np.ndarray:
    """Σ E[ε_t ε_tᵀ]; an error whose observation is missing is known from the others of its time as far as R says."""
    observed = ~np.isnan(y)
    residual = y - product(mean, model.H)
    if observed.all():
        flat = residual.reshape(-1, y.shape[2])
        return flat.T @ flat + y.shape[1] / P.shape[1] * model.H @ P.sum(axis=(0, 1)) @ model.H.T
    H, R = without_missing(model.H, model.R, observed)
    regression = np.linalg.solve(R, observed[..., None] * model.R).mT
    residual = np.where(observed, residual, 0.0)[..., None]
    seen = residual @ residual.mT + H @ P @ H.mT
    unseen = model.R - regression @ (observed[..., None] * model.R)
    return (regression @ seen @ regression.mT + unseen).sum(axis=(0, 1))
