"""Inverses that follow when a matrix changes by little: Sherman, Morrison and Woodbury, and least squares datum by datum."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array


def woodbury(A_inverse: ArrayLike, U: ArrayLike, V: ArrayLike) -> np.ndarray:
    """The inverse of A + U V from the inverse of A, by solving k equations instead of n.

    Parameters
    ----------
    A_inverse : the inverse of A, shape (n, n). That it is one cannot be checked as cheaply as it is used.
    U : shape (n, k).
    V : shape (k, n); often Uᵀ.

    Returns
    -------
    Array of shape (n, n).

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or I + V A⁻¹ U is singular up to rounding: A + U V is then, too.

    Examples
    --------
    >>> woodbury(np.eye(2), [[1.0], [0.0]], [[3.0, 0.0]])
    array([[0.25, 0.  ],
           [0.  , 1.  ]])

    Equation: eq-woodbury
    """
    A_inverse = finite_array("A_inverse", A_inverse, (None, None))
    n = len(A_inverse)
    A_inverse = finite_array("A_inverse", A_inverse, (n, n))
    U = finite_array("U", U, (n, None))
    V = finite_array("V", V, (U.shape[1], n))
    left = A_inverse @ U
    return A_inverse - left @ np.linalg.solve(_core(V, left), V @ A_inverse)


def sherman_morrison(A_inverse: ArrayLike, u: ArrayLike, v: ArrayLike) -> np.ndarray:
    """The inverse of A + u vᵀ from the inverse of A: the case of one column, where the equation to solve is a division.

    Parameters
    ----------
    A_inverse : the inverse of A, shape (n, n).
    u, v : shape (n,).

    Returns
    -------
    Array of shape (n, n).

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or 1 + vᵀ A⁻¹ u is zero up to rounding: A + u vᵀ is then singular.

    Equation: eq-sherman-morrison
    """
    u = finite_array("u", u, (None,))
    v = finite_array("v", v, u.shape)
    A_inverse = finite_array("A_inverse", A_inverse, (len(u), len(u)))
    left = A_inverse @ u
    return A_inverse - np.outer(left, v @ A_inverse) / _core(v[None], left[:, None])


def add_datum(theta: ArrayLike, P: ArrayLike, x: ArrayLike, y: float) -> tuple[np.ndarray, np.ndarray]:
    """Least squares with one datum more: recursive least squares.

    Parameters
    ----------
    theta : least-squares solution so far, shape (n,).
    P : inverse of Xᵀ X so far, shape (n, n), symmetric.
    x : the new row of X, shape (n,).
    y : the new value.

    Returns
    -------
    theta and P with the new datum; the arguments are left as they are.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or 1 + xᵀ P x is zero up to rounding (never for a covariance P).

    Equation: eq-recursive-least-squares
    """
    theta = finite_array("theta", theta, (None,))
    x, y = finite_array("x", x, theta.shape), finite_array("y", y, ())
    P = sherman_morrison(finite_array("P", P, (len(x), len(x))), x, x)
    return theta + P @ x * (y - x @ theta), P


def _core(V: np.ndarray, left: np.ndarray) -> np.ndarray:
    """I + V A⁻¹ U, checked; `left` is A⁻¹ U."""
    core = np.eye(len(V)) + V @ left
    # Rounding is as large as the terms that were added up, even where they cancel.
    rounding = left.shape[0] * np.finfo(float).eps * (1 + np.linalg.norm(V) * np.linalg.norm(left))
    least = np.linalg.svd(core, compute_uv=False)[-1]
    if least <= rounding:
        raise ValueError(f"U, V: expected I + V A⁻¹ U to be invertible, but its least singular value is {least:.3g}")
    return core
