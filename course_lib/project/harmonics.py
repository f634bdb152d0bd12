"""Solid harmonics: the polynomials of three variables that a rotation mixes only within one degree."""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, whole_number


def solid_harmonics(vectors: ArrayLike, L: int) -> list[np.ndarray]:
    """The real solid harmonics of the degrees 0 to L: homogeneous polynomials of x, y, z, of degree l.

    They are scaled as Racah did it: the sum over m of the product at two vectors is the product of their lengths to the power l
    times the Legendre polynomial of the cosine between them, so that no factor of π is left.

    Parameters
    ----------
    vectors : shape (..., 3).
    L : largest degree, at least 0.

    Returns
    -------
    list of L + 1 arrays, the l-th of shape (..., 2 l + 1), its last axis m = −l, …, l; in units of length to the power l

    Raises
    ------
    ValueError
        If the vectors are not finite or not in space, or L is no such number.

    Equation: eq-solid-harmonics

    Examples
    --------
    >>> [values.tolist() for values in solid_harmonics([1.0, 2.0, 3.0], 1)]
    [[1.0], [2.0, 3.0, 1.0]]
    """
    x, y, z = np.moveaxis(finite_array("vectors", vectors, (..., 3)), -1, 0)
    L = whole_number("L", L, 0)
    rows = [[np.empty(0)] * (2 * degree + 1) for degree in range(L + 1)]
    turn = np.ones(x.shape, dtype=complex)
    for m in range(L + 1):
        for degree, part in enumerate(_along_z(z, x**2 + y**2 + z**2, m, L), start=m):
            scale = np.sqrt(factorial(degree - m) / factorial(degree + m) * (2 if m else 1))
            rows[degree][degree - m] = scale * part * turn.imag
            rows[degree][degree + m] = scale * part * turn.real  # for m = 0 it replaces the line above
        turn = turn * (x + 1j * y)
    return [np.stack(row, axis=-1) for row in rows]


def _along_z(z: np.ndarray, square: np.ndarray, m: int, L: int) -> list[np.ndarray]:
    """What stands beside (x + iy)^m in the degrees m to L: Legendre's recursion, in z and the square of the length."""
    parts = [np.full(z.shape, float(np.prod(np.arange(2 * m - 1, 0, -2))))]
    before = np.zeros(z.shape)
    for degree in range(m + 1, L + 1):
        new = ((2 * degree - 1) * z * parts[-1] - (degree + m - 1) * square * before) / (degree - m)
        before = parts[-1]
        parts.append(new)
    return parts
