"""The Gaussian negative log-likelihood as a loss: what a prediction (mu, sigma) costs when y is observed, and its slopes.

The standard deviation enters through its logarithm, which may take any value: sigma = exp(log_sigma) is always positive. All
arrays are broadcast against each other. Every function refuses numbers that are not finite, and shapes that do not fit, with a
ValueError that names the argument.
"""

from __future__ import annotations

from math import log, pi

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array


def gaussian_nll(y: ArrayLike, mu: ArrayLike, log_sigma: ArrayLike) -> np.ndarray:
    """Negative log-likelihood -log p(y | x) of each sample under N(mu, sigma²), in nats.

    Parameters
    ----------
    y : observed values, shape (...).
    mu : predicted means, shape (...), in the unit of y.
    log_sigma : logarithms of the predicted standard deviations in the unit of y, shape (...).

    Returns
    -------
    Array of the broadcast shape, one number a sample; its mean is the loss L.

    Examples
    --------
    >>> float(gaussian_nll(3.0, 1.0, np.log(2.0)).round(4))  # one σ off
    2.1121

    Equation: eq-gaussian-nll
    """
    z, log_sigma = _standardised(y, mu, log_sigma)
    return 0.5 * log(2 * pi) + log_sigma + 0.5 * z**2


def gaussian_nll_slopes(y: ArrayLike, mu: ArrayLike, log_sigma: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Derivatives of :func:`gaussian_nll`, arguments as there: by mu, in the inverse unit of y, and by log_sigma, without unit.

    Equation: eq-gaussian-nll-slopes
    """
    z, log_sigma = _standardised(y, mu, log_sigma)
    return -z * np.exp(-log_sigma), 1 - z**2


def best_constant_sigma(y: ArrayLike, mu: ArrayLike) -> float:
    """The one σ for all samples under which y is most probable: the root mean square error of mu.

    Parameters
    ----------
    y, mu : observed values and predicted means, broadcast against each other.

    Raises
    ------
    ValueError
        If every prediction is exact: the likelihood then grows without limit as σ goes to zero.

    Equation: eq-best-sigma
    """
    error, _ = _standardised(y, mu, 0.0)
    if not error.any():
        raise ValueError(
            "mu: expected a prediction that differs from y, got none; the likelihood grows without limit as σ goes to 0"
        )
    return float(np.sqrt(np.mean(error**2)))


def excess_nll(mu: ArrayLike, log_sigma: ArrayLike, true_mu: ArrayLike, true_log_sigma: ArrayLike) -> np.ndarray:
    """What N(mu, sigma²) costs on average beyond the truth, at each x, when y comes from N(true_mu, true_sigma²).

    Parameters
    ----------
    mu, log_sigma : predicted mean and logarithm of the predicted standard deviation, shapes (...).
    true_mu, true_log_sigma : the same of the distribution that y is drawn from.

    Returns
    -------
    Array of the broadcast shape, in nats: the Kullback–Leibler divergence of the prediction from the truth, never negative.

    Equation: eq-excess-nll
    """
    z, log_sigma = _standardised(true_mu, mu, log_sigma)
    log_ratio = finite_array("true_log_sigma", true_log_sigma, (...,)) - log_sigma
    # expm1 keeps the digits where the two σ nearly agree.
    return 0.5 * (np.expm1(2 * log_ratio) - 2 * log_ratio + z**2)


def _standardised(y: ArrayLike, mu: ArrayLike, log_sigma: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Deviations z = (y - mu) / sigma, and log_sigma, both of the broadcast shape."""
    given = {"y": y, "mu": mu, "log_sigma": log_sigma}
    arrays = [finite_array(name, value, (...,)) for name, value in given.items()]
    try:
        y, mu, log_sigma = np.broadcast_arrays(*arrays)
    except ValueError as error:
        shapes = [array.shape for array in arrays]
        raise ValueError(f"y, mu, log_sigma: expected shapes that fit each other, got {shapes}") from error
    return (y - mu) * np.exp(-log_sigma), log_sigma
