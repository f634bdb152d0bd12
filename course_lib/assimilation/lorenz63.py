"""Lorenz-63: three equations, one chaotic attractor with two lobes.

The tendency is quadratic, the flow contracts volumes and keeps the symmetry (x, y, z) ↦ (−x, −y, z). Everything takes numpy
arrays and torch tensors of shape (..., 3). `tangent_linear` and `adjoint` are written by hand, line by line beside the step.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from course_lib.assimilation.systems import State, System, rk4_step, simulate
from course_lib.basics.arguments import whole_number

#: Time step between two observations, and of the emulators.
DT = 0.05
#: Largest Lyapunov exponent per time unit (Sprott 2003); `lyapunov.py` computes it.
LYAPUNOV = 0.9056


class Parameters(NamedTuple):
    """The three constants of the equations, by default those of Lorenz (1963); numbers or torch tensors of shape ()."""

    sigma: Any = 10.0
    rho: Any = 28.0
    beta: Any = 8 / 3


LORENZ = Parameters()


def tendency(x: State, theta: Parameters = LORENZ) -> State:
    """The right-hand side dx/dt, shape (..., 3).

    Equation: eq-lorenz63
    """
    x, y, z = _parts("x", x)
    return _stack(theta.sigma * (y - x), x * (theta.rho - z) - y, x * y - theta.beta * z)


def tendency_tangent(x: State, dx: State, theta: Parameters = LORENZ) -> State:
    """Its Jacobian at x times a perturbation dx, shapes (..., 3).

    Equation: eq-lorenz63-tangent
    """
    (x, y, z), (dx, dy, dz) = _parts("x", x), _parts("dx", dx)
    return _stack(theta.sigma * (dy - dx), dx * (theta.rho - z) - x * dz - dy, dx * y + x * dy - theta.beta * dz)


def tendency_adjoint(x: State, dual: State, theta: Parameters = LORENZ) -> State:
    """Its transposed Jacobian at x times a dual vector (u, v, w), shapes (..., 3).

    Equation: eq-lorenz63-tangent
    """
    (x, y, z), (u, v, w) = _parts("x", x), _parts("dual", dual)
    return _stack((theta.rho - z) * v - theta.sigma * u + y * w, theta.sigma * u - v + x * w, -x * v - theta.beta * w)


def parameter_adjoint(x: State, dual: State) -> State:
    """The transposed derivative of the tendency with respect to (σ, ρ, β), times a dual vector, shapes (..., 3).

    Equation: eq-lorenz63
    """
    (x, y, z), (u, v, w) = _parts("x", x), _parts("dual", dual)
    return _stack((y - x) * u, x * v, -z * w)


def step(x: State, theta: Parameters = LORENZ, dt: float = DT) -> State:
    """The state a time dt later, by one step of Runge–Kutta.

    Equations: eq-lorenz63, eq-rk4
    """
    return rk4_step(lambda state: tendency(state, theta), x, dt)


def system(observed: tuple[int, ...] = (0, 1, 2), observation_error: float = 1.0, model_error: float = 0.0) -> System:
    """Lorenz-63 on its attractor, some of whose coordinates are observed each DT.

    Parameters
    ----------
    observed : which of the coordinates 0, 1, 2.
    observation_error, model_error : standard deviations of an observed number and of what is added to each state in a step.

    Raises
    ------
    ValueError
        If a coordinate is none of 0, 1, 2.

    Equation: eq-state-space
    """
    if not observed or not set(observed) <= {0, 1, 2}:
        raise ValueError(f"observed: expected some of the coordinates 0, 1, 2, got {observed!r}")
    H = np.eye(3)[list(observed)]
    R = observation_error**2 * np.eye(len(H))
    # About the mean and variances of a long run (75 for z). Trajectories start here, and stored weights were trained on them.
    return System(step, H, model_error**2 * np.eye(3), R, np.array([0.0, 0.0, 23.5]), np.diag([63.0, 81.0, 74.0]))


def trajectory(steps: int, size: int, rng: np.random.Generator, spin_up: int = 400) -> np.ndarray:
    """Independent noise-free runs on the attractor, shape (size, steps + 1, 3), a state each DT.

    Parameters
    ----------
    steps : number of steps of a run, at least 1.
    size : number of runs, at least 1.
    rng : source of the states from which the runs spin up.
    spin_up : steps before the first state that is returned, at least 0.

    Raises
    ------
    ValueError
        If a number is out of range.
    """
    run = simulate(system(), whole_number("steps", steps, least=1), size, rng, spin_up)
    return np.concatenate([run.initial[:, None], run.states], axis=1)


def _parts(name: str, x: State) -> tuple[State, State, State]:
    if x.shape[-1:] != (3,):
        raise ValueError(f"{name}: expected shape (..., 3), got {tuple(x.shape)}")
    return x[..., 0], x[..., 1], x[..., 2]


def _stack(*parts: State) -> State:
    if isinstance(parts[0], torch.Tensor):
        return torch.stack(parts, dim=-1)
    whole = np.empty((*np.shape(parts[0]), 3))
    for i, part in enumerate(parts):
        whole[..., i] = part
    return whole
