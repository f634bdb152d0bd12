"""Does a predicted Gaussian keep its promises? How many observations lie in its bands, and how they fall on its scale.

`y` are observations that the prediction has not seen, `mu` and `sigma` the predicted means and standard deviations, of the
shape of `y` or broadcast to it. Every function refuses numbers that are not finite, σ that is not positive, and shapes that do
not fit, with a ValueError that names the argument.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf, ndtr

from course_lib.basics.arguments import finite_array, whole_number


def coverage(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike, k: ArrayLike = 1.0) -> np.ndarray:
    """Share of the observations in the band mu ± k sigma.

    Parameters
    ----------
    y, mu, sigma : see the module.
    k : half widths of bands in units of sigma, shape (...).

    Returns
    -------
    Shares between 0 and 1, shaped like `k`.

    Examples
    --------
    >>> coverage([0.5, -0.5, 1.5, 3.0], mu=0, sigma=1, k=[1, 2])
    array([0.5 , 0.75])

    Equation: eq-coverage
    """
    distance = np.sort(np.abs(_scores(y, mu, sigma)), axis=None)
    return np.searchsorted(distance, _not_negative("k", k), side="right") / distance.size


def normal_coverage(k: ArrayLike) -> np.ndarray:
    """Share of a Gaussian within k standard deviations of its mean: what :func:`coverage` should find.

    Examples
    --------
    >>> normal_coverage([1, 2, 3]).round(4)
    array([0.6827, 0.9545, 0.9973])

    Equation: eq-normal-coverage
    """
    return erf(_not_negative("k", k) / np.sqrt(2))


def coverage_error(share: ArrayLike, size: int) -> np.ndarray:
    """Standard deviation of a share that is counted on `size` independent samples, if the expected one is `share`.

    Equation: eq-coverage-error
    """
    share = finite_array("share", share, (...,))
    if ((share < 0) | (share > 1)).any():
        raise ValueError(f"share: expected numbers between 0 and 1, got {share}")
    return np.sqrt(share * (1 - share) / whole_number("size", size, least=1))


def pit(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> np.ndarray:
    """Probability integral transform: the predicted probability of a value below the observed one, shaped like `y`.

    If the predictions are right, these numbers are uniform on [0, 1].

    Equation: eq-pit
    """
    return ndtr(_scores(y, mu, sigma))


def calibration_curve(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike, levels: ArrayLike) -> np.ndarray:
    """Share of the observations below the predicted quantile of each level; the diagonal if the predictions are right.

    Parameters
    ----------
    y, mu, sigma : see the module.
    levels : probabilities between 0 and 1, shape (n,).

    Returns
    -------
    Shares, shape (n,).

    Equation: eq-calibration-curve
    """
    levels = finite_array("levels", levels, (None,))
    if ((levels < 0) | (levels > 1)).any():
        raise ValueError(f"levels: expected probabilities between 0 and 1, got {levels}")
    ranks = np.sort(pit(y, mu, sigma), axis=None)
    return np.searchsorted(ranks, levels, side="right") / ranks.size


def _scores(y: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> np.ndarray:
    """Deviations z = (y - mu) / sigma."""
    y, mu, sigma = (finite_array(name, value, (...,)) for name, value in {"y": y, "mu": mu, "sigma": sigma}.items())
    if not (sigma > 0).all():
        raise ValueError(f"sigma: expected positive numbers, got {sigma.min():g}")
    try:
        mu, sigma = np.broadcast_to(mu, y.shape), np.broadcast_to(sigma, y.shape)
    except ValueError as error:
        raise ValueError(f"mu, sigma: expected shapes that fit y's {y.shape}, got {mu.shape} and {sigma.shape}") from error
    return (y - mu) / sigma


def _not_negative(name: str, value: ArrayLike) -> np.ndarray:
    array = finite_array(name, value, (...,))
    if (array < 0).any():
        raise ValueError(f"{name}: expected numbers that are not negative, got {array.min():g}")
    return array
