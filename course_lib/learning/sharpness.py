"""The largest eigenvalue of a Hessian that is never written down: products with vectors are enough."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.basics.arguments import finite_array, positive_number
from course_lib.learning.differences import best_step

Product = Callable[[np.ndarray], np.ndarray]


def hessian_product(gradient: Callable[[np.ndarray], np.ndarray], theta: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Hessian times v, from two gradients.

    Parameters
    ----------
    gradient : takes θ, shape (n,), returns ∇L, shape (n,).
    theta, v : shape (n,); the product is exact up to an error that grows with the cube of v's length: let it be about 1.

    Raises
    ------
    ValueError
        If shapes differ or a number is not finite.

    Equation: eq-hessian-product
    """
    theta = finite_array("theta", theta, (None,))
    v = finite_array("v", v, theta.shape)
    step = best_step(2)
    return (gradient(theta + step * v) - gradient(theta - step * v)) / (2 * step)


def largest_eigenvalue(product: Product, start: np.ndarray, tolerance: float = 1e-4, iterations: int = 3000) -> float:
    """Largest eigenvalue of a symmetric matrix by power iteration.

    Parameters
    ----------
    product : takes a unit vector, shape (n,), returns the matrix times it.
    start : the first vector, any but zero, shape (n,); a random one.
    tolerance : how far the last vector may be from an eigenvector, relative to the eigenvalue of largest modulus.
    iterations : at most so many products; there may be twice as many if the eigenvalue of largest modulus is negative.

    Raises
    ------
    ValueError
        If `start` is zero or not finite, or the tolerance not positive.

    Examples
    --------
    >>> round(largest_eigenvalue(lambda v: np.diag([1.0, 3.0, -5.0]) @ v, np.ones(3)), 4)
    3.0

    Equation: eq-power-iteration
    """
    start = finite_array("start", start, (None,))
    positive_number("tolerance", tolerance)
    if not start.any():
        raise ValueError("start: expected a vector that is not zero")
    value, v, length, converged = _power_iteration(product, start / np.linalg.norm(start), 0.0, tolerance, iterations)
    if not (value > 0 and converged):
        # The eigenvalue of largest modulus is negative, or has a twin of opposite sign: shift all of them above zero.
        value, *_ = _power_iteration(product, v, length, tolerance, iterations)
    return float(value)


def _power_iteration(product, v, shift, tolerance, iterations):
    value, length, converged = -shift, 0.0, False
    for _ in range(iterations):
        image = product(v) + shift * v
        value, length = v @ image - shift, np.linalg.norm(image)
        if length == 0:
            return value, v, length, True
        converged = np.linalg.norm(image - (value + shift) * v) <= tolerance * length
        v = image / length
        if converged:
            break
    return value, v, length, converged
