"""Properties that right answers of the exercise sheet have, and the words for it when one has them not.

Nothing here raises, whatever finite numbers a student's function returned.
"""

from __future__ import annotations

import numpy as np

from course_lib.basics import arguments
from course_lib.basics.gaussians import log_density

#: Share of its own size by which a parameter is moved to see whether the likelihood falls: by about the square of it.
NEARBY = 1e-4


def sigma_points(mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """2 d points, shape (2 d, d), with exactly this mean and covariance: their average of a quadratic is the exact one.

    >>> sigma_points(np.array([5.0]), np.array([[4.0]])).ravel()
    array([7., 3.])
    """
    spokes = np.sqrt(len(mean)) * np.linalg.cholesky(covariance).T
    return np.concatenate([mean + spokes, mean - spokes])


def not_a_covariance(name: str, matrix: np.ndarray) -> str | None:
    """Why a matrix cannot be a covariance, if it cannot."""
    try:
        arguments.covariance(name, matrix)
    except ValueError as error:
        return str(error)
    return None


def not_the_likeliest(
    x: np.ndarray, weights: np.ndarray, mean: np.ndarray, covariance: np.ndarray, suffix: str = ""
) -> str | None:
    """Which change of mean or covariance does not lower the log-likelihood, each point counted with its weight."""
    if complaint := not_a_covariance(f"covariance{suffix}", covariance):
        return complaint

    def log_likelihood(mean: np.ndarray, covariance: np.ndarray) -> float:
        try:
            return float(weights @ log_density(x, mean, covariance))
        except ValueError:  # changed so far that it is no covariance any more
            return -np.inf

    here = log_likelihood(mean, covariance)
    if not np.isfinite(here):
        return f"with your mean{suffix} and covariance{suffix} the likelihood of the data is zero, up to rounding."
    for words, changed in _nearby(mean, covariance, suffix):
        there = log_likelihood(*changed)
        if not there < here:
            rises = "it rises" if there > here else "it does not"
            return f"the log-likelihood should fall when {words}, but {rises}. So this is not where it is greatest."
    return None


def _nearby(mean: np.ndarray, covariance: np.ndarray, suffix: str) -> list[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Small changes in words, and mean and covariance after them."""
    changes = []
    spread = np.sqrt(np.diag(covariance))
    axes = np.eye(len(mean))
    for sign, direction in ((1, "larger"), (-1, "smaller")):
        step = sign * NEARBY
        for i, axis in enumerate(axes):
            words = f"entry {i} of mean{suffix} is made a little {direction}"
            changes.append((words, (mean + step * spread[i] * axis, covariance)))
    for sign, direction in ((1, "larger"), (-1, "smaller")):
        step = sign * NEARBY
        words = f"all entries of covariance{suffix} are made a little {direction} by one common factor"
        changes.append((words, (mean, (1 + step) * covariance)))
    for sign, direction in ((1, "larger"), (-1, "smaller")):
        step = sign * NEARBY
        for i, j in zip(*np.tril_indices(len(mean)), strict=True):
            both = np.outer(axes[i], axes[j]) + np.outer(axes[j], axes[i])
            words = f"entry ({i}, {j}) of covariance{suffix} is made a little {direction}"
            changes.append((words, (mean, covariance + step * spread[i] * spread[j] * both)))
    return changes
