"""Covariances and gains of the Kalman filter, none of which depends on what is observed, and where they end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_discrete_are

from course_lib.assimilation.recursions import LOOK, settled, symmetric
from course_lib.assimilation.state_space import LinearGaussian, check_model


class Steady(NamedTuple):
    """Where covariances and gain end: forecast and analysis covariance, shape (n, n), and gain, shape (n, p)."""

    forecast_covariance: np.ndarray
    analysis_covariance: np.ndarray
    gain: np.ndarray


def steady_state(model: LinearGaussian) -> Steady:
    """Covariances and gain after many steps with all components observed.

    Raises
    ------
    ValueError
        If there is no such state, because something that grows is not observed, or the model is not valid.

    Equations: eq-riccati, eq-kalman-gain
    """
    M, Q, H, R, _, _ = check_model(model)
    try:
        P = solve_discrete_are(M.T, H.T, Q, R)
    except np.linalg.LinAlgError as error:
        raise ValueError(f"model: the covariances have no unique steady state ({error})") from None
    P = symmetric(P)
    gain = gain_of(P, H, R)
    return Steady(P, analysis_covariance(P, gain, H, R), gain)


def covariance_series(model: LinearGaussian, observed: np.ndarray) -> tuple[np.ndarray, ...]:
    """Covariance of forecast and innovation, gain, and covariance of the analysis, at each time.

    Parameters
    ----------
    model : the model, already checked.
    observed : shape (T, B, p), which components are seen in each sequence; B = 1 if all sequences share the pattern.

    Returns
    -------
    Arrays of shape (T, B, n, n), (T, B, p, p), (T, B, n, p) and (T, B, n, n).

    Equations: eq-kalman-forecast, eq-kalman-gain, eq-kalman-analysis
    """
    M, Q, H, R, _, covariance = model
    T, patterns = observed.shape[:2]
    n, complete = len(M), bool(observed.all())
    forecasts, gains = np.empty((T, patterns, n, n)), np.empty((T, patterns, n, len(H)))
    P = before = np.broadcast_to(symmetric(M @ covariance @ M.T + Q), (patterns, n, n))
    if not complete:
        H, R = without_missing(H, R, observed)
    for t in range(T):
        H_t, R_t = (H, R) if complete else (H[t], R[t])
        forecasts[t], gains[t] = P, gain_of(P, H_t, R_t)
        if complete and t % LOOK == LOOK - 1 and settled(P, before):
            forecasts[t:], gains[t:] = forecasts[t], gains[t]
            break
        # From forecast to forecast, with analysis and model step in one; a sum of squares, as in Joseph's form.
        carried = M @ gains[t]
        F, before = M - carried @ H_t, P
        P = symmetric(F @ P @ F.mT + carried @ R_t @ carried.mT + Q)
    return forecasts, model.H @ forecasts @ model.H.T + model.R, gains, analysis_covariance(forecasts, gains, H, R)


def gain_of(P: np.ndarray, H: np.ndarray, R: np.ndarray) -> np.ndarray:
    """The Kalman gain, shape (..., n, p), for forecasts of covariance P, shape (..., n, n).

    Equation: eq-kalman-gain
    """
    cross = H @ P
    return np.linalg.solve(cross @ H.mT + R, cross).mT


def analysis_covariance(P: np.ndarray, gain: np.ndarray, H: np.ndarray, R: np.ndarray) -> np.ndarray:
    """Covariance of the analysis, in Joseph's form: a sum of squares, so that rounding cannot make it indefinite.

    Equation: eq-kalman-analysis
    """
    A = np.eye(P.shape[-1]) - gain @ H
    return symmetric(A @ P @ A.mT + gain @ R @ gain.mT)


def without_missing(H: np.ndarray, R: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """H and R, one for each row of `seen`, shape (..., p), in which what is missing observes nothing, with error N(0, 1)."""
    both = seen[..., :, None] & seen[..., None, :]
    return seen[..., None] * H, np.where(both, R, np.eye(len(R)))
