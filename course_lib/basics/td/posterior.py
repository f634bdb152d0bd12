"""Question of the exercise sheet: what an observation says about the quantity behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.basics import gaussians
from course_lib.basics.td.cases import observation
from course_lib.basics.td.properties import not_a_covariance
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Question

Pair = tuple[np.ndarray, np.ndarray]


@np.errstate(all="ignore")
def _posterior_fault(
    mu: np.ndarray,
    K: np.ndarray,
    L: np.ndarray,
    m: np.ndarray,
    Sigma: np.ndarray,
    u: np.ndarray,
    mean: np.ndarray,
    covariance: np.ndarray,
) -> str | None:
    def log_joint(v: np.ndarray) -> np.ndarray:
        return gaussians.log_density(v, mu, K) + gaussians.log_density(u - v @ L.T, m, Sigma)

    # log p(v, u) is quadratic in v: its differences at distance 1 are exact, wherever they are taken.
    n = len(mu)
    axes = np.eye(n)
    ahead, behind, here = log_joint(axes), log_joint(-axes), log_joint(np.zeros(n))
    bend = log_joint(axes[:, None] + axes) - ahead[:, None] - ahead + here
    slope_at_zero = (ahead - behind) / 2
    slope = slope_at_zero + bend @ mean
    if (place := differs(slope, np.zeros(n), 1e-6 * (1 + np.abs(slope_at_zero).max()))) is not None:
        i = place[0]
        towards = "larger" if slope[i] > 0 else "smaller"
        return (
            f"given u, the density of v should be highest at your mean, but there it still rises towards {towards} v[{i}]: "
            f"the slope of log p(v, u) is {slope[i]:.3g}."
        )
    if complaint := not_a_covariance("covariance", covariance):
        return f"{complaint}. The mean is right."
    expected = np.linalg.inv(-bend)
    if (place := differs(covariance, expected)) is not None:
        i, j = place
        what = f"variance of v[{i}]" if i == j else f"covariance of v[{i}] and v[{j}]"
        size = "large" if covariance[place] > expected[place] else "small"
        return (
            "log p(v, u) as a function of v should bend as the log density of your Gaussian does, and it does not: your "
            f"{what}, {covariance[place]:.4g}, is too {size} (before the observation it was {K[place]:.4g}). The mean is right."
        )
    return None


def _with_gain(gain: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., Pair]:
    """A mistaken posterior: `gain` makes the gain from K, L and Sigma."""

    def posterior(mu: Any, K: Any, L: Any, m: Any, Sigma: Any, u: Any) -> Pair:
        G = gain(K, L, Sigma)
        return mu + G @ (u - L @ mu - m), K - G @ L @ K

    return posterior


def _posterior_but(change: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], Pair]) -> Callable[..., Pair]:
    """A mistaken posterior: `change` has the right mean and covariance, and mu and K."""
    return lambda mu, K, L, m, Sigma, u: change(*gaussians.posterior(mu, K, L, m, Sigma, u), mu, K)


QUESTIONS = {
    "posterior": Question(
        function="posterior(mu, K, L, m, Sigma, u)",
        draw=lambda rng: {**observation(rng), "u": 2 * numbers(rng, 2)},
        returns={
            "the mean": lambda mu, K, L, m, Sigma, u: mu.shape,
            "the covariance": lambda mu, K, L, m, Sigma, u: K.shape,
        },
        fault=_posterior_fault,
        misconceptions={
            "the innovation has the wrong sign. When the observation is larger than was expected, the mean has to move so that "
            "it is expected larger.": _posterior_but(lambda mean, C, mu, K: (2 * mu - mean, C)),
            "m is missing. What one expects to observe is the mean of u, with the offset.": lambda mu, K, L, m, Sigma, u: (
                gaussians.posterior(mu, K, L, 0 * m, Sigma, u)
            ),
            "the matrix that is inverted in the gain is Sigma. The innovation varies by more than the observation's error: v "
            "itself was uncertain.": _with_gain(lambda K, L, Sigma: np.linalg.solve(Sigma, L @ K).T),
            "the matrix that is inverted in the gain lacks Sigma. An observation with an error is not followed all the "
            "way.": _with_gain(lambda K, L, Sigma: np.linalg.solve(L @ K @ L.T, L @ K).T),
            "the innovation's covariance stands in the gain as it is, and it should be inverted.": _with_gain(
                lambda K, L, Sigma: K @ L.T @ (L @ K @ L.T + Sigma)
            ),
            "the covariance grows in your answer. Knowing more cannot make v less certain.": _posterior_but(
                lambda mean, C, mu, K: (mean, 2 * K - C)
            ),
            "this is the inverse of the covariance, the precision. The mean is right.": _posterior_but(
                lambda mean, C, mu, K: (mean, np.linalg.inv(C))
            ),
            "the covariance is still K, that of v before the observation. The mean is right.": _posterior_but(
                lambda mean, C, mu, K: (mean, K)
            ),
        },
        praise="Up to a constant, the logarithm of your density is log p(v) + log p(u | v).",
    ),
}
