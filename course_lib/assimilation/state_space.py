"""The linear Gaussian state-space model, and the checks of what a filter is given."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import covariance as checked_covariance
from course_lib.basics.arguments import finite_array, semidefinite


class LinearGaussian(NamedTuple):
    """The model x_t = M x_{t-1} + η_t, y_t = H x_t + ε_t.

    M, shape (n, n), and H, shape (p, n), are the model and the observation operator; η_t ~ N(0, Q), ε_t ~ N(0, R) and
    x_0 ~ N(mean, covariance) are independent. Q and covariance may be singular, or zero; R may not.

    Equation: eq-linear-gaussian
    """

    M: np.ndarray
    Q: np.ndarray
    H: np.ndarray
    R: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


def check_model(model: LinearGaussian) -> LinearGaussian:
    """The model with all entries as arrays of doubles.

    Raises
    ------
    ValueError
        If it is no :class:`LinearGaussian`, shapes do not fit together, a number is not finite, R is not symmetric positive
        definite, or Q or covariance is not symmetric positive semi-definite.
    """
    if not isinstance(model, LinearGaussian):
        raise ValueError(f"model: expected a LinearGaussian, got {type(model).__name__}")
    M = finite_array("M", model.M, (None, None))
    n = len(M)
    M, H = finite_array("M", M, (n, n)), finite_array("H", model.H, (None, n))
    Q, R = semidefinite("Q", model.Q, n), checked_covariance("R", model.R, len(H))
    return LinearGaussian(M, Q, H, R, finite_array("mean", model.mean, (n,)), semidefinite("covariance", model.covariance, n))


def check_observations(observations: ArrayLike, p: int) -> np.ndarray:
    """Observations as doubles, shape (..., T, p), in which NaN stands for what is missing and T may be 0.

    Raises
    ------
    ValueError
        If they are not numbers, have another shape, hold infinity, or there are no sequences.
    """
    try:
        y = np.asarray(observations, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"observations: expected an array of numbers, got {observations!r}") from error
    if y.ndim < 2 or y.shape[-1] != p or 0 in y.shape[:-2]:
        raise ValueError(f"observations: expected shape (..., T, {p}), one row a time, got {y.shape}")
    if np.isinf(y).any():
        raise ValueError("observations: expected finite numbers, or NaN where nothing was observed, got infinity")
    return y
