"""Gradients by finite differences: they know nothing of the chain rule, which makes them its judge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.basics.arguments import positive_number

#: Order of the error → offsets in steps, and the weights that the values there get.
STENCILS = {
    1: ((0, 1), (-1, 1)),
    2: ((-1, 1), (-1 / 2, 1 / 2)),
    4: ((-2, -1, 1, 2), (1 / 12, -2 / 3, 2 / 3, -1 / 12)),
}


def finite_difference_gradient(
    function: Callable[[np.ndarray], float], theta: np.ndarray, order: int = 4, step: float | None = None
) -> np.ndarray:
    """Approximate gradient from values of the function alone.

    Parameters
    ----------
    function : takes an array shaped like `theta`, returns a number.
    theta : where to differentiate; any shape, left as it is.
    order : 1 (forward), 2 (central) or 4 (five points): the error falls as this power of the step.
        The cost is n + 1, 2n or 4n calls for n entries.
    step : by default ε^(1/(order + 1)), ε = 2.2e-16, which balances truncation and rounding. Multiplied by max(1, abs(θᵢ)).

    Returns
    -------
    Array shaped like `theta`.

    Raises
    ------
    ValueError
        If `theta` is not finite, `order` is not 1, 2 or 4, `step` is not positive, or `function` returns no finite number.

    Examples
    --------
    >>> finite_difference_gradient(lambda theta: theta @ theta, np.array([1.0, -3.0])).round(10)
    array([ 2., -6.])

    Equations: eq-difference-forward, eq-difference-central, eq-difference-five-point, eq-difference-step
    """
    theta = np.array(theta, dtype=float)
    if not np.isfinite(theta).all():
        raise ValueError("theta: expected finite numbers, got NaN or infinity")
    if order not in STENCILS:
        raise ValueError(f"order: expected 1, 2 or 4, got {order!r}")
    step = best_step(order) if step is None else step
    positive_number("step", step)

    at_theta = _value(function, theta) if order == 1 else 0.0  # the only value that all entries share

    def difference(index: tuple[int, ...]) -> float:
        width = step * max(1.0, abs(theta[index]))
        # What is divided by must be the step that was really taken, after rounding.
        width = (theta[index] + width) - theta[index]
        values = (
            at_theta if offset == 0 else _value(function, _shifted(theta, index, offset * width))
            for offset in STENCILS[order][0]
        )
        return sum(weight * value for weight, value in zip(STENCILS[order][1], values, strict=True)) / width

    return np.array([difference(index) for index in np.ndindex(theta.shape)]).reshape(theta.shape)


def best_step(order: int) -> float:
    """Step at which truncation and rounding are of the same size, for a function whose derivatives are all about one.

    Parameters
    ----------
    order : order of the difference formula, positive.

    Returns
    -------
    ε^(1/(order + 1)) with ε the machine precision of double precision.

    Equation: eq-difference-step
    """
    return float(np.finfo(float).eps ** (1 / (order + 1)))


def _shifted(theta: np.ndarray, index: tuple[int, ...], by: float) -> np.ndarray:
    moved = theta.copy()
    moved[index] += by
    return moved


def _value(function: Callable[[np.ndarray], float], theta: np.ndarray) -> float:
    value = float(function(theta))
    if not np.isfinite(value):
        raise ValueError(f"function: expected finite values, got {value}")
    return value
