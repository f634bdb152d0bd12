"""Which outputs can be computed from a linear law: rank and conditioning of its matrix, and a good choice of outputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr

from course_lib.basics.arguments import finite_array

#: Beyond this condition number, completing the outputs would lose half of the digits of float64, all of float32.
WORST_CONDITION = 1e8


def best_split(C_y: ArrayLike, scale: ArrayLike | None = None) -> list[int]:
    """Outputs to complete so that no error is amplified: each of them depends on each other output with a factor of at most 1.

    The factors are the entries of C_r⁻¹ C_d, outputs in units of their scales. As long as one is above 1, the two outputs
    that it connects change places: each time the determinant of C_r grows by that factor, so this ends.

    Parameters
    ----------
    C_y : part of the law that acts on the outputs, shape (n, p).
    scale : typical size of each output, shape (p,); 1 if not given.

    Returns
    -------
    n indices, in rising order.

    Raises
    ------
    ValueError
        If `C_y` has more rows than columns or dependent rows, or `scale` is not positive.

    Equation: eq-split-factors
    """
    rows = _orthonormal_rows(C_y, scale)
    n, p = rows.shape
    split = list(qr(rows, mode="r", pivoting=True)[1][:n])
    while True:
        factors = np.abs(np.linalg.solve(rows[:, split], rows))
        factors[:, split] = 0
        place, other = np.unravel_index(np.argmax(factors), (n, p))
        if factors[place, other] <= 1 + 1e-9:
            return sorted(int(index) for index in split)
        split[place] = other


def split_condition(C_y: ArrayLike, residual: Sequence[int], scale: ArrayLike | None = None) -> float:
    """Condition number of C_r once the rows of C_y, outputs in units of `scale`, are orthonormal; infinite if it is singular.

    Equations may be rescaled and added to each other without a change of the law, so this is a number of the split alone. For
    the outputs of `best_split` it is at most the root of 1 + n (p − n).

    Parameters
    ----------
    C_y : part of the law that acts on the outputs, shape (n, p).
    residual : indices of n outputs.
    scale : typical size of each output, shape (p,); 1 if not given.

    Raises
    ------
    ValueError
        If `residual` does not name n different outputs, or as `best_split`.
    """
    rows = _orthonormal_rows(C_y, scale)
    values = np.linalg.svd(rows[:, _checked_indices(rows.shape, residual)], compute_uv=False)
    return float("inf") if values[-1] <= len(values) * np.finfo(float).eps * values[0] else float(values[0] / values[-1])


def projection_gain(C_y: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """What a violation of the law takes from the outputs, S² C_yᵀ (C_y S² C_yᵀ)⁻¹ with S = diag(scale), shape (p, n).

    Raises
    ------
    ValueError
        If the equations, their outputs in units of `scale`, are all but dependent.

    Equation: eq-projection
    """
    weighed = C_y * scale
    lengths = np.linalg.norm(weighed, axis=1)
    if (condition := np.linalg.cond(_unit_rows(weighed))) > WORST_CONDITION:
        raise ValueError(f"scale: in these units the equations are all but dependent, with condition number {condition:.1e}")
    return scale[:, None] * np.linalg.pinv(_unit_rows(weighed)) / lengths


def check_split(C_y: np.ndarray, residual: Sequence[int], scale: np.ndarray) -> list[int]:
    """The indices of the outputs to complete, if the law determines them.

    Raises
    ------
    ValueError
        If it does not, or so badly that round-off would ruin the result; the message proposes other outputs.
    """
    condition = split_condition(C_y, residual, scale)
    if condition > WORST_CONDITION:
        better = best_split(C_y, scale)
        raise ValueError(
            f"residual: C_r of the outputs {_listed(residual)} has condition number {condition:.1e}, so the law does not "
            f"determine them; take {_listed(better)} instead, with condition number {split_condition(C_y, better, scale):.1f}"
        )
    return [int(index) for index in residual]


def check_rank(C_y: np.ndarray) -> None:
    """Complain about a law that has more equations than outputs, or equations that follow from each other.

    Raises
    ------
    ValueError
        In these cases; the message says which rows to drop.
    """
    n, p = C_y.shape
    if n > p:
        raise ValueError(f"C: expected at most as many equations as outputs, got {n} equations for {p} outputs")
    if empty := [row for row in range(n) if not C_y[row].any()]:
        raise ValueError(
            f"C: expected equations that contain outputs, but in row {_listed(empty)} all of them have coefficient 0"
        )
    _, triangle, order = qr(_unit_rows(C_y).T, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    rank = int(np.sum(sizes > 10 * p * np.finfo(float).eps * sizes[0]))
    if rank < n:
        raise ValueError(
            f"C: expected independent equations, but its part C_y has rank {rank} with {n} rows: "
            f"row {_listed(sorted(order[rank:]))} follows from the others; leave it out, or mend it"
        )


def checked_scale(scale: ArrayLike | None, p: int) -> np.ndarray:
    """Positive scales of the p outputs, shape (p,); ones if None came.

    Raises
    ------
    ValueError
        If they have another shape, or one is not a finite number above zero, as that of an output that never changes.
    """
    if scale is None:
        return np.ones(p)
    checked = finite_array("scale", scale, (p,))
    if (wrong := np.flatnonzero(checked <= 0)).size:
        raise ValueError(
            f"scale: expected positive numbers, got {checked[wrong[0]]:g} for output {wrong[0]}: does it vary at all?"
        )
    return checked


def _orthonormal_rows(C_y: ArrayLike, scale: ArrayLike | None) -> np.ndarray:
    C_y = finite_array("C_y", C_y, (None, None))
    check_rank(C_y)
    return np.linalg.qr(_unit_rows(C_y * checked_scale(scale, C_y.shape[1])).T)[0].T


def _unit_rows(matrix: np.ndarray) -> np.ndarray:
    """Rows of length one: an equation may be written in any unit."""
    return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def _checked_indices(shape: tuple[int, int], residual: Sequence[int]) -> list[int]:
    n, p = shape
    known = [
        index for index in residual if isinstance(index, int | np.integer) and not isinstance(index, bool) and 0 <= index < p
    ]
    if len(residual) != n or len(set(known)) != n:
        raise ValueError(f"residual: expected {n} different outputs between 0 and {p - 1}, got {_listed(residual)}")
    return [int(index) for index in residual]


def _listed(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values) or "none"
