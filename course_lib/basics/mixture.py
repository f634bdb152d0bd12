"""Mixture of Gaussians with full covariances: density, responsibilities, gradient of the log-likelihood."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dtrtri

from course_lib.basics import latent
from course_lib.basics.arguments import covariance, finite_array


class Mixture(NamedTuple):
    """The parameters θ of a mixture of K Gaussians in d dimensions.

    weights, shape (K,), positive with sum one; means, shape (K, d); covariances, shape (K, d, d).

    Equation: eq-mixture-density
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def check_mixture(theta: Mixture) -> Mixture:
    """The same mixture as arrays of doubles.

    Raises
    ------
    ValueError
        If shapes do not fit, a weight is not positive, weights do not sum to one, or a covariance is asymmetric or singular.
    """
    weights, means, covariances = theta
    weights = finite_array("weights", weights, (None,))
    if (weights <= 0).any() or abs(weights.sum() - 1) > 1e-8:
        raise ValueError(f"weights: expected positive numbers that sum to one, got {weights} with sum {weights.sum():.10g}")
    means = finite_array("means", means, (len(weights), None))
    K, d = means.shape
    covariances = finite_array("covariances", covariances, (K, d, d))
    return Mixture(weights, means, np.stack([covariance(f"covariances[{k}]", covariances[k]) for k in range(K)]))


def log_joint(theta: Mixture, x: ArrayLike) -> np.ndarray:
    """The table log p(xₙ, z = k | θ) = log πₖ + log N(xₙ | μₖ, Σₖ).

    Parameters
    ----------
    theta : the mixture's parameters.
    x : shape (N, d); the data, one observation a row.

    Returns
    -------
    shape (N, K).

    Raises
    ------
    ValueError
        If `theta` is no mixture (see `check_mixture`), or `x` has another shape or is not finite.

    Equation: eq-mixture-joint
    """
    theta = check_mixture(theta)
    x = finite_array("x", x, (None, theta.means.shape[1]))
    return log_joint_rows(theta, np.ascontiguousarray(x.T)).T


def log_likelihood(theta: Mixture, x: ArrayLike) -> float:
    """Σₙ log p(xₙ | θ) in nats; arguments and errors as in `log_joint`.

    Equation: eq-mixture-density
    """
    return float(latent.log_evidence(log_joint(theta, x)).sum())


def responsibilities(theta: Mixture, x: ArrayLike) -> np.ndarray:
    """The posterior of z, rₙₖ = p(z = k | xₙ, θ), shape (N, K), each row summing to one: the E step.

    Arguments and errors as in `log_joint`.

    Equation: eq-responsibilities
    """
    return latent.posterior(log_joint(theta, x))


def score(theta: Mixture, x: ArrayLike) -> Mixture:
    """The gradient of the log-likelihood by Fisher's equality; arguments and errors as in `log_joint`.

    Returns
    -------
    A tuple of the shapes of θ: the derivatives with respect to a in π = softmax(a), to the means, and to the covariances
    (all d² entries taken as free).

    Equation: eq-mixture-score
    """
    theta, r = check_mixture(theta), responsibilities(theta, x)
    x, precisions = np.asarray(x, dtype=float), np.linalg.inv(theta.covariances)
    means, covariances = np.empty_like(theta.means), np.empty_like(theta.covariances)
    for k, precision in enumerate(precisions):
        scaled = (x - theta.means[k]) @ precision
        means[k] = r[:, k] @ scaled
        covariances[k] = 0.5 * ((r[:, k] * scaled.T) @ scaled - r[:, k].sum() * precision)
    return Mixture(r.sum(axis=0) - len(x) * theta.weights, means, covariances)


def log_joint_rows(theta: Mixture, columns: np.ndarray) -> np.ndarray:
    """The inner loop of `log_joint`, unchecked and transposed: data of shape (d, N), result of shape (K, N).

    Long rows keep the processor busy. With Σ = C Cᵀ, the squared length of C⁻¹(x − μ) is the exponent.
    """
    (K, d), N = theta.means.shape, columns.shape[1]
    table = np.empty((K, N))
    for k, (weight, mean, factor) in enumerate(zip(*theta[:2], np.linalg.cholesky(theta.covariances), strict=True)):
        inverse, _ = dtrtri(factor, lower=True)  # of a triangular matrix: d × d, against N columns to whiten
        whitened = inverse @ (columns - mean[:, None])
        constant = np.log(weight) - np.log(np.diag(factor)).sum() - 0.5 * d * np.log(2 * np.pi)
        table[k] = constant - 0.5 * np.einsum("dn,dn->n", whitened, whitened)
    return table
