"""Weak-constraint 4D-Var: the most probable trajectory where the model may err at each step, and how sure it is.

The unknown is the whole trajectory x_1, …, x_T. Gauss–Newton turns the search into a few linear problems, and since each state
is tied only to its neighbours, the matrix of each is block tridiagonal: the work grows like T, not like T³.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solveh_banded

from course_lib.basics.arguments import finite_array, positive_number, whole_number

#: States x, shape (T, n) ↦ states one step later, (T, n), and the derivatives of the step, (T, n, n).
Linearised = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Window(NamedTuple):
    """What is known of a trajectory: observations y_1, …, y_T, shape (T, p), their operator H, (p, n), and σ_o."""

    observations: np.ndarray
    H: np.ndarray
    sigma_o: float


class Trajectory(NamedTuple):
    """The most probable states, one after the other, with covariances, and covariances of each with the one before.

    For T states, mean has shape (..., T, n), covariance (T, n, n), lag_one (T − 1, n, n): its entry k is of states k + 1 and k.
    """

    mean: np.ndarray
    covariance: np.ndarray
    lag_one: np.ndarray


def trajectory_cost(model: Linearised, trajectory: ArrayLike, window: Window, sigma_p: float) -> float:
    """Half the squared misfit to the observations plus half the squared model error, each in units of its variance.

    Parameters
    ----------
    model : states ↦ next states and derivatives.
    trajectory : x_1, …, x_T, shape (T, n).
    window : the observations.
    sigma_p : standard deviation of the model error of each component.

    Equation: eq-trajectory-cost
    """
    x, y, H, sigma_o, sigma_p = _checked(trajectory, window, sigma_p)
    error = x[1:] - model(x[:-1])[0]
    return float(0.5 * np.sum((y - x @ H.T) ** 2) / sigma_o**2 + 0.5 * np.sum(error**2) / sigma_p**2)


def most_probable(model: Linearised, first_guess: ArrayLike, window: Window, sigma_p: float, steps: int = 10) -> np.ndarray:
    """The trajectory of least cost, shape (T, n), by Gauss–Newton with steps that are halved until the cost falls.

    Parameters
    ----------
    model, window, sigma_p : as in `trajectory_cost`.
    first_guess : shape (T, n).
    steps : greatest number of Gauss–Newton steps, at least 1.

    Equation: eq-trajectory-cost
    """
    x, *_ = _checked(first_guess, window, sigma_p)
    cost = trajectory_cost(model, x, window, sigma_p)
    for _ in range(whole_number("steps", steps, least=1)):
        diagonal, below, gradient = _normal_equations(model, x, window, sigma_p)
        change = -solveh_banded(_banded(diagonal, below), gradient.ravel(), lower=True).reshape(x.shape)
        before, share = cost, 2.0
        while cost >= before and share > 1e-3:
            share /= 2
            with np.errstate(over="ignore", invalid="ignore"):
                cost = _or_infinity(model, x + share * change, window, sigma_p)
        if not cost < before:
            return x
        x = x + share * change
        if before - cost < 1e-9 * before:
            return x
    return x


def uncertainty(model: Linearised, trajectory: ArrayLike, window: Window, sigma_p: float) -> Trajectory:
    """Covariances around the most probable trajectory: the blocks next to the diagonal of the inverse Hessian.

    Exact for a linear model, and otherwise what its linearisation along the trajectory gives (Laplace's approximation).

    Parameters
    ----------
    model, window, sigma_p : as in `trajectory_cost`.
    trajectory : where the cost is least, shape (T, n).

    Equation: eq-block-inverse
    """
    x, *_ = _checked(trajectory, window, sigma_p)
    diagonal, below, _ = _normal_equations(model, x, window, sigma_p)
    reduced, follow = diagonal.copy(), np.empty_like(below)
    for t in range(len(below)):  # forward: what the past says about x_{t+1}
        follow[t] = np.linalg.solve(reduced[t], below[t].T)
        reduced[t + 1] -= below[t] @ follow[t]
    covariance = np.linalg.inv(reduced)
    for t in reversed(range(len(below))):  # backward: what the future adds
        covariance[t] += follow[t] @ covariance[t + 1] @ follow[t].T
    return Trajectory(x, covariance, -covariance[1:] @ follow.transpose(0, 2, 1))


def model_error_moments(model: Linearised, found: Trajectory) -> tuple[float, float]:
    """Mean square of a model error component along the trajectory, and the mean variance that the trajectory leaves it.

    Their sum is the EM estimate of σ_p²; the first alone is the estimate of whoever takes the trajectory for the truth.

    Equation: eq-total-variance
    """
    following, G = model(found.mean[:-1])
    C = found.lag_one @ G.transpose(0, 2, 1)
    variance = found.covariance[1:] - C - C.transpose(0, 2, 1) + G @ found.covariance[:-1] @ G.transpose(0, 2, 1)
    return float(np.mean((found.mean[1:] - following) ** 2)), float(np.trace(variance, axis1=1, axis2=2).mean() / G.shape[-1])


def _checked(trajectory: ArrayLike, window: Window, sigma_p: float) -> tuple:
    H = finite_array("H", window.H, (None, None))
    y = finite_array("observations", window.observations, (None, len(H)))
    x = finite_array("trajectory", trajectory, (len(y), H.shape[1]))
    return x, y, H, positive_number("sigma_o", window.sigma_o), positive_number("sigma_p", sigma_p)


def _or_infinity(model: Linearised, trajectory: np.ndarray, window: Window, sigma_p: float) -> float:
    try:
        cost = trajectory_cost(model, trajectory, window, sigma_p)
    except ValueError:  # too long a step: the model has run off to infinity
        return np.inf
    return cost if np.isfinite(cost) else np.inf


def _normal_equations(model: Linearised, x: np.ndarray, window: Window, sigma_p: float) -> tuple[np.ndarray, ...]:
    """Diagonal blocks (T, n, n) and blocks below them (T − 1, n, n) of the Gauss–Newton Hessian, and the gradient (T, n)."""
    y, H, sigma_o = window
    following, G = model(x[:-1])
    error = (x[1:] - following) / sigma_p**2
    diagonal = np.repeat((H.T @ H / sigma_o**2)[None], len(x), axis=0)
    diagonal[1:] += np.eye(x.shape[1]) / sigma_p**2
    diagonal[:-1] += G.transpose(0, 2, 1) @ G / sigma_p**2
    gradient = (x @ H.T - y) @ H / sigma_o**2
    gradient[1:] += error
    gradient[:-1] -= np.einsum("tij,ti->tj", G, error)
    return diagonal, -G / sigma_p**2, gradient


def _banded(diagonal: np.ndarray, below: np.ndarray) -> np.ndarray:
    """The lower bands of the block tridiagonal matrix, as SciPy stores them."""
    T, n = diagonal.shape[:2]
    bands = np.zeros((2 * n, n * T))
    for i in range(n):
        for j in range(n):
            if i >= j:
                bands[i - j, j::n] = diagonal[:, i, j]
            bands[n + i - j, j : n * (T - 1) : n] = below[:, i, j]
    return bands
