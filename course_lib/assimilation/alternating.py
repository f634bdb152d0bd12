"""Data assimilation and regression in turns: a linear model is learned from the trajectory that the last model gave.

The trajectory may be a point, the most probable one, or a distribution, means with covariances. With points the alternation
descends the weak-constraint cost and finds too small a model error; with distributions it is the EM algorithm.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.kalman import kalman_filter
from course_lib.assimilation.smoother import smoother
from course_lib.assimilation.state_space import LinearGaussian, check_model, check_observations
from course_lib.assimilation.weak_constraint import Trajectory
from course_lib.basics.arguments import finite_array, whole_number


class Alternation(NamedTuple):
    """The models of an alternation, first guess included, and log p(y) of each, in nats; path[-1] is the result."""

    path: tuple[LinearGaussian, ...]
    log_likelihoods: np.ndarray


def assimilate(model: LinearGaussian, observations: ArrayLike) -> tuple[Trajectory, float]:
    """The trajectory that a model and the observations make together, and log p(y) under that model.

    Parameters
    ----------
    model : the model of the moment.
    observations : shape (..., T, p), complete.

    Returns
    -------
    x_0, …, x_T: means (..., T + 1, n), covariances (T + 1, n, n), of x_t and x_{t-1} (T, n, n); and a number, in nats.

    Raises
    ------
    ValueError
        If model and observations do not fit, or an observation is missing.

    Equation: eq-weak-constraint
    """
    model = check_model(model)
    y = finite_array("observations", check_observations(observations, len(model.H)), (..., None, len(model.H)))
    filtered = kalman_filter(model, y)
    mean, covariance, lag_one, first, first_covariance = smoother(model, filtered)
    trajectory = Trajectory(
        np.concatenate([first[..., None, :], mean], axis=-2), np.concatenate([first_covariance[None], covariance]), lag_one
    )
    return trajectory, float(np.sum(filtered.log_likelihood))


def regression(trajectory: Trajectory, *, spread: bool) -> tuple[np.ndarray, np.ndarray]:
    """Model matrix M and model error covariance Q that suit a trajectory best.

    Parameters
    ----------
    trajectory : from `assimilate`.
    spread : whether the covariances of the trajectory count, as in EM, or only its means, as if they were the truth.

    Equation: eq-model-regression
    """
    x, P, C = trajectory
    S00, S10 = _mean_product(x[..., :-1, :], x[..., :-1, :]), _mean_product(x[..., 1:, :], x[..., :-1, :])
    if spread:
        S00, S10 = S00 + P[:-1].mean(0), S10 + C.mean(0)
    M = np.linalg.solve(S00, S10.T).T
    error = x[..., 1:, :] - x[..., :-1, :] @ M.T
    Q = _mean_product(error, error)
    if spread:
        cross = C.mean(0) @ M.T
        Q = Q + P[1:].mean(0) - cross - cross.T + M @ P[:-1].mean(0) @ M.T
    return M, (Q + Q.T) / 2


def alternate(start: LinearGaussian, observations: ArrayLike, steps: int, *, spread: bool) -> Alternation:
    """Learn M and Q: data assimilation gives the trajectory, regression the model, in turns. H, R and x_0 stay as they are.

    Parameters
    ----------
    start : first guess.
    observations : shape (..., T, p), complete.
    steps : number of turns, at least 0.
    spread : False for a trajectory that is a point, True for EM.

    Raises
    ------
    ValueError
        If model and observations do not fit, or an observation is missing.

    Equations: eq-weak-constraint, eq-model-regression
    """
    path, history = [check_model(start)], []
    for _ in range(whole_number("steps", steps, least=0)):
        trajectory, log_likelihood = assimilate(path[-1], observations)
        M, Q = regression(trajectory, spread=spread)
        path.append(path[-1]._replace(M=M, Q=Q))
        history.append(log_likelihood)
    history.append(float(np.sum(kalman_filter(path[-1], observations).log_likelihood)))
    return Alternation(tuple(path), np.array(history))


def weak_constraint_cost(model: LinearGaussian, trajectory: ArrayLike, observations: ArrayLike) -> float:
    """Minus the logarithm of the joint density of trajectory and observations, in nats, summed over sequences.

    Parameters
    ----------
    model : its Q and covariance must be positive definite.
    trajectory : x_0, …, x_T, shape (..., T + 1, n).
    observations : y_1, …, y_T, shape (..., T, p).

    Raises
    ------
    ValueError
        If shapes do not fit or a covariance is singular.

    Equation: eq-weak-constraint
    """
    M, Q, H, R, mean, covariance = check_model(model)
    x = finite_array("trajectory", trajectory, (..., None, len(M)))
    y = finite_array("observations", observations, (*x.shape[:-2], x.shape[-2] - 1, len(H)))
    terms = ((x[..., 0, :] - mean, covariance), (x[..., 1:, :] - x[..., :-1, :] @ M.T, Q), (y - x[..., 1:, :] @ H.T, R))
    return sum(_minus_log_density(*term) for term in terms)


def _mean_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
    return a.T @ b / len(a)


def _minus_log_density(residual: np.ndarray, covariance: np.ndarray) -> float:
    try:
        white = np.linalg.solve(np.linalg.cholesky(2 * np.pi * covariance), residual.reshape(-1, len(covariance)).T)
    except np.linalg.LinAlgError:
        raise ValueError("model: expected positive definite covariances, got a singular one") from None
    return float(np.pi * np.sum(white**2) + 0.5 * white.shape[1] * np.linalg.slogdet(2 * np.pi * covariance)[1])
