"""Derivatives by vectors and matrices, in closed form.

The derivative of a number f(X) by an array X is the array, shaped like X, of the partial derivatives by its entries. The
entries count as independent, also where X happens to be symmetric. First-order changes dX are arrays like X.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array


def quadratic_form_gradient(A: ArrayLike, x: ArrayLike) -> np.ndarray:
    """Derivative (A + Aᵀ) x of the number xᵀ A x by x.

    Parameters
    ----------
    A : square matrix, shape (n, n), symmetric or not.
    x : shape (n,).

    Returns
    -------
    Array of shape (n,).

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Examples
    --------
    >>> quadratic_form_gradient([[1.0, 4.0], [0.0, 3.0]], [1.0, 1.0])
    array([ 6., 10.])

    Equation: eq-quadratic-gradient
    """
    x = finite_array("x", x, (None,))
    A = finite_array("A", A, (len(x), len(x)))
    return (A + A.T) @ x


def trace_product_gradient(X: ArrayLike, A: ArrayLike) -> np.ndarray:
    """Derivative of tr(Xᵀ A) by X: it is A, wherever X is.

    Parameters
    ----------
    X, A : matrices of the same shape, (n, k).

    Raises
    ------
    ValueError
        If the shapes differ or a number is not finite.

    Equation: eq-trace-gradient
    """
    X = finite_array("X", X, (None, None))
    return finite_array("A", A, X.shape).copy()


def inverse_change(X: ArrayLike, dX: ArrayLike) -> np.ndarray:
    """First-order change −X⁻¹ dX X⁻¹ of the inverse when X changes by dX.

    Parameters
    ----------
    X : invertible matrix, shape (n, n).
    dX : its change, shape (n, n).

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or X is singular up to rounding.

    Equation: eq-inverse-differential
    """
    inverse = _inverse("X", X)
    return -inverse @ finite_array("dX", dX, inverse.shape) @ inverse


def log_det_gradient(Sigma: ArrayLike) -> np.ndarray:
    """Derivative Σ⁻ᵀ of log abs(det Σ) by Σ.

    Parameters
    ----------
    Sigma : invertible matrix, shape (n, n), symmetric or not.

    Raises
    ------
    ValueError
        If `Sigma` is not square, contains NaN or infinity, or is singular up to rounding.

    Equation: eq-log-det-gradient
    """
    return _inverse("Sigma", Sigma).T


def trace_inverse_gradient(Sigma: ArrayLike, S: ArrayLike) -> np.ndarray:
    """Derivative −(Σ⁻¹ S Σ⁻¹)ᵀ of tr(Σ⁻¹ S) by Σ.

    Parameters
    ----------
    Sigma : invertible matrix, shape (n, n), symmetric or not.
    S : shape (n, n).

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or `Sigma` is singular up to rounding.

    Equation: eq-trace-inverse-gradient
    """
    inverse = _inverse("Sigma", Sigma)
    return -(inverse @ finite_array("S", S, inverse.shape) @ inverse).T


def least_squares_gradient(X: ArrayLike, y: ArrayLike, theta: ArrayLike) -> np.ndarray:
    """Derivative 2 Xᵀ (X θ − y) of the sum of squares of X θ − y by θ.

    Parameters
    ----------
    X : one data point a row, shape (N, n).
    y : shape (N,).
    theta : shape (n,).

    Raises
    ------
    ValueError
        If the shapes do not fit or a number is not finite.

    Equation: eq-least-squares-gradient
    """
    y, theta = finite_array("y", y, (None,)), finite_array("theta", theta, (None,))
    X = finite_array("X", X, (len(y), len(theta)))
    return 2 * X.T @ (X @ theta - y)


def _inverse(name: str, value: ArrayLike) -> np.ndarray:
    matrix = finite_array(name, value, (None, None))
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name}: expected a square matrix, got shape {matrix.shape}")
    greatest, least = np.linalg.svd(matrix, compute_uv=False)[[0, -1]]
    if least <= len(matrix) * np.finfo(float).eps * greatest:
        raise ValueError(f"{name}: expected an invertible matrix, but its least singular value is {least:.3g}")
    return np.linalg.inv(matrix)
