"""Two ways to judge a forecast model: how long its forecasts hold, and whether its climate is that of the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import wasserstein_distance

from course_lib.basics.arguments import finite_array, positive_number, whole_number


def valid_time(forecast: ArrayLike, truth: ArrayLike, spread: float, dt: float, threshold: float = 0.4) -> np.ndarray:
    """How long a forecast holds: the last time before its error exceeds a share of the spread of the climate.

    Parameters
    ----------
    forecast, truth : states at t = 1, …, T, shape (..., T, n). A forecast that is not finite has failed.
    spread : root mean square distance of the truth from its mean.
    dt : time between two states, positive.
    threshold : share of the spread, positive.

    Returns
    -------
    Array of shape (...,), in the unit of dt; T·dt where the error never exceeds the threshold.

    Raises
    ------
    ValueError
        If shapes differ or a number is out of range.

    Equation: eq-valid-time
    """
    truth = finite_array("truth", truth, (..., None, None))
    forecast = np.asarray(forecast, dtype=float)
    if forecast.shape != truth.shape:
        raise ValueError(f"forecast: expected shape {truth.shape}, got {forecast.shape}")
    limit = positive_number("threshold", threshold) * positive_number("spread", spread)
    with np.errstate(over="ignore", invalid="ignore"):
        holds = np.linalg.norm(forecast - truth, axis=-1) <= limit
    return positive_number("dt", dt) * np.cumprod(holds, axis=-1).sum(axis=-1)


def climate_distance(run: ArrayLike, reference: ArrayLike) -> np.ndarray:
    """Wasserstein distance between the distributions of each coordinate, in standard deviations of the reference, shape (n,).

    Parameters
    ----------
    run, reference : states, shapes (..., n); only their distributions count, not their order.

    Raises
    ------
    ValueError
        If a number is not finite, or the lengths n differ.

    Examples
    --------
    >>> climate_distance([[1.0], [3.0]], [[0.0], [2.0]])  # a shift by one standard deviation
    array([1.])

    Equation: eq-wasserstein
    """
    reference = finite_array("reference", reference, (..., None))
    n = reference.shape[-1]
    run, reference = finite_array("run", run, (..., n)).reshape(-1, n), reference.reshape(-1, n)
    distances = [wasserstein_distance(a, b) for a, b in zip(run.T, reference.T, strict=True)]
    return np.array(distances) / reference.std(axis=0)


def autocorrelation(series: ArrayLike, lags: int) -> np.ndarray:
    """Autocorrelation at lags 0, 1, …, lags − 1, shape (lags,), averaged over runs.

    Parameters
    ----------
    series : runs, shape (B, T).
    lags : from 1 to T.

    Raises
    ------
    ValueError
        If a number is not finite or out of range.
    """
    series = finite_array("series", series, (None, None))
    T = series.shape[1]
    if whole_number("lags", lags, least=1) > T:
        raise ValueError(f"lags: expected at most the length of the series, {T}, got {lags}")
    departure = series - series.mean()
    products = [np.mean(departure[:, : T - lag] * departure[:, lag:]) for lag in range(lags)]
    return np.array(products) / products[0]


def stays(x: ArrayLike, dt: float) -> np.ndarray:
    """How long the series keep one sign before they change it: the complete stays in a lobe, in the unit of dt.

    Parameters
    ----------
    x : runs of the first coordinate of Lorenz-63, shape (B, T).
    dt : time between two values, positive.

    Raises
    ------
    ValueError
        If a number is not finite or out of range.

    Examples
    --------
    >>> stays([[-1, 1, 1, 1, -1, -1, 1]], 0.5)  # the first and the last stay are not seen whole
    array([1.5, 1. ])
    """
    positive = finite_array("x", x, (None, None)) > 0
    changes = [np.flatnonzero(run[1:] != run[:-1]) for run in positive]
    return positive_number("dt", dt) * np.concatenate([np.diff(times) for times in changes])
