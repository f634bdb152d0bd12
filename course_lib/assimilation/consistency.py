"""Is an ensemble honest? Its spread against its error, and the place of the truth among its members."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array


def spread(covariance: ArrayLike) -> np.ndarray:
    """Root of the mean variance √(tr P / n), shape (...,), of covariances of shape (..., n, n): the error that they promise.

    Equation: eq-spread
    """
    P = np.asarray(covariance, dtype=float)
    if P.ndim < 2 or P.shape[-1] != P.shape[-2]:
        raise ValueError(f"covariance: expected shape (..., n, n), got {P.shape}")
    return np.sqrt(np.trace(P, axis1=-2, axis2=-1) / P.shape[-1])


def rank_histogram(E: ArrayLike, state: ArrayLike) -> np.ndarray:
    """How often the truth has each place among the members, point by point.

    Parameters
    ----------
    E : ensembles, shape (..., N, n).
    state : the truth, shape (..., n).

    Returns
    -------
    Shares of the N + 1 places, shape (N + 1,), from below all members to above all; equal on average if the truth is drawn from
    the same distribution as the members.

    Raises
    ------
    ValueError
        If shapes do not fit or a number is not finite.

    Examples
    --------
    >>> rank_histogram([[1.0], [2.0], [3.0]], [2.5])
    array([0., 0., 1., 0.])

    Equation: eq-rank-histogram
    """
    E = finite_array("E", E, (..., None, None))
    state = finite_array("state", state, (*E.shape[:-2], E.shape[-1]))
    place = np.sum(state[..., None, :] > E, axis=-2)
    return np.bincount(place.ravel(), minlength=E.shape[-2] + 1) / place.size
