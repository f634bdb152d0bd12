"""Checks of arguments: an error names the argument, says what came and what was expected.

Public functions check what they are given, so that a mistake shows where it is made and not ten calls later.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real
from types import EllipsisType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

T = TypeVar("T")


def finite_array(name: str, value: ArrayLike, shape: tuple[int | EllipsisType | None, ...]) -> np.ndarray:
    """An array of finite doubles of the expected shape.

    Parameters
    ----------
    name : the argument's name, for the message.
    value : what came.
    shape : the expected lengths; None stands for any positive length, a leading ``...`` for any number of axes before.

    Raises
    ------
    ValueError
        If `value` is not numeric, has another shape, is empty, or contains NaN or infinity.

    Examples
    --------
    >>> finite_array("x", [[1, 2], [3, 4]], (None, 2))
    array([[1., 2.],
           [3., 4.]])
    >>> finite_array("x", [1, 2, 3], (None, 2))
    Traceback (most recent call last):
        ...
    ValueError: x: expected shape (any, 2), got (3,)
    """
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: expected an array of numbers, got {value!r}") from error
    if not _fits(array.shape, shape):
        expected = ", ".join({None: "any", ...: "..."}.get(length, str(length)) for length in shape)
        raise ValueError(f"{name}: expected shape ({expected}{',' * (len(shape) == 1)}), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity in {np.sum(~np.isfinite(array))} places")
    return array


def covariance(name: str, value: ArrayLike, size: int | None = None) -> np.ndarray:
    """A symmetric positive definite matrix of doubles.

    Parameters
    ----------
    name : the argument's name, for the message.
    value : what came.
    size : the expected number of rows and columns; None stands for any.

    Raises
    ------
    ValueError
        If `value` is not a square matrix of finite numbers of that size, is not symmetric up to rounding, or is not positive
        definite up to rounding: then it is singular, or no covariance at all.

    Examples
    --------
    >>> covariance("K", [[1.0, 2.0], [2.0, 1.0]])
    Traceback (most recent call last):
        ...
    ValueError: K: expected a positive definite matrix, but its least eigenvalue is -1
    """
    matrix = _symmetric(name, value, size)
    rounding = len(matrix) * np.finfo(float).eps * np.abs(matrix).max()
    lowered = matrix.copy()
    np.fill_diagonal(lowered, np.diag(matrix) - rounding)
    try:  # possible if all eigenvalues exceed the limit, and two to three times faster than the eigenvalues
        np.linalg.cholesky(lowered)
    except np.linalg.LinAlgError:
        least = np.linalg.eigvalsh(matrix)[0]
        if least <= rounding:
            raise ValueError(f"{name}: expected a positive definite matrix, but its least eigenvalue is {least:.3g}") from None
    return matrix


def semidefinite(name: str, value: ArrayLike, size: int) -> np.ndarray:
    """A symmetric positive semi-definite matrix of doubles, shape (size, size).

    Raises
    ------
    ValueError
        If `value` is not symmetric up to rounding, or has a negative eigenvalue beyond rounding.

    Examples
    --------
    >>> semidefinite("Q", [[0.0, 0.0], [0.0, -1.0]], 2)
    Traceback (most recent call last):
        ...
    ValueError: Q: expected a positive semi-definite matrix, but its least eigenvalue is -1
    """
    matrix = _symmetric(name, value, size)
    least = np.linalg.eigvalsh(matrix)[0]
    if least < -10 * size * np.finfo(float).eps * np.abs(matrix).max():
        raise ValueError(f"{name}: expected a positive semi-definite matrix, but its least eigenvalue is {least:.3g}")
    return matrix


def positive_number(name: str, value: Any) -> float:
    """A finite number above zero.

    Raises
    ------
    ValueError
        If `value` is anything else.

    Examples
    --------
    >>> positive_number("learning_rate", -0.1)
    Traceback (most recent call last):
        ...
    ValueError: learning_rate: expected a positive number, got -0.1
    """
    if not (isinstance(value, Real) and not isinstance(value, bool) and 0 < value < np.inf):
        raise ValueError(f"{name}: expected a positive number, got {value!r}")
    return float(value)


def whole_number(name: str, value: Any, least: int) -> int:
    """A whole number that is not below `least`.

    Raises
    ------
    ValueError
        If `value` is anything else; True and False are no numbers here.

    Examples
    --------
    >>> whole_number("steps", 2.5, least=0)
    Traceback (most recent call last):
        ...
    ValueError: steps: expected a whole number, at least 0, got 2.5
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise ValueError(f"{name}: expected a whole number, at least {least}, got {value!r}")
    return int(value)


def one_of(name: str, value: Any, known: Mapping[str, T]) -> T:
    """The entry of a table under a name.

    Raises
    ------
    ValueError
        If there is none; the message lists the known names.

    Examples
    --------
    >>> one_of("loss", "cube", {"square": 2, "huber": 1})
    Traceback (most recent call last):
        ...
    ValueError: loss: 'cube' is not known; expected one of square, huber
    """
    if not isinstance(value, str) or value not in known:
        raise ValueError(f"{name}: {value!r} is not known; expected one of {', '.join(known)}")
    return known[value]


def _symmetric(name: str, value: ArrayLike, size: int | None) -> np.ndarray:
    matrix = finite_array(name, value, (size, size))
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name}: expected a square matrix, got shape {matrix.shape}")
    if np.array_equal(matrix, matrix.T):  # most are, and large ones take a while to look for the worst entry
        return matrix
    i, j = np.unravel_index(np.argmax(np.abs(matrix - matrix.T)), matrix.shape)
    if abs(matrix[i, j] - matrix[j, i]) > 1e-8 * np.abs(matrix).max():
        entries = f"{name}[{i}, {j}] = {matrix[i, j]:g} and {name}[{j}, {i}] = {matrix[j, i]:g}"
        raise ValueError(f"{name}: expected a symmetric matrix, but {entries}")
    return matrix


def _fits(given: tuple[int, ...], shape: tuple[int | EllipsisType | None, ...]) -> bool:
    if shape and shape[0] is ...:
        shape = shape[1:]
        if 0 in given:
            return False
        given = given[len(given) - len(shape) :] if len(given) >= len(shape) else ()
    return len(given) == len(shape) and all(
        length > 0 if wanted is None else length == wanted for length, wanted in zip(given, shape, strict=True)
    )
