"""Checks that every importance needs: complete predictors that vary, targets and predictions that fit, finite losses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array

#: A trained model: inputs, shape (N, n), to predictions shaped like the targets.
Predict = Callable[[np.ndarray], np.ndarray]


def complete_predictors(name: str, value: ArrayLike) -> np.ndarray:
    """Inputs as doubles, shape (N, n) with N at least 2, none of them missing and no column constant.

    Parameters
    ----------
    name : the argument's name, for the message.
    value : what came.

    Raises
    ------
    ValueError
        If `value` is no such array; the message names the predictors.

    Examples
    --------
    >>> complete_predictors("x", [[1.0, 5.0], [2.0, 5.0]])
    Traceback (most recent call last):
        ...
    ValueError: x: predictor 1 is constant (5); its importance means nothing: leave it out
    """
    try:
        x = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected an array of numbers, one predictor a column, got {value!r}") from error
    if x.ndim != 2 or len(x) < 2 or x.shape[1] < 1:
        raise ValueError(f"{name}: expected shape (at least 2, at least 1), one predictor a column, got {x.shape}")
    if (missing := ~np.isfinite(x)).any():
        where = ", ".join(f"{missing[:, j].sum()} of predictor {j}" for j in np.flatnonzero(missing.any(axis=0)))
        raise ValueError(f"{name}: expected complete predictors, but values are missing (NaN or infinite): {where}")
    if (constant := np.ptp(x, axis=0) == 0).any():
        j = int(np.argmax(constant))
        raise ValueError(f"{name}: predictor {j} is constant ({x[0, j]:g}); its importance means nothing: leave it out")
    return x


def checked_targets(value: ArrayLike, size: int) -> np.ndarray:
    """Targets as finite doubles with first length `size`.

    Raises
    ------
    ValueError
        If they are not.
    """
    y = np.asarray(value)
    if y.ndim < 1 or len(y) != size:
        raise ValueError(f"y: expected {size} targets, one for each row of x, got shape {y.shape}")
    return finite_array("y", y, y.shape)


def predicted(predict: Predict, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Predictions for x, shaped like the targets y.

    Raises
    ------
    ValueError
        If they have another shape: (N, 1) against (N,) would broadcast to (N, N), and a mean would hide it.
    """
    yhat = np.asarray(predict(x))
    if yhat.shape != y.shape:
        raise ValueError(f"predict: expected predictions shaped like y, {y.shape}, got {yhat.shape}")
    return yhat


def predictor_number(j: int, size: int) -> int:
    """The number of a column, 0 to `size` − 1.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if isinstance(j, bool) or not isinstance(j, int | np.integer) or not 0 <= j < size:
        raise ValueError(f"j: expected the number of a predictor, 0 to {size - 1}, got {j!r}")
    return int(j)


def finite_loss(value: float, when: str) -> float:
    """A loss that is one finite number.

    Parameters
    ----------
    value : what a loss function returned.
    when : what had been done to the predictors, for the message.

    Raises
    ------
    ValueError
        If it is NaN, infinite, or no single number.

    Examples
    --------
    >>> finite_loss(float("nan"), "with predictor 2 drawn anew")
    Traceback (most recent call last):
        ...
    ValueError: loss: expected a finite number, got nan with predictor 2 drawn anew
    """
    if np.ndim(value) != 0 or not np.isfinite(value):
        raise ValueError(f"loss: expected a finite number, got {value!r} {when}")
    return float(value)
