"""Latent variable models with a discrete latent variable z: posterior, free energy, Fisher's equality.

All a model has to say is its table of log p(xₙ, z = k | θ), shape (N, K): one row for each observation, one column for each
value of z. Natural logarithms throughout, so that entropies and divergences are in nats.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from course_lib.basics.arguments import finite_array


def log_evidence(log_joint: ArrayLike) -> np.ndarray:
    """The log-likelihood of each observation: z is summed away.

    Parameters
    ----------
    log_joint : shape (N, K); log p(xₙ, z = k | θ).

    Returns
    -------
    shape (N,); log p(xₙ | θ). Their sum is the log-likelihood of the data.

    Raises
    ------
    ValueError
        If `log_joint` has another shape or is not finite.

    Equation: eq-latent-likelihood
    """
    return normalise(_table(log_joint))[0]


def posterior(log_joint: ArrayLike) -> np.ndarray:
    """The posterior p(z = k | xₙ, θ), shape (N, K), each row summing to one; argument and errors as in `log_evidence`.

    Equation: eq-latent-posterior
    """
    return normalise(_table(log_joint))[1]


def free_energy(log_joint: ArrayLike, q: ArrayLike) -> float:
    """The free energy of any q: a lower bound of the log-likelihood, summed over the observations.

    Parameters
    ----------
    log_joint : shape (N, K); log p(xₙ, z = k | θ).
    q : shape (N, K); qₙ(z = k), each row a distribution. A q of zero contributes zero.

    Returns
    -------
    The free energy in nats.

    Raises
    ------
    ValueError
        If the shapes differ, a number is not finite, or a row of `q` is not a distribution.

    Equation: eq-free-energy
    """
    log_joint = _table(log_joint)
    q = distributions("q", q, log_joint.shape)
    return float(np.sum(q * log_joint - xlogy(q, q)))


def kl_to_posterior(log_joint: ArrayLike, q: ArrayLike) -> float:
    """Σₙ KL(qₙ ‖ p(z | xₙ, θ)) in nats, what q lacks; arguments and errors as in `free_energy`.

    Equation: eq-free-energy-gap
    """
    log_joint = _table(log_joint)
    q = distributions("q", q, log_joint.shape)
    log_posterior = log_joint - normalise(log_joint)[0][:, None]
    return float(np.sum(xlogy(q, q) - q * log_posterior))


def fisher_gradient(log_joint: ArrayLike, joint_gradient: ArrayLike) -> np.ndarray:
    """The gradient of the log-likelihood, as the posterior mean of the gradient of the joint density.

    Parameters
    ----------
    log_joint : shape (N, K); log p(xₙ, z = k | θ).
    joint_gradient : shape (N, K, P); its gradient with respect to the P parameters.

    Returns
    -------
    shape (P,); the gradient of Σₙ log p(xₙ | θ).

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Equation: eq-fisher-equality
    """
    log_joint = _table(log_joint)
    joint_gradient = finite_array("joint_gradient", joint_gradient, (*log_joint.shape, None))
    return np.einsum("nk,nkp->p", normalise(log_joint)[1], joint_gradient)


def normalise(log_joint: np.ndarray, axis: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Log evidence and posterior of a table whose `axis` counts the values of z, unchecked.

    The largest entry is taken out before the exponential, so that nothing overflows; one exponential serves both results.
    """
    largest = log_joint.max(axis=axis, keepdims=True)
    share = np.exp(log_joint - largest)
    total = share.sum(axis=axis, keepdims=True)
    share /= total
    return np.squeeze(largest + np.log(total), axis), share


def distributions(name: str, q: ArrayLike, shape: tuple[int | None, ...]) -> np.ndarray:
    """An array whose rows are probability distributions.

    Raises
    ------
    ValueError
        If the shape is another, a number is negative or not finite, or a row does not sum to one.
    """
    q = finite_array(name, q, shape)
    if (q < 0).any():
        raise ValueError(f"{name}: expected probabilities, got {q.min():.3g}")
    if (worst := np.abs(q.sum(axis=1) - 1).max()) > 1e-8:
        raise ValueError(f"{name}: each row must sum to one, but a sum is off by {worst:.3g}")
    return q


def _table(log_joint: ArrayLike) -> np.ndarray:
    return finite_array("log_joint", log_joint, (None, None))
