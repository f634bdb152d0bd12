"""First guesses for a mixture of Gaussians: where expectation–maximisation starts decides where it ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from course_lib.basics.arguments import covariance, finite_array, whole_number
from course_lib.basics.mixture import Mixture


def random_start(x: ArrayLike, K: int, rng: np.random.Generator) -> Mixture:
    """A first guess: K different observations as means, the data's covariance for each, equal weights.

    Parameters
    ----------
    x : shape (N, d); the data.
    K : number of components, at most the number of different observations.
    rng : draws the observations.

    Raises
    ------
    ValueError
        If `x` is not finite or has another shape, there are fewer different points than components, or the data's covariance is
        singular.
    """
    x, different, spread = _prepared(x, K)
    return _around(different[rng.choice(len(different), K, replace=False)], spread)


def spread_start(x: ArrayLike, K: int, rng: np.random.Generator) -> Mixture:
    """A first guess whose means lie apart, drawn as in k-means++; arguments and errors as in `random_start`.

    Each further mean is an observation drawn with a probability proportional to its squared distance to the nearest mean so
    far, in units of the data's covariance.
    """
    x, _, spread = _prepared(x, K)
    whitened = solve_triangular(np.linalg.cholesky(spread), x.T, lower=True).T
    chosen = [int(rng.integers(len(x)))]
    nearest = np.full(len(x), np.inf)
    while len(chosen) < K:
        nearest = np.minimum(nearest, np.sum((whitened - whitened[chosen[-1]]) ** 2, axis=1))
        chosen.append(int(rng.choice(len(x), p=nearest / nearest.sum())))
    return _around(x[chosen], spread)


def _prepared(x: ArrayLike, K: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = finite_array("x", x, (None, None))
    different = np.unique(x, axis=0)
    if whole_number("K", K, least=1) > len(different):
        raise ValueError(f"K: {K} components need at least as many different points, got {len(different)} in x")
    return x, different, covariance("covariance of x", np.cov(x.T, bias=True).reshape(x.shape[1], x.shape[1]))


def _around(means: np.ndarray, spread: np.ndarray) -> Mixture:
    K = len(means)
    return Mixture(np.full(K, 1 / K), means, np.repeat(spread[None], K, axis=0))
