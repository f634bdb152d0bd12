"""What a filter says about every state of every sequence, and how well it did: the same form and scores for all filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.scores import gaussian_nll, rmse
from course_lib.basics.arguments import finite_array, whole_number


class Estimates(NamedTuple):
    """Gaussian forecasts q^b and analyses q^a; index k of the time axis belongs to t = k + 1.

    Means have the shape (B, T, n). Covariances have the shape (B, T, n, n), or fewer leading axes if one serves many times.
    """

    forecast_mean: np.ndarray
    forecast_covariance: np.ndarray
    analysis_mean: np.ndarray
    analysis_covariance: np.ndarray


class Scores(NamedTuple):
    """Root mean square errors (means of norms) and negative log-likelihoods (nats) of forecasts, b, and analyses, a."""

    rmse_b: float
    rmse_a: float
    nll_b: float
    nll_a: float


def score(estimates: Estimates, states: ArrayLike, burn_in: int = 0) -> Scores:
    """Scores against the truth, from cycle `burn_in` on.

    Parameters
    ----------
    estimates : of a filter, with means of shape (B, T, n).
    states : the truth, shape (B, T, n).
    burn_in : number of first cycles that do not count, fewer than T.

    Returns
    -------
    Scores. A negative log-likelihood is infinite if the covariance of any estimate is singular: it then gives probability
    one to a subspace that does not hold the truth.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or `burn_in` leaves nothing to score.
    """
    states = finite_array("states", states, (None, None, None))
    if whole_number("burn_in", burn_in, 0) >= states.shape[1]:
        raise ValueError(f"burn_in: expected fewer than the {states.shape[1]} cycles, got {burn_in}")
    truth = states[:, burn_in:]
    found = []
    for mean, covariance in (estimates[:2], estimates[2:]):
        mean = finite_array("mean", mean, states.shape)[:, burn_in:]
        if covariance.ndim >= 3 and covariance.shape[-3] == states.shape[1]:
            covariance = covariance[..., burn_in:, :, :]
        found.append((float(rmse(mean, truth)), _nll(mean, covariance, truth)))
    (rmse_b, nll_b), (rmse_a, nll_a) = found
    return Scores(rmse_b, rmse_a, nll_b, nll_a)


def mean_score(parts: Iterable[Scores]) -> Scores:
    """The mean of scores over parts of equal size."""
    return Scores(*(float(value) for value in np.mean(list(parts), axis=0)))


def _nll(mean: np.ndarray, covariance: np.ndarray, states: np.ndarray) -> float:
    """The negative log-likelihood, infinite if a covariance is singular up to rounding."""
    try:
        pivots = np.diagonal(np.linalg.cholesky(covariance), axis1=-2, axis2=-1) ** 2
    except np.linalg.LinAlgError:
        return float("inf")
    # Rounding may give a singular matrix a Cholesky factor, one with pivots that mean nothing.
    scale = np.diagonal(covariance, axis1=-2, axis2=-1).max(axis=-1, keepdims=True)
    if (pivots <= 1e-12 * scale).any():
        return float("inf")
    return float(gaussian_nll(mean, covariance, states))
