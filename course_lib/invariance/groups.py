"""Finite groups that act on images and on sets of points: orbits, averages over them, and how invariant a map is.

A group is a list of functions that take and return an array; the product of two of them is again one of the list. Images have
shape (..., N, N); points have shape (..., n, d), one a row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import whole_number

Action = Callable[[np.ndarray], np.ndarray]


def translations(size: int, step: int = 1) -> list[Action]:
    """All shifts of a periodic image by multiples of a step, in both directions.

    Parameters
    ----------
    size : N, pixels a side.
    step : pixels; a divisor of the size, so that the shifts close to a group.

    Raises
    ------
    ValueError
        If the step does not divide the size.
    """
    size, step = whole_number("size", size, least=1), whole_number("step", step, least=1)
    if size % step:
        raise ValueError(f"step: expected a divisor of the size {size}, got {step}")
    shifts = itertools.product(range(0, size, step), repeat=2)
    return [partial(np.roll, shift=shift, axis=(-2, -1)) for shift in shifts]


def quarter_turns(reflections: bool = False) -> list[Action]:
    """The four rotations of a square image by multiples of 90°; with reflections, all eight symmetries of the square."""
    turns = [partial(np.rot90, k=k, axes=(-2, -1)) for k in range(4)]
    return product(turns, [_identity, _transposed]) if reflections else turns


def permutations(count: int) -> list[Action]:
    """All renumberings of points, count! of them; they act on the last axis but one.

    Raises
    ------
    ValueError
        If the count is not a whole number from 1 to 8: beyond, the list is longer than 40 320.
    """
    if whole_number("count", count, least=1) > 8:
        raise ValueError(f"count: expected at most 8 points, got {count}, which have {count}! renumberings")
    return [partial(np.take, indices=order, axis=-2) for order in itertools.permutations(range(count))]


def cube_rotations(reflections: bool = False) -> list[Action]:
    """The 24 rotations of space that map a cube onto itself; with reflections, all 48 such maps.

    They act on points of shape (..., n, 3).
    """
    orders, signs = itertools.permutations(range(3)), itertools.product((1, -1), repeat=3)
    signed = [np.eye(3)[list(order)] * sign for order, sign in itertools.product(orders, signs)]
    return [partial(_turned, matrix=matrix) for matrix in signed if reflections or np.linalg.det(matrix) > 0]


def product(first: Sequence[Action], second: Sequence[Action]) -> list[Action]:
    """Every element of the second group followed by every one of the first; a group again if, say, the two commute."""
    return [partial(_composed, outer=g, inner=h) for g in first for h in second]


def orbit(x: ArrayLike, group: Sequence[Action]) -> np.ndarray:
    """All that a group makes of x, one a row: shape (number of elements, ...).

    Raises
    ------
    ValueError
        If the group is empty.

    Equation: eq-orbit
    """
    if not group:
        raise ValueError("group: expected at least one element, the identity, got none")
    return np.stack([g(np.asarray(x)) for g in group])


def orbit_average(f: Callable[[np.ndarray], ArrayLike], group: Sequence[Action]) -> Callable[[np.ndarray], np.ndarray]:
    """The invariant function that comes from averaging f over the group: the Reynolds operator.

    Parameters
    ----------
    f : maps an array to an array or a number.
    group : the elements.

    Returns
    -------
    callable
        x ↦ mean of f(g x) over the elements g.

    Raises
    ------
    ValueError
        If the group is empty.

    Equation: eq-reynolds
    """
    if not group:
        raise ValueError("group: expected at least one element, the identity, got none")
    return lambda x: np.mean([f(g(np.asarray(x))) for g in group], axis=0)


def invariance_defect(f: Callable[[np.ndarray], ArrayLike], x: ArrayLike, group: Sequence[Action]) -> float:
    """The greatest change of f(x) over a group, as a share of the size of f(x): 0 for an invariant function.

    Raises
    ------
    ValueError
        If f(x) is zero, so that there is nothing to compare with.

    Equation: eq-invariant
    """
    return equivariance_defect(f, x, group, [_identity] * len(group))


def equivariance_defect(
    f: Callable[[np.ndarray], ArrayLike], x: ArrayLike, group: Sequence[Action], on_output: Sequence[Action]
) -> float:
    """The greatest distance between f(g x) and g f(x) over a group, as a share of the size of f(x).

    Parameters
    ----------
    f : maps an array to an array.
    x : one array.
    group : how each element acts on x.
    on_output : how it acts on f(x), in the same order.

    Raises
    ------
    ValueError
        If the two lists differ in length or are empty, or f(x) is zero.

    Equation: eq-equivariant
    """
    if not group or len(on_output) != len(group):
        raise ValueError(f"on_output: expected one for each of the {len(group)} elements, at least one, got {len(on_output)}")
    x = np.asarray(x)
    there = np.asarray(f(x))
    if not (size := np.linalg.norm(there)) > 0:
        raise ValueError(f"f: expected a value other than zero at x, got one of size {size:g}")
    return max(float(np.linalg.norm(f(g(x)) - h(there))) for g, h in zip(group, on_output, strict=True)) / size


def _identity(x: np.ndarray) -> np.ndarray:
    return x


def _transposed(x: np.ndarray) -> np.ndarray:
    return np.swapaxes(x, -2, -1)


def _turned(x: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return x @ matrix.T


def _composed(x: np.ndarray, outer: Action, inner: Action) -> np.ndarray:
    return outer(inner(x))
