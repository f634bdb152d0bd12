"""Gaussian vectors: density, samples, and what an observation says about the quantity behind it.

Throughout, v ~ N(mu, K) in n dimensions is what one wants to know and u | v ~ N(L v + m, Sigma) in k dimensions is what one
observes. No covariance is inverted where a triangular solve does.

Every function refuses arrays of other shapes, numbers that are not finite, and covariances that are not symmetric positive
definite, with a ValueError that names the argument.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from course_lib.basics.arguments import covariance as checked_covariance
from course_lib.basics.arguments import finite_array, whole_number


class Gaussian(NamedTuple):
    """A Gaussian distribution: mean, shape (d,), and covariance, shape (d, d)."""

    mean: np.ndarray
    covariance: np.ndarray


def log_density(x: ArrayLike, mean: ArrayLike, covariance: ArrayLike) -> np.ndarray:
    """Natural logarithm of the density N(mean, covariance) at x.

    Parameters
    ----------
    x : points, shape (..., d).
    mean : shape (d,).
    covariance : shape (d, d).

    Returns
    -------
    Array of shape (...,), a number for a single point.

    Examples
    --------
    >>> log_density([0.0], [0.0], [[1.0]]).round(4)
    np.float64(-0.9189)

    Equations: eq-gaussian-density, eq-whitening
    """
    mean, covariance = _gaussian(mean, covariance)
    d = len(mean)
    x = finite_array("x", x, (..., d))
    factor = np.linalg.cholesky(covariance)
    white = solve_triangular(factor, (x - mean).reshape(-1, d).T, lower=True)
    log_det = 2 * np.sum(np.log(np.diag(factor)))
    squared = np.sum(white**2, axis=0).reshape(x.shape[:-1])[()]
    return -0.5 * (d * np.log(2 * np.pi) + log_det + squared)


def sample(mean: ArrayLike, covariance: ArrayLike, size: int, rng: np.random.Generator) -> np.ndarray:
    """Independent draws from N(mean, covariance).

    Parameters
    ----------
    mean : shape (d,).
    covariance : shape (d, d).
    size : number of draws, at least 1.
    rng : source of random numbers.

    Returns
    -------
    Array of shape (size, d).

    Equations: eq-affine-gaussian, eq-whitening
    """
    mean, covariance = _gaussian(mean, covariance)
    white = rng.standard_normal((whole_number("size", size, 1), len(mean)))
    return mean + white @ np.linalg.cholesky(covariance).T


def joint(mu: ArrayLike, K: ArrayLike, L: ArrayLike, m: ArrayLike, Sigma: ArrayLike) -> Gaussian:
    """The joint distribution of (v, u).

    Parameters
    ----------
    mu, K : mean, shape (n,), and covariance, shape (n, n), of v.
    L, m : linear map, shape (k, n), and offset, shape (k,), of the observation.
    Sigma : covariance of the observation's error, shape (k, k).

    Returns
    -------
    Gaussian in n + k dimensions, v first.

    Equation: eq-gaussian-joint
    """
    mu, K, L, m, Sigma = _model(mu, K, L, m, Sigma)
    cross = L @ K
    return Gaussian(np.concatenate([mu, L @ mu + m]), np.block([[K, cross.T], [cross, cross @ L.T + Sigma]]))


def gain(K: ArrayLike, L: ArrayLike, Sigma: ArrayLike) -> np.ndarray:
    """The gain K Lᵀ (L K Lᵀ + Sigma)⁻¹, shape (n, k): how far the posterior mean follows an observation.

    Solves in k dimensions. K has shape (n, n), L (k, n), Sigma (k, k).

    Equation: eq-gain
    """
    K, L, Sigma = _matrices(K, L, Sigma)
    return cho_solve(cho_factor(L @ K @ L.T + Sigma, lower=True), L @ K).T


def gain_information(K: ArrayLike, L: ArrayLike, Sigma: ArrayLike) -> np.ndarray:
    """The same gain as (K⁻¹ + Lᵀ Sigma⁻¹ L)⁻¹ Lᵀ Sigma⁻¹, shape (n, k).

    Solves in n dimensions. K has shape (n, n), L (k, n), Sigma (k, k).

    Equation: eq-gain-information
    """
    K, L, Sigma = _matrices(K, L, Sigma)
    weighted = cho_solve(cho_factor(Sigma, lower=True), L).T
    return cho_solve(cho_factor(_inverse(K) + weighted @ L, lower=True), weighted)


def posterior(mu: ArrayLike, K: ArrayLike, L: ArrayLike, m: ArrayLike, Sigma: ArrayLike, u: ArrayLike) -> Gaussian:
    """The distribution of v once u is known, by the gain K Lᵀ (L K Lᵀ + Sigma)⁻¹: cheaper where k < n.

    Parameters
    ----------
    mu, K : mean, shape (n,), and covariance, shape (n, n), of v before.
    L, m : linear map, shape (k, n), and offset, shape (k,), of the observation.
    Sigma : covariance of the observation's error, shape (k, k).
    u : the observation, shape (k,).

    Equations: eq-posterior-mean, eq-posterior-covariance
    """
    mu, K, L, m, Sigma = _model(mu, K, L, m, Sigma)
    u = finite_array("u", u, m.shape)
    # With S = R Rᵀ, the part K Lᵀ S⁻¹ L K that is taken off is WᵀW: symmetric to the last bit.
    factor = np.linalg.cholesky(L @ K @ L.T + Sigma)
    W = solve_triangular(factor, L @ K, lower=True)
    innovation = solve_triangular(factor, u - L @ mu - m, lower=True)
    return Gaussian(mu + W.T @ innovation, K - W.T @ W)


def posterior_information(mu: ArrayLike, K: ArrayLike, L: ArrayLike, m: ArrayLike, Sigma: ArrayLike, u: ArrayLike) -> Gaussian:
    """The same distribution by the gain (K⁻¹ + Lᵀ Sigma⁻¹ L)⁻¹ Lᵀ Sigma⁻¹: cheaper where n < k and Sigma⁻¹ is easy.

    Parameters and result are those of :func:`posterior`.

    Equations: eq-posterior-mean, eq-posterior-precision
    """
    mu, K, L, m, Sigma = _model(mu, K, L, m, Sigma)
    u = finite_array("u", u, m.shape)
    weighted = cho_solve(cho_factor(Sigma, lower=True), L).T
    covariance = _inverse(_inverse(K) + weighted @ L)
    return Gaussian(mu + covariance @ (weighted @ (u - L @ mu - m)), covariance)


def _inverse(K: np.ndarray) -> np.ndarray:
    """Inverse of a symmetric positive definite matrix; exactly symmetric."""
    root = solve_triangular(np.linalg.cholesky(K), np.eye(len(K)), lower=True)
    return root.T @ root


def _gaussian(mean: ArrayLike, covariance: ArrayLike) -> Gaussian:
    mean = finite_array("mean", mean, (None,))
    return Gaussian(mean, checked_covariance("covariance", covariance, len(mean)))


def _matrices(K: ArrayLike, L: ArrayLike, Sigma: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    K, Sigma = checked_covariance("K", K), checked_covariance("Sigma", Sigma)
    return K, finite_array("L", L, (len(Sigma), len(K))), Sigma


def _model(mu: ArrayLike, K: ArrayLike, L: ArrayLike, m: ArrayLike, Sigma: ArrayLike) -> tuple[np.ndarray, ...]:
    mu, m = finite_array("mu", mu, (None,)), finite_array("m", m, (None,))
    n, k = len(mu), len(m)
    K, Sigma = checked_covariance("K", K, n), checked_covariance("Sigma", Sigma, k)
    return mu, K, finite_array("L", L, (k, n)), m, Sigma
