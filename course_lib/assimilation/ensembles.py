"""Ensemble filters: the Kalman filter's mean and covariance replaced by those of a few model runs.

An ensemble E holds N states, shape (..., N, n); leading axes are sequences that are filtered together. A cycle is: run the
model on each member and add model noise, inflate the spread, update with the observation. The update is handed over as a
function of (E, y, H, R), so that each kind can be tested, and exchanged, by itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.estimates import Estimates
from course_lib.assimilation.observed import forecast_step, sequences
from course_lib.assimilation.systems import System
from course_lib.basics.arguments import covariance as checked_covariance
from course_lib.basics.arguments import finite_array, positive_number, whole_number

#: From an ensemble, shape (..., N, n), an observation, shape (..., p), H and R, to the updated ensemble.
Update = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def anomalies(E: np.ndarray) -> np.ndarray:
    """The members' departures from their mean, shape (..., N, n).

    Equation: eq-ensemble-moments
    """
    return E - E.mean(axis=-2, keepdims=True)


def sample_covariance(E: np.ndarray) -> np.ndarray:
    """The unbiased sample covariance, shape (..., n, n), of an ensemble of shape (..., N, n); its rank is below N.

    Equation: eq-ensemble-moments
    """
    A = anomalies(E)
    return A.swapaxes(-1, -2) @ A / (E.shape[-2] - 1)


def draw_ensemble(mean: ArrayLike, covariance: ArrayLike, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Independent members from N(mean, covariance) for `shape` = (sequences B, members N): an array of shape (B, N, n)."""
    mean = finite_array("mean", mean, (None,))
    root = np.linalg.cholesky(checked_covariance("covariance", covariance, len(mean)))
    size, members = whole_number("sequences", shape[0], 1), whole_number("members", shape[1], 2)
    return mean + rng.standard_normal((size, members, len(mean))) @ root.T


def inflate(E: np.ndarray, factor: float) -> np.ndarray:
    """The ensemble with its anomalies multiplied by a factor and its mean as it was.

    Equation: eq-inflation
    """
    mean = E.mean(axis=-2, keepdims=True)
    return mean + positive_number("inflation", factor) * (E - mean)


def centred_noise(root: np.ndarray, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Noise for each member that leaves the ensemble's mean alone, and adds on average its covariance to the sample covariance.

    Parameters
    ----------
    root : matrix L with L Lᵀ the covariance, shape (n, n).
    shape : (..., N, n).
    rng : source of random numbers.

    Equation: eq-centred-noise
    """
    return anomalies(rng.standard_normal(shape) @ root.T)


def ensemble_filter(
    system: System,
    observations: ArrayLike,
    ensemble: ArrayLike,
    update: Update,
    rng: np.random.Generator,
    inflation: float = 1.0,
) -> Estimates:
    """Run an ensemble filter over sequences of observations.

    Parameters
    ----------
    system : the model, its noise and its observations.
    observations : shape (B, T, p); NaN for what is missing.
    ensemble : members at time 0, shape (B, N, n), with N at least 2.
    update : :func:`~course_lib.assimilation.ensemble_updates.etkf_update`, or another function of (E, y, H, R).
    rng : source of the model noise.
    inflation : factor of the forecast anomalies, before they are recorded and updated.

    Returns
    -------
    Estimates: means and sample covariances. With N ≤ n the covariances are singular.

    Raises
    ------
    ValueError
        If shapes do not fit, N < 2, `inflation` is not positive, an observation is infinite, or the ensemble runs off
        to infinity.

    Equations: eq-ensemble-forecast, eq-ensemble-moments, eq-inflation
    """
    H, Q, R, y = sequences(system, observations)
    E = finite_array("ensemble", ensemble, (len(y), None, H.shape[1]))
    whole_number("ensemble: members", E.shape[1], 2)
    positive_number("inflation", inflation)
    records: list[list[np.ndarray]] = [[], [], [], []]
    for t in range(y.shape[1]):
        E = forecast_step(system.step, E, t + 1) + centred_noise(Q, E.shape, rng)
        E = inflate(E, inflation)
        _record(records[:2], E)
        E = update(E, y[:, t], H, R)
        _record(records[2:], E)
    return Estimates(*(np.stack(record, axis=1) for record in records))


def _record(moments: list[list[np.ndarray]], E: np.ndarray) -> None:
    moments[0].append(E.mean(axis=-2))
    moments[1].append(sample_covariance(E))
