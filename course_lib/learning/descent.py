"""Gradient descent, and the mean square loss of a straight line to try it on.

Every function here refuses an argument of a wrong shape, out of range or not finite with a ValueError that names it.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, whole_number


def line_loss(theta: ArrayLike, x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Mean square error of the line ŷ = w x + b.

    Parameters
    ----------
    theta : shape (..., 2); parameters (w, b), one pair or many (a path, a grid).
    x, y : shape (N,); the data.

    Returns
    -------
    shape (...); L(θ) in the square of y's unit, inf where it overflows.

    Raises
    ------
    ValueError
        If a shape does not fit or a number is not finite.

    Equation: eq-line-loss
    """
    theta, (x, y) = finite_array("theta", theta, (..., 2)), _data(x, y)
    w, b = theta[..., 0, None], theta[..., 1, None]
    with np.errstate(over="ignore"):
        return np.mean((w * x + b - y) ** 2, axis=-1)


def line_gradient(theta: ArrayLike, x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """Gradient (∂L/∂w, ∂L/∂b), shape (2,), of the line's loss at one θ, shape (2,); arguments and errors as in `line_loss`.

    Equation: eq-line-gradient
    """
    theta, (x, y) = finite_array("theta", theta, (2,)), _data(x, y)
    residual = theta[0] * x + theta[1] - y
    return np.array([2 * np.mean(residual * x), 2 * np.mean(residual)])


def line_hessian(x: ArrayLike) -> np.ndarray:
    """Hessian of the line's loss, shape (2, 2): it depends on the inputs x, shape (N,), and neither on y nor on θ.

    Equation: eq-line-hessian
    """
    (x,) = _data(x)
    return 2 * np.array([[np.mean(x * x), np.mean(x)], [np.mean(x), 1.0]])


def gradient_descent(
    gradient: Callable[[np.ndarray], ArrayLike], theta0: ArrayLike, learning_rate: float, steps: int, momentum: float = 0.0
) -> np.ndarray:
    """The path of gradient descent, with heavy-ball momentum if `momentum` is not zero.

    Parameters
    ----------
    gradient : takes θ, shape (n,), and returns ∇L(θ), shape (n,).
    theta0 : shape (n,); the first guess.
    learning_rate : γ > 0.
    steps : number of updates, at least 0.
    momentum : β with 0 ≤ β < 1; the velocity starts at zero.

    Returns
    -------
    shape (steps + 1, n); θ₀ and every θ after it. A path that leaves the floating-point numbers has diverged: from there on
    all its entries are inf and the gradient is no longer asked for.

    Raises
    ------
    ValueError
        If an argument is out of range or not finite, or the gradient has another shape than θ.

    Equations: eq-gradient-descent, eq-momentum
    """
    theta = finite_array("theta0", theta0, (None,))
    check_rates(learning_rate, momentum)
    whole_number("steps", steps, least=0)
    path = np.full((steps + 1, theta.size), np.inf)
    path[0], velocity = theta, np.zeros_like(theta)
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(steps):
            slope = np.asarray(gradient(path[step].copy()), dtype=float)
            if slope.shape != theta.shape:
                raise ValueError(f"gradient: expected shape {theta.shape} like theta0, got {slope.shape}")
            velocity = momentum * velocity + slope
            theta = path[step] - learning_rate * velocity
            if not np.isfinite(theta).all():
                break
            path[step + 1] = theta
    return path


def check_rates(learning_rate: float, momentum: float) -> None:
    """Raise a ValueError unless γ > 0 and 0 ≤ β < 1."""
    positive_number("learning_rate", learning_rate)
    if not (isinstance(momentum, Real) and 0 <= momentum < 1):
        raise ValueError(f"momentum: expected a number β with 0 ≤ β < 1, got {momentum!r}")


def _data(*columns: ArrayLike) -> list[np.ndarray]:
    """Columns x and perhaps y, of one length."""
    x = finite_array("x", columns[0], (None,))
    return [x, *(finite_array("y", y, x.shape) for y in columns[1:])]
