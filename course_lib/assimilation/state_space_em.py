"""Expectation–maximisation for linear Gaussian state-space models: learn M, Q, R and the first state from observations alone.

The E step is the smoother of the present model (module `state_moments`); the M step is a regression on its moments. Each part
of the model is learned in a form (module `forms`): any matrix, or one with a structure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.forms import diagonal, full, isotropic, rotation
from course_lib.assimilation.recursions import time_first
from course_lib.assimilation.state_moments import Moments, moments_of_columns
from course_lib.assimilation.state_space import LinearGaussian, check_model, check_observations
from course_lib.basics.em_loop import climb

__all__ = ["PARTS", "Fit", "diagonal", "fit", "full", "isotropic", "rotation"]

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
    columns = time_first(y, 2)

    def m_step(model: LinearGaussian, moments: Moments, step: int) -> LinearGaussian:
        try:
            return check_model(_m_step(model, moments, forms))
        except (ValueError, np.linalg.LinAlgError) as error:
            raise ValueError(f"step {step} leads to a model that is none: {error}") from None

    observed = np.sum(~np.isnan(y))
    path, log_likelihoods, converged = climb(
        model, lambda model: moments_of_columns(model, columns), m_step, max_steps, tolerance, observed
    )
    return Fit(path[-1], path, log_likelihoods, converged)


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
