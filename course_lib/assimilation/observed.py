"""What every filter does with a system and its observations before its own work begins: check them, set missing ones apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.covariances import without_missing
from course_lib.assimilation.systems import System, root_of
from course_lib.basics.arguments import covariance, finite_array


def sequences(system: System, observations: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """H, a root L of Q with L Lᵀ = Q, R and the observations, checked against each other.

    Parameters
    ----------
    system : the model, its noise and its observations.
    observations : shape (B, T, p); NaN for what is missing.

    Raises
    ------
    ValueError
        If shapes do not fit, T = 0, an observation is infinite, R is not positive definite or Q not positive semi-definite.
    """
    n = len(finite_array("mean", system.mean, (None,)))
    H = finite_array("H", system.H, (None, n))
    R = covariance("R", system.R, len(H))
    y = np.asarray(observations, dtype=float)
    finite_array("observations", np.where(np.isnan(y), 0, y), (None, None, len(H)))
    return H, root_of("Q", system.Q, n), R, y


def missing_apart(y: np.ndarray, H: np.ndarray, R: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same problem without NaN: a missing observation becomes one of nothing, with an error of its own.

    Its row of H is zero, its row and column of R those of the identity and its value 0, so that a Kalman update of any kind
    is exactly that with the other observations alone.

    Parameters
    ----------
    y : observations, shape (..., p).
    H, R : shapes (p, n) and (p, p).

    Returns
    -------
    y, H and R: as they came if nothing is missing, else with shapes (..., p), (..., p, n) and (..., p, p).

    Equation: eq-missing
    """
    there = ~np.isnan(y)
    if there.all():
        return y, H, R
    return np.where(there, y, 0), *without_missing(H, R, there)


def forecast_step(step: Callable[[np.ndarray], np.ndarray], x: np.ndarray, t: int) -> np.ndarray:
    """The model's step, with an error that says when it left the finite numbers.

    Raises
    ------
    ValueError
        If the result has another shape than `x`, or NaN or infinity in it.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return finite_array(f"step: forecast of cycle {t}", step(x), x.shape)
