"""Derivatives of a model step, written by hand: the tangent linear forward, the adjoint backward.

Both need the four states at which Runge–Kutta evaluates the tendency, so both compute these once more. The adjoint then walks
through the lines of the step in reverse order; that is back-propagation through one layer.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.assimilation import lorenz63
from course_lib.assimilation.systems import Map, State
from course_lib.basics.arguments import positive_number

#: (x, v) ↦ a Jacobian at x, or its transpose, times v.
Product = Callable[[State, State], State]


def rk4_stages(tendency: Map, x: State, dt: float) -> list[State]:
    """The four states x_1, …, x_4 at which a Runge–Kutta step evaluates the tendency.

    Parameters
    ----------
    tendency : x ↦ dx/dt.
    x : state, shape (..., n).
    dt : time step, positive.

    Raises
    ------
    ValueError
        If dt is not a positive number.

    Equation: eq-rk4
    """
    dt = positive_number("dt", dt)
    stages = [x]
    for share in (dt / 2, dt / 2, dt):
        stages.append(x + share * tendency(stages[-1]))
    return stages


def rk4_tangent(tendency: Map, tangent: Product, x: State, dx: State, dt: float) -> State:
    """The derivative M of a Runge–Kutta step at x, times a perturbation dx, shape (..., n).

    Parameters
    ----------
    tendency, x, dt : as in `rk4_stages`.
    tangent : (x, dx) ↦ Jacobian of the tendency times dx.
    dx : perturbation, shaped like x.

    Raises
    ------
    ValueError
        If dt is not a positive number.

    Equation: eq-rk4-tangent
    """
    x1, x2, x3, x4 = rk4_stages(tendency, x, dt)
    d1 = tangent(x1, dx)
    d2 = tangent(x2, dx + dt / 2 * d1)
    d3 = tangent(x3, dx + dt / 2 * d2)
    d4 = tangent(x4, dx + dt * d3)
    return dx + dt / 6 * (d1 + 2 * d2 + 2 * d3 + d4)


def rk4_adjoint(tendency: Map, adjoint: Product, x: State, dual: State, dt: float) -> tuple[State, list[State], list[State]]:
    """The transpose Mᵀ of that derivative, times a dual vector.

    Parameters
    ----------
    tendency, x, dt : as in `rk4_stages`.
    adjoint : (x, λ) ↦ transposed Jacobian of the tendency times λ.
    dual : λ, the gradient with respect to the state after the step, shaped like x.

    Returns
    -------
    Mᵀλ, the gradient with respect to the state before the step; the four states of `rk4_stages`; and the gradients with respect
    to the tendencies there, from which follow those with respect to parameters.

    Raises
    ------
    ValueError
        If dt is not a positive number.

    Equation: eq-rk4-adjoint
    """
    x1, x2, x3, x4 = stages = rk4_stages(tendency, x, dt)
    g4 = dt / 6 * dual
    a4 = adjoint(x4, g4)
    g3 = dt / 3 * dual + dt * a4
    a3 = adjoint(x3, g3)
    g2 = dt / 3 * dual + dt / 2 * a3
    a2 = adjoint(x2, g2)
    g1 = dt / 6 * dual + dt / 2 * a2
    a1 = adjoint(x1, g1)
    return dual + a1 + a2 + a3 + a4, stages, [g1, g2, g3, g4]


def lorenz63_tangent(x: State, dx: State, dt: float = lorenz63.DT) -> State:
    """The derivative of a Lorenz-63 step at x, times dx, shapes (..., 3).

    Equations: eq-rk4-tangent, eq-lorenz63-tangent
    """
    return rk4_tangent(lorenz63.tendency, lorenz63.tendency_tangent, x, dx, dt)


def lorenz63_adjoint(x: State, dual: State, dt: float = lorenz63.DT) -> State:
    """Its transpose times a dual vector, shapes (..., 3).

    Equations: eq-rk4-adjoint, eq-lorenz63-tangent
    """
    return rk4_adjoint(lorenz63.tendency, lorenz63.tendency_adjoint, x, dual, dt)[0]


def lorenz63_parameter_gradient(x: State, dual: State, dt: float = lorenz63.DT) -> tuple[State, State]:
    """Gradients with respect to the state before a Lorenz-63 step and to (σ, ρ, β), shapes (..., 3) and (..., 3).

    Parameters
    ----------
    x : state before the step, shape (..., 3).
    dual : gradient with respect to the state after it, shaped like x.
    dt : time step, positive.

    Equations: eq-rk4-adjoint, eq-parameter-adjoint
    """
    gradient, stages, duals = rk4_adjoint(lorenz63.tendency, lorenz63.tendency_adjoint, x, dual, dt)
    return gradient, np.sum([lorenz63.parameter_adjoint(s, g) for s, g in zip(stages, duals, strict=True)], axis=0)
