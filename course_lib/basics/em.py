"""Expectation–maximisation for a mixture of Gaussians: M step, fit, and what to do when a component collapses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number
from course_lib.basics.em_loop import climb
from course_lib.basics.latent import distributions, normalise
from course_lib.basics.mixture import Mixture, check_mixture, log_joint_rows

#: A component has collapsed when its variance along some direction is below this share of the data's.
COLLAPSED = 1e-12


class CollapseError(ValueError):
    """A component has shrunk onto a point, a line or a plane, where the likelihood has no maximum, or has lost all points."""


class Fit(NamedTuple):
    """What `fit` found: θ, the mixtures on the way, log p(x | θ) of each of them, and whether the stopping rule was met.

    theta is path[-1]; path has one entry more than there were steps; log_likelihoods, shape (steps + 1,), in nats.
    """

    theta: Mixture
    path: tuple[Mixture, ...]
    log_likelihoods: np.ndarray
    converged: bool


def m_step(x: ArrayLike, responsibilities: ArrayLike, floor: float | None = None) -> Mixture:
    """The mixture that maximises the free energy for given responsibilities.

    Parameters
    ----------
    x : shape (N, d); the data.
    responsibilities : shape (N, K); each row a distribution, exact posterior or not.
    floor : the least variance that a component may have in any direction, in the square of x's unit; None stands for no floor.

    Raises
    ------
    CollapseError
        If a component has no points, or without a floor a covariance is singular.
    ValueError
        If shapes do not fit, a number is not finite, or a row is not a distribution.

    Equations: eq-m-step, eq-variance-floor
    """
    x = finite_array("x", x, (None, None))
    r = distributions("responsibilities", responsibilities, (len(x), None))
    return _m_step(np.ascontiguousarray(x.T), np.ascontiguousarray(r.T), _checked(floor))


def fit(x: ArrayLike, start: Mixture, max_steps: int = 1000, tolerance: float = 1e-8, floor: float | None = None) -> Fit:
    """Alternate E and M steps from a first guess until the log-likelihood stands still.

    Parameters
    ----------
    x : shape (N, d); the data.
    start : the first guess, which must be a mixture with K ≤ N.
    max_steps : the greatest number of M steps.
    tolerance : stop when a step raises the log-likelihood per observation by less than this; 0 stops only at `max_steps`.
    floor : as in `m_step`.

    Raises
    ------
    CollapseError
        As in `m_step`; the message tells the step.
    ValueError
        If an argument is of a wrong shape, not finite or out of range, or there are fewer points than components.

    Equations: eq-responsibilities, eq-m-step
    """
    theta, floor = check_mixture(start), _checked(floor)
    x = finite_array("x", x, (None, theta.means.shape[1]))
    if len(x) < len(theta.weights):
        raise ValueError(f"x: {len(theta.weights)} components need at least as many points, got {len(x)}")
    columns = np.ascontiguousarray(x.T)

    def m_step(theta: Mixture, r: np.ndarray, step: int) -> Mixture:
        try:
            return _m_step(columns, r, floor)
        except CollapseError as error:
            raise CollapseError(f"step {step}: {error}") from None

    path, log_likelihoods, converged = climb(theta, lambda theta: _e_step(theta, columns), m_step, max_steps, tolerance, len(x))
    return Fit(path[-1], path, log_likelihoods, converged)


def _e_step(theta: Mixture, columns: np.ndarray) -> tuple[float, np.ndarray]:
    """Log-likelihood and responsibilities, shape (K, N)."""
    evidence, r = normalise(log_joint_rows(theta, columns), axis=0)
    return float(evidence.sum()), r


def _m_step(columns: np.ndarray, r: np.ndarray, floor: float | None) -> Mixture:
    (K, N), d = r.shape, len(columns)
    counts = r.sum(axis=1)
    if (counts <= N * np.finfo(float).eps).any():
        raise CollapseError(f"component {counts.argmin()} has no points left; start elsewhere or take fewer components")
    means = r @ columns.T / counts[:, None]
    covariances = np.empty((K, d, d))
    for k in range(K):
        centred = columns - means[k][:, None]
        covariances[k] = (r[k] * centred) @ centred.T / counts[k]
    theta = Mixture(counts / N, means, (covariances + covariances.transpose(0, 2, 1)) / 2)
    return _refuse_collapse(theta, counts) if floor is None else theta._replace(covariances=_raised(theta.covariances, floor))


def _raised(covariances: np.ndarray, floor: float) -> np.ndarray:
    """Each eigenvalue below the floor is set to it: the maximum of the free energy under that constraint."""
    values, vectors = np.linalg.eigh(covariances)
    return (vectors * np.maximum(values, floor)[:, None, :]) @ vectors.transpose(0, 2, 1)


def _refuse_collapse(theta: Mixture, counts: np.ndarray) -> Mixture:
    # After an M step the variance between and within the components is the data's variance, so x itself is not needed here.
    deviations = theta.means - theta.weights @ theta.means
    unit = np.sqrt(theta.weights @ (np.diagonal(theta.covariances, axis1=1, axis2=2) + deviations**2))
    if (constant := unit <= 1e-14 * np.abs(theta.means).max(axis=0)).any():
        raise CollapseError(f"column {constant.argmax()} of x is constant; leave it out or give a floor")
    least = np.linalg.eigvalsh(theta.covariances / (unit[:, None] * unit))[:, 0]
    if (least <= COLLAPSED).any():
        k = int(least.argmin())
        raise CollapseError(
            f"component {k} has collapsed: it holds {counts[k]:.3g} points and its covariance is singular, so that the "
            "likelihood grows without bound; start elsewhere, take fewer components, or give a floor for the variance"
        )
    return theta


def _checked(floor: float | None) -> float | None:
    return None if floor is None else positive_number("floor", floor)
