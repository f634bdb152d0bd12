"""Are the innovations of a filter what its model says, independent and of the stated size? Then, and only then, is it right."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2

from course_lib.assimilation.kalman import Filtered
from course_lib.basics.arguments import finite_array, whole_number


class Whiteness(NamedTuple):
    """The Ljung–Box statistic, and the probability that white noise of that length exceeds it; shaped like the leading axes."""

    statistic: np.ndarray
    p_value: np.ndarray


def standardised(filtered: Filtered) -> np.ndarray:
    """Innovations in units of their own spread: independent and N(0, 1) if the model is right.

    Parameters
    ----------
    filtered : what the filter found; no observation may be missing.

    Returns
    -------
    Array of shape (..., T, p).

    Equation: eq-standardised
    """
    innovation = finite_array("innovation", filtered.innovation, (..., None, None))
    factor = np.linalg.cholesky(filtered.innovation_covariance)
    return np.linalg.solve(factor, innovation[..., None])[..., 0]


def autocorrelation(z: ArrayLike, lags: int) -> np.ndarray:
    """Correlation of a series with itself, 1, ..., `lags` steps earlier.

    Parameters
    ----------
    z : shape (..., T), series in time; their mean is taken off.
    lags : how many, at least 1 and fewer than T.

    Returns
    -------
    Array of shape (..., lags).

    Examples
    --------
    >>> autocorrelation([1.0, -1.0, 1.0, -1.0], 2)
    array([-0.75,  0.5 ])

    Equation: eq-autocorrelation
    """
    z = finite_array("z", z, (..., None))
    if whole_number("lags", lags, least=1) >= z.shape[-1]:
        raise ValueError(f"lags: expected fewer than the {z.shape[-1]} times of the series, got {lags}")
    centred = z - z.mean(axis=-1, keepdims=True)
    power = np.sum(centred**2, axis=-1)
    if (power == 0).any():
        raise ValueError("z: expected a series that varies, got a constant one")
    return (
        np.stack([np.sum(centred[..., k:] * centred[..., :-k], axis=-1) for k in range(1, lags + 1)], axis=-1)
        / power[..., None]
    )


def ljung_box(z: ArrayLike, lags: int, fitted: int = 0) -> Whiteness:
    """Test whether a series is white: one number from its first autocorrelations, and how likely white noise exceeds it.

    Parameters
    ----------
    z : shape (..., T), series in time.
    lags : how many autocorrelations are used.
    fitted : how many parameters of the model were fitted to this series; each takes one degree of freedom off.

    Raises
    ------
    ValueError
        If z is not finite or constant, or there are not more lags than fitted parameters.

    Equation: eq-ljung-box
    """
    z = finite_array("z", z, (..., None))
    rho, T = autocorrelation(z, lags), z.shape[-1]
    if whole_number("fitted", fitted, least=0) >= lags:
        raise ValueError(f"fitted: expected fewer than the {lags} lags, got {fitted}")
    statistic = T * (T + 2) * np.sum(rho**2 / (T - np.arange(1, lags + 1)), axis=-1)
    return Whiteness(statistic, chi2.sf(statistic, lags - fitted))
