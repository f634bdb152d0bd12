"""How fast small errors grow: the largest Lyapunov exponent, from the tangent linear of a model's step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.adjoint import Product
from course_lib.assimilation.systems import Map
from course_lib.basics.arguments import finite_array, positive_number, whole_number


def log_growth(step: Map, tangent: Product, x: ArrayLike, dx: ArrayLike, steps: int) -> np.ndarray:
    """Logarithm of the growth of perturbations in each step, shape (steps, ...).

    The perturbation is scaled back to length one after each step, so that it neither overflows nor needs to be small.

    Parameters
    ----------
    step : x_{t-1} ↦ x_t.
    tangent : (x, dx) ↦ derivative of the step at x, times dx.
    x : initial states, shape (..., n).
    dx : perturbations, shape (..., n), not zero.
    steps : at least 1.

    Raises
    ------
    ValueError
        If shapes differ, a number is not finite or out of range, or a perturbation is zero.

    Equation: eq-lyapunov
    """
    x = finite_array("x", x, (..., None))
    dx = finite_array("dx", dx, x.shape)
    length = np.linalg.norm(dx, axis=-1, keepdims=True)
    if not (length > 0).all():
        raise ValueError("dx: expected perturbations that are not zero")
    logs = []
    for _ in range(whole_number("steps", steps, least=1)):
        x, dx = step(x), tangent(x, dx / length)
        length = np.linalg.norm(dx, axis=-1, keepdims=True)
        logs.append(np.log(length[..., 0]))
    return np.array(logs)


def largest_exponent(
    step: Map, tangent: Product, x: ArrayLike, dx: ArrayLike, steps: int, spin_up: int, dt: float
) -> np.ndarray:
    """Mean rate of growth per time unit of each of several runs, shape (...,).

    Parameters
    ----------
    step, tangent, x, dx, steps : as in `log_growth`.
    spin_up : first steps that are not counted: the perturbation turns into the direction that grows fastest. At least 0.
    dt : time units a step, positive.

    Raises
    ------
    ValueError
        As `log_growth`.

    Equation: eq-lyapunov
    """
    count = whole_number("steps", steps, least=1)
    logs = log_growth(step, tangent, x, dx, count + whole_number("spin_up", spin_up, least=0))
    return logs[-count:].mean(axis=0) / positive_number("dt", dt)
