"""Recursions x_t = A_t x_{t-1} + u_t, which is what a filter's means are once its gains are known; time comes first here."""

from __future__ import annotations

import math

import numpy as np

#: Above so many numbers a step, the arithmetic costs more than the calls, and the plain loop is faster.
_WIDE = 64


#: Looking whether a covariance has settled costs half a step, so it is done at every so many steps only.
LOOK = 8


def time_first(a: np.ndarray, last: int) -> np.ndarray:
    """From shape (..., T, ·) to (T, B, ·), where `last` axes are time and what follows it, and B sequences came before."""
    sequences = a.reshape(math.prod(a.shape[: a.ndim - last]), *a.shape[a.ndim - last :])
    return np.ascontiguousarray(np.moveaxis(sequences, 0, 1))


def symmetric(P: np.ndarray) -> np.ndarray:
    """A covariance without the asymmetry that rounding has given it; exactly symmetric."""
    return (P + P.mT) / 2


def settled(new: np.ndarray, old: np.ndarray) -> bool:
    """Whether two successive covariances, shapes (..., n, n), differ by no more than rounding, each entry in its own units."""
    spread = np.sqrt(np.diagonal(new, axis1=-2, axis2=-1))
    rounding = 4 * np.finfo(float).eps * spread[..., :, None] * spread[..., None, :]
    return bool((np.abs(new - old) <= rounding).all())


def constant_from(matrices: np.ndarray) -> int:
    """The index from which the matrices of a series, shape (T, ..., n, p), stay exactly the same; T if there are none."""
    changing = np.flatnonzero((matrices != matrices[-1:]).any(axis=tuple(range(1, matrices.ndim))))
    return int(changing[-1]) + 1 if len(changing) else 0


def apply(matrix: np.ndarray, v: np.ndarray) -> np.ndarray:
    """One matrix, shape (1, m, n), for all rows of v, shape (B, n), or one for each row, shape (B, m, n)."""
    return v @ matrix[0].T if len(matrix) == 1 else np.einsum("bij,bj->bi", matrix, v)


def apply_each(matrix: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The same at each time: matrix (T, 1 or B, m, n), v (T, B, n)."""
    return v @ matrix[:, 0].mT if matrix.shape[1] == 1 else np.einsum("tbij,tbj->tbi", matrix, v)


def product(v: np.ndarray, A: np.ndarray) -> np.ndarray:
    """The same matrix for all: v Aᵀ with v of shape (T, B, n), as one product of two matrices."""
    return (v.reshape(-1, v.shape[2]) @ A.T).reshape(*v.shape[:2], len(A))


def recursion(A: np.ndarray, u: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Turn u_t into x_t = A_t x_{t-1} + u_t, in place, with A of shape (T, 1 or B, n, n) and u (T, B, n); returns x_T."""
    x = start
    for t in range(len(u)):
        u[t] += apply(A[t], x)
        x = u[t]
    return x


def constant_recursion(A: np.ndarray, u: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The same where A does not change.

    For few sequences it is done by doubling: after k rounds, x_t holds the sum of Aʲ u_{t-j} over the last 2ᵏ times, and one
    product with A to the power 2ᵏ adds as many more. So T steps need about log₂ T rounds of large array operations.

    Parameters
    ----------
    A : shape (n, n).
    u : shape (T, B, n), time first; overwritten by x_1, ..., x_T.
    start : x_0, shape (B, n).

    Returns
    -------
    x_T, shape (B, n).

    Equation: eq-doubling
    """
    if start.size > _WIDE or np.abs(np.linalg.eigvals(A)).max() >= 1:
        return recursion(np.broadcast_to(A, (len(u), 1, *A.shape)), u, start)
    u[0] += start @ A.T
    power, width = A, 1
    while width < len(u):
        u[width:] += product(u[:-width], power)
        power, width = power @ power, 2 * width
    return u[-1]
