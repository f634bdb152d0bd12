"""Four-dimensional variational assimilation: fit the initial state of a window to all observations in it.

The model is taken as perfect, so the initial state is the only unknown, as a network's weights are in training. Forward, the
states of the window are stored; backward, the adjoint gathers the gradient. Several initial states are handled at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.adjoint import Product
from course_lib.assimilation.systems import Map, System
from course_lib.basics.arguments import covariance, finite_array, whole_number


class Fit(NamedTuple):
    """Result of minimisations: the initial states, shape (..., n), and their costs, shape (...,)."""

    initial: np.ndarray
    cost: np.ndarray


def cost(initial: ArrayLike, observations: ArrayLike, system: System, background: bool = True) -> np.ndarray:
    """The cost J(x_0) of 4D-Var.

    Parameters
    ----------
    initial : initial states x_0, shape (..., n).
    observations : y_1, …, y_T, shape (..., T, p); a single series serves all initial states.
    system : its Q is not used; its mean and covariance are the background.
    background : whether the departure from the background is counted too.

    Returns
    -------
    Array of shape (...,).

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or a covariance is not positive definite.

    Equation: eq-fourdvar-cost
    """
    return _forward(initial, observations, system, background)[0]


def cost_and_gradient(
    initial: ArrayLike, observations: ArrayLike, system: System, adjoint: Product, background: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The cost and its gradient with respect to x_0, by one run of the model forward and one of its adjoint backward.

    Parameters
    ----------
    initial, observations, system, background : as in `cost`.
    adjoint : (x, λ) ↦ Mᵀλ, with M the derivative of the step at x.

    Returns
    -------
    Arrays of shape (...,) and (..., n).

    Raises
    ------
    ValueError
        As `cost`.

    Equations: eq-fourdvar-cost, eq-adjoint-recursion
    """
    value, states, forces, pull = _forward(initial, observations, system, background)
    dual = forces[-1]
    for state, force in zip(states[-2:0:-1], forces[-2::-1], strict=True):
        dual = adjoint(state, dual) + force
    return value, adjoint(states[0], dual) + pull


def fit(
    first_guess: ArrayLike,
    observations: ArrayLike,
    system: System,
    adjoint: Product,
    background: bool = True,
    iterations: int = 60,
) -> Fit:
    """Minimise the cost from first guesses by descent along the adjoint's gradient, in the metric that BFGS builds up.

    Parameters
    ----------
    first_guess : where the searches start, shape (..., n).
    observations, system, adjoint, background : as in `cost_and_gradient`.
    iterations : number of steps of each search, at least 1.

    Raises
    ------
    ValueError
        As `cost`.

    Equation: eq-fourdvar-cost
    """
    x = finite_array("first_guess", first_guess, (..., None))
    value, gradient = cost_and_gradient(x, observations, system, adjoint, background)
    metric = np.eye(x.shape[-1]) / (1 + np.linalg.norm(gradient, axis=-1))[..., None, None]
    for _ in range(whole_number("iterations", iterations, least=1)):
        direction = -np.einsum("...ij,...j->...i", metric, gradient)
        slope = np.sum(direction * gradient, axis=-1)
        if not (-slope > 1e-10 * (1 + np.abs(value))).any():
            break
        length = _line_search(lambda y: cost(y, observations, system, background), x, value, direction, slope)
        move = length[..., None] * direction
        value, new_gradient = cost_and_gradient(x + move, observations, system, adjoint, background)
        metric = _bfgs(metric, move, new_gradient - gradient)
        x, gradient = x + move, new_gradient
    return Fit(x, value)


def _line_search(
    function: Map, x: np.ndarray, value: np.ndarray, direction: np.ndarray, slope: np.ndarray, halvings: int = 20
) -> np.ndarray:
    """The first of the lengths 1, 1/2, 1/4, … whose decrease is worth the step (Armijo), or zero."""
    length, done = np.ones(value.shape), -slope <= 1e-10 * (1 + np.abs(value))  # the last ones have arrived
    arrived = done.copy()
    for _ in range(halvings):
        if done.all():
            break
        done = done | (function(x + length[..., None] * direction) <= value + 1e-4 * length * slope)
        length = np.where(done, length, length / 2)
    return np.where(done & ~arrived, length, 0)


def _bfgs(metric: np.ndarray, move: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The inverse Hessian after a step, where the step has met positive curvature; elsewhere as it was."""
    curvature = np.sum(move * change, axis=-1)[..., None, None]
    usable = curvature > 1e-14
    weight = 1 / np.where(usable, curvature, 1)
    shift = np.eye(move.shape[-1]) - weight * move[..., :, None] * change[..., None, :]
    updated = shift @ metric @ shift.swapaxes(-1, -2) + weight * move[..., :, None] * move[..., None, :]
    return np.where(usable, updated, metric)


def _forward(initial: ArrayLike, observations: ArrayLike, system: System, background: bool) -> tuple:
    """Cost; states x_0, …, x_T; for each of x_1, …, x_T what its misfit adds to the gradient; the background's share of it."""
    H = finite_array("H", system.H, (None, None))
    p, n = H.shape
    x = finite_array("initial", initial, (..., n))
    observations = finite_array("observations", observations, (..., None, p))
    if observations.shape[:-2] not in ((), x.shape[:-1]):
        raise ValueError(f"observations: expected one series or {x.shape[:-1]} of them, got shape {observations.shape}")
    precision = np.linalg.inv(covariance("R", system.R, p))
    value, pull = np.zeros(x.shape[:-1]), np.zeros_like(x)
    if background:
        departure = x - finite_array("mean", system.mean, (n,))
        pull = departure @ np.linalg.inv(covariance("covariance", system.covariance, n))
        value = value + 0.5 * np.sum(departure * pull, axis=-1)
    states, forces = [x], []
    with np.errstate(over="ignore", invalid="ignore"):  # a far-off trial of a search may run to infinity: cost NaN
        for k in range(observations.shape[-2]):
            states.append(system.step(states[-1]))
            misfit = states[-1] @ H.T - observations[..., k, :]
            forces.append(misfit @ precision @ H)
            value = value + 0.5 * np.sum(misfit * (misfit @ precision), axis=-1)
    return value, states, forces, pull
