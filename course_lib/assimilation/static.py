"""Optimal interpolation: a filter whose covariance does not depend on the day; called 3D-Var where J is minimised instead."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.estimates import Estimates
from course_lib.assimilation.observed import forecast_step, missing_apart, sequences
from course_lib.assimilation.recursions import symmetric
from course_lib.assimilation.scores import rmse
from course_lib.assimilation.systems import System
from course_lib.basics.arguments import covariance, finite_array, whole_number
from course_lib.basics.gaussians import Gaussian

#: Multiples of a covariance that :func:`tuned_background` tries.
FACTORS = (0.3, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0)


def optimal_interpolation(system: System, observations: ArrayLike, start: ArrayLike, B: ArrayLike) -> Estimates:
    """Forecast with the model, then a Kalman update with one and the same background covariance at all times.

    Parameters
    ----------
    system : the model, its noise (not used: it is part of B) and its observations.
    observations : shape (B, T, p); NaN for what is missing.
    start : estimate of the state at time 0, shape (n,).
    B : background covariance, shape (n, n).

    Returns
    -------
    Estimates; the forecast covariance is B, shape (n, n), the analysis covariance the one that B promises, shape (n, n) if no
    observation is missing, else (B, T, n, n).

    Equation: eq-optimal-interpolation
    """
    H, _, R, y = sequences(system, observations)
    n = H.shape[1]
    x = np.broadcast_to(finite_array("start", start, (n,)), (len(y), n))
    B = covariance("B", B, n)
    complete = not np.isnan(y).any()
    gain = kalman_gain(B, H, R)
    forecasts, analyses, covariances = [], [], []
    for t in range(y.shape[1]):
        x = forecast_step(system.step, x, t + 1)
        forecasts.append(x)
        if complete:
            x = x + (y[:, t] - x @ H.T) @ gain.T
        else:
            known, H_t, R_t = missing_apart(y[:, t], H, R)
            gain_t = kalman_gain(B, H_t, R_t)
            x = x + (gain_t @ (known - (H_t @ x[..., None])[..., 0])[..., None])[..., 0]
            covariances.append(np.broadcast_to(symmetric(B - gain_t @ H_t @ B), (len(y), n, n)))
        analyses.append(x)
    analysis_covariance = symmetric(B - gain @ H @ B) if complete else np.stack(covariances, axis=1)
    return Estimates(np.stack(forecasts, axis=1), B, np.stack(analyses, axis=1), analysis_covariance)


def kalman_gain(P: np.ndarray, H: np.ndarray, R: np.ndarray) -> np.ndarray:
    """The gain P Hᵀ (H P Hᵀ + R)⁻¹, shape (..., n, p), of stacks of matrices without any check.

    Equation: eq-optimal-interpolation
    """
    cross = H @ P
    return np.linalg.solve(cross @ H.swapaxes(-1, -2) + R, cross).swapaxes(-1, -2)


def second_moment(error: np.ndarray, period: int) -> np.ndarray:
    """Mean of error errorᵀ over all leading axes and over all rotations of the ring by multiples of `period`.

    Parameters
    ----------
    error : shape (..., n), forecast or analysis minus truth.
    period : distance of the observed points, 1 or 2 here; it divides n.

    Returns
    -------
    Symmetric positive semidefinite matrix, shape (n, n), that such a rotation of its rows and columns leaves as it is.

    Raises
    ------
    ValueError
        If `period` does not divide n.
    """
    error = finite_array("error", error, (..., None))
    n = error.shape[-1]
    if n % whole_number("period", period, 1):
        raise ValueError(f"period: expected a divisor of {n}, got {period}")
    flat = error.reshape(-1, n)
    moment = flat.T @ flat / len(flat)
    shifts = range(0, n, period)
    return symmetric(sum(np.roll(moment, (shift, shift), axis=(0, 1)) for shift in shifts) / len(shifts))


def tuned_background(
    system: System,
    observations: ArrayLike,
    states: ArrayLike,
    start: Gaussian,
    period: int = 1,
    factors: Iterable[float] = FACTORS,
    rounds: int = 3,
    burn_in: int = 100,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The background covariance with the smallest analysis error on training sequences, by trial.

    A round tries multiples of one matrix and keeps the best; its forecast errors have a second moment, and that is the matrix
    of the next round. The best of all rounds wins.

    Parameters
    ----------
    system : the model and its observations.
    observations, states : training sequences, shapes (B, T, p) and (B, T, n).
    start : mean of the state at time 0, and the matrix of the first round.
    period : of :func:`second_moment`.
    factors : the multiples that are tried.
    rounds : number of rounds.
    burn_in : first cycles that do not count.

    Returns
    -------
    B, and what the errors of forecast and analysis were with it: their second moments, each of shape (n, n).

    Raises
    ------
    ValueError
        If shapes do not fit, or every trial ran off to infinity.

    Equation: eq-tuned-background
    """
    states = finite_array("states", states, (None, None, None))
    shape, best = covariance("start", start.covariance), (np.inf, None, None, None)
    for _ in range(whole_number("rounds", rounds, 1)):
        for factor in factors:
            try:
                estimates = optimal_interpolation(system, observations, start.mean, factor * shape)
            except ValueError as error:
                if "forecast of cycle" not in str(error):
                    raise
                continue  # this one ran off to infinity
            late = slice(burn_in, None)
            found = rmse(estimates.analysis_mean[:, late], states[:, late])
            if found < best[0]:
                errors = (estimates.forecast_mean - states, estimates.analysis_mean - states)
                best = (found, factor * shape, *(second_moment(error[:, late], period) for error in errors))
        if best[1] is None:
            raise ValueError("start: optimal interpolation ran off to infinity with every multiple of its covariance")
        shape = best[2]
    return best[1:]
