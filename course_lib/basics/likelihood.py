"""Maximum likelihood for the Gaussian model: how well it fits, where it fits best, how sharp the best fit is.

Data are independent draws, one a row. In one dimension the parameters are θ = (mu, sigma), mean and standard deviation; in d
dimensions they are a mean and a covariance.

Every function refuses arrays of other shapes, numbers that are not finite, and spreads that are not positive, with a ValueError
that names the argument.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import covariance as checked_covariance
from course_lib.basics.arguments import finite_array, positive_number, whole_number
from course_lib.basics.gaussians import Gaussian, log_density


def normal_log_likelihood(x: ArrayLike, mu: ArrayLike, sigma: ArrayLike) -> np.ndarray:
    """Log-likelihood of N(mu, sigma²) for data in one dimension, for one pair of parameters or a whole grid of them.

    The data enter through their number, mean and variance only.

    Parameters
    ----------
    x : data, shape (N,).
    mu : shape (...), in the unit of x.
    sigma : shape (...), positive, in the unit of x; `mu` and `sigma` are broadcast.

    Returns
    -------
    Array of the broadcast shape; a number for a single pair.

    Equation: eq-normal-log-likelihood
    """
    x, (mu, sigma) = finite_array("x", x, (None,)), _mu_sigma(mu, sigma)
    mean_square = x.var() + (x.mean() - mu) ** 2
    return -len(x) * (0.5 * np.log(2 * np.pi) + np.log(sigma) + mean_square / (2 * sigma**2))


def normal_score(x: ArrayLike, mu: float, sigma: float) -> np.ndarray:
    """The score: slopes (∂ℓ/∂mu, ∂ℓ/∂sigma), shape (2,), of the log-likelihood of N(mu, sigma²) for data x, shape (N,).

    Equation: eq-normal-score
    """
    x, sigma = finite_array("x", x, (None,)), positive_number("sigma", sigma)
    residual = x - finite_array("mu", mu, ())
    return np.array([residual.sum() / sigma**2, np.sum(residual**2) / sigma**3 - len(x) / sigma])


def fisher_information(sigma: float, size: int) -> np.ndarray:
    """Fisher information of `size` draws from N(mu, sigma²) on (mu, sigma), shape (2, 2); it does not depend on mu.

    Examples
    --------
    >>> fisher_information(2.0, 100)
    array([[25.,  0.],
           [ 0., 50.]])

    Equation: eq-fisher-information
    """
    return np.diag([1.0, 2.0]) * whole_number("size", size, 1) / positive_number("sigma", sigma) ** 2


def log_likelihood(x: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> float:
    """Log-likelihood of N(mean, covariance) for data in d dimensions: the sum of the log densities of the points.

    Parameters
    ----------
    x : data, shape (N, d).
    mean : shape (d,).
    covariance : shape (d, d).

    Equation: eq-log-likelihood
    """
    return float(np.sum(log_density(finite_array("x", x, (None, None)), mean, covariance)))


def score(x: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of :func:`log_likelihood`, arguments as there: by the mean, shape (d,), and by the covariance, shape (d, d).

    The entries of the covariance count as independent variables, symmetry is not imposed.

    Equation: eq-gaussian-score
    """
    mean = finite_array("mean", mean, (None,))
    covariance = checked_covariance("covariance", covariance, len(mean))
    residual = finite_array("x", x, (None, len(mean))) - mean
    weighted = np.linalg.solve(covariance, residual.T)
    return weighted.sum(axis=1), 0.5 * (weighted @ weighted.T - len(residual) * np.linalg.inv(covariance))


def gaussian_mle(x: ArrayLike) -> Gaussian:
    """The Gaussian under which the data are most probable: their mean, and their covariance with divisor N.

    Parameters
    ----------
    x : data, shape (N, d), with N > d.

    Raises
    ------
    ValueError
        If there are too few points, or all lie in a plane of fewer dimensions: the likelihood then has no maximum, it grows
        without limit as the Gaussian becomes flat.

    Examples
    --------
    >>> gaussian_mle([[1.0], [2.0], [6.0]]).mean
    array([3.])

    Equation: eq-gaussian-mle
    """
    x = finite_array("x", x, (None, None))
    N, d = x.shape
    if d >= N:
        raise ValueError(f"x: a covariance in {d} dimensions needs at least {d + 1} points, got {N}")
    mean = x.mean(axis=0)
    deviation = x - mean
    # Rounding leaves 1e-16 of the coordinates, or of the widest direction, where exact numbers would leave nothing.
    rounding = max(1e-7 * np.linalg.norm(deviation, 2), 1e-12 * np.linalg.norm(x))
    if np.linalg.matrix_rank(deviation, tol=rounding) < d:
        raise ValueError(f"x: the {N} points lie in a plane of fewer than {d} dimensions, so their covariance is singular")
    return Gaussian(mean, deviation.T @ deviation / N)


def _mu_sigma(mu: ArrayLike, sigma: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    mu, sigma = finite_array("mu", mu, (...,)), finite_array("sigma", sigma, (...,))
    if not (sigma > 0).all():
        raise ValueError(f"sigma: expected positive numbers, got {sigma.min():g}")
    try:
        np.broadcast_shapes(mu.shape, sigma.shape)
    except ValueError as error:
        raise ValueError(f"sigma: expected a shape that fits mu's {mu.shape}, got {sigma.shape}") from error
    return mu, sigma
