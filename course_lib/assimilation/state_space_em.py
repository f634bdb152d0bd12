"""Expectation–maximisation for linear Gaussian state-space models: learn M, Q, R and the first state from observations alone.

The E step is the smoother of the present model; the M step is a regression on its moments. Each part of the model is learned
in a form (module `forms`): any matrix, or one with a structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.covariances import without_missing
from course_lib.assimilation.forms import diagonal, full, isotropic, rotation
from course_lib.assimilation.kalman import filter_columns
from course_lib.assimilation.recursions import product, time_first
from course_lib.assimilation.smoother import smooth_columns
from course_lib.assimilation.state_space import LinearGaussian, check_model, check_observations
from course_lib.basics.arguments import positive_number, whole_number

__all__ = ["PARTS", "Fit", "Moments", "diagonal", "e_step", "fit", "full", "isotropic", "rotation"]

#: What may be learned, all of it by default.
PARTS = ("M", "Q", "R", "mean", "covariance")


class Fit(NamedTuple):
    """What `fit` found: the model, all models on the way, log p(y) of each, and whether the stopping rule was met.

    model is path[-1]; path has one entry more than there were steps; log_likelihoods, shape (steps + 1,), in nats, is the sum
    over the sequences.
    """

    model: LinearGaussian
    path: tuple[LinearGaussian, ...]
    log_likelihoods: np.ndarray
    converged: bool


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


def fit(
    observations: ArrayLike,
    start: LinearGaussian,
    free: Iterable[str] | Mapping[str, Callable[..., np.ndarray]] = PARTS,
    max_steps: int = 1000,
    tolerance: float = 1e-8,
) -> Fit:
    """Alternate smoother (E step) and regression (M step) until the log-likelihood stands still.

    Parameters
    ----------
    observations : shape (..., T, p), sequences that share one model; NaN stands for a missing component.
    start : the first guess; what is not learned keeps its value, H always.
    free : what is learned, names out of M, Q, R, mean and covariance; or a mapping from the name to its form, for instance
        ``{"M": rotation, "Q": isotropic, "R": isotropic}``. A form of M gets S10 and S00, one of a covariance gets the second
        moment of the errors; it returns the matrix of its kind that maximises the expected log-likelihood.
    max_steps : the greatest number of steps.
    tolerance : stop when a step raises the log-likelihood by less than this share of the number of observed values; 0 stops
        only at `max_steps`.

    Raises
    ------
    ValueError
        If the model or the observations are not valid, T is 0, nothing was observed, a name is unknown, or a step leads to a
        covariance that is singular.

    Equations: eq-em-transition, eq-em-covariances, eq-em-initial
    """
    model, forms = check_model(start), _forms(free)
    y = check_observations(observations, len(model.H))
    if np.isnan(y).all():
        raise ValueError(f"observations: nothing to learn from, got shape {y.shape} with no observed value")
    whole_number("max_steps", max_steps, least=0)
    threshold = np.sum(~np.isnan(y)) * (positive_number("tolerance", tolerance) if tolerance != 0 else 0.0)

    columns = time_first(y, 2)
    log_likelihood, moments = _e_step(model, columns)
    path, history, converged = [model], [log_likelihood], False
    while len(history) <= max_steps and not converged:
        try:
            model = check_model(_m_step(model, moments, forms))
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ValueError(f"step {len(history)} leads to a model that is none: {error}") from None
        log_likelihood, moments = _e_step(model, columns)
        converged = threshold > 0 and log_likelihood - history[-1] < threshold
        path.append(model)
        history.append(log_likelihood)
    return Fit(model, tuple(path), np.array(history), converged)


def e_step(model: LinearGaussian, observations: ArrayLike) -> tuple[float, Moments]:
    """The log-likelihood of all sequences together, and the moments of their states under this model.

    Parameters
    ----------
    model : the model.
    observations : shape (..., T, p), NaN where missing.

    Equation: eq-em-moments
    """
    model = check_model(model)
    return _e_step(model, time_first(check_observations(observations, len(model.H)), 2))


def _e_step(model: LinearGaussian, y: np.ndarray) -> tuple[float, Moments]:
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


def _m_step(model: LinearGaussian, moments: Moments, forms: Mapping[str, Callable[..., np.ndarray]]) -> LinearGaussian:
    S11, S10, S00, C, count, initial_mean, initial_covariance = moments
    M = forms["M"](S10, S00) if "M" in forms else model.M
    mean = initial_mean.mean(axis=0) if "mean" in forms else model.mean
    spread = initial_mean - mean
    cross = M @ S10.T
    errors = {
        "Q": (S11 - cross - cross.T + M @ S00 @ M.T) / count,
        "R": C / count,
        "covariance": initial_covariance.mean(axis=0) + spread.T @ spread / len(spread),
    }
    new = {name: forms[name]((error + error.T) / 2) for name, error in errors.items() if name in forms}
    return model._replace(M=M, mean=mean, **new)


def _forms(free: Iterable[str] | Mapping[str, Callable[..., np.ndarray]]) -> dict[str, Callable[..., np.ndarray]]:
    if isinstance(free, str) or not isinstance(free, Iterable):
        raise ValueError(f"free: expected names out of {', '.join(PARTS)}, got {free!r}")
    forms = dict(free) if isinstance(free, Mapping) else dict.fromkeys(free, full)
    if unknown := [name for name in forms if name not in PARTS]:
        raise ValueError(f"free: {unknown[0]!r} is not known; expected names out of {', '.join(PARTS)}")
    return forms
