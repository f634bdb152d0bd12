"""State-space systems: a model that carries a state forward with error, and observations of that state with error.

A system is six fields; its model is a function that takes states of shape (..., n), so that one call moves a whole batch.
Time is counted as everywhere in this part: x_0 is the initial state and is not observed, x_1, …, x_T are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, semidefinite, whole_number

#: A numpy array or a torch tensor of states, shape (..., n).
State = Any
#: Either x ↦ dx/dt, a tendency, or x_{t-1} ↦ x_t without noise, the step of a model.
Map = Callable[[State], State]


class System(NamedTuple):
    """A model with its errors, how it is observed, and what is known at the start.

    Parameters
    ----------
    step : x_{t-1} ↦ x_t without the model error, for states of shape (..., n).
    H : observation operator, shape (p, n).
    Q : covariance of the model error η_t, shape (n, n); zero for a perfect model.
    R : covariance of the observation error ε_t, shape (p, p).
    mean, covariance : those of the initial state x_0, shapes (n,) and (n, n).

    Equation: eq-state-space
    """

    step: Map
    H: np.ndarray
    Q: np.ndarray
    R: np.ndarray
    mean: np.ndarray
    covariance: np.ndarray


class Experiment(NamedTuple):
    """A synthetic truth and what was observed of it; index k of the time axis belongs to t = k + 1.

    `initial` holds x_0, shape (B, n); `states` x_1, …, x_T, shape (B, T, n); `observations` y_1, …, y_T, shape (B, T, p).
    """

    initial: np.ndarray
    states: np.ndarray
    observations: np.ndarray


def rk4_step(tendency: Map, x: State, dt: float) -> State:
    """One step of the classical Runge–Kutta scheme of order four, for numpy arrays and torch tensors alike.

    Parameters
    ----------
    tendency : x ↦ dx/dt, an array shaped like x.
    x : state, shape (..., n).
    dt : time step, positive.

    Returns
    -------
    The state a time dt later, shaped like x.

    Raises
    ------
    ValueError
        If dt is not a positive number.

    Examples
    --------
    >>> round(rk4_step(lambda x: x, 1.0, 0.1), 6)  # e^0.1 = 1.105171
    1.105171

    Equation: eq-rk4
    """
    dt = positive_number("dt", dt)
    k1 = tendency(x)
    k2 = tendency(x + dt / 2 * k1)
    k3 = tendency(x + dt / 2 * k2)
    k4 = tendency(x + dt * k3)
    return x + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def simulate(system: System, steps: int, size: int, rng: np.random.Generator, spin_up: int = 0) -> Experiment:
    """Draw initial states, run the model with its error, and observe it.

    Step after step the same numbers are drawn, so that a longer experiment from the same seed begins like a shorter one.

    Parameters
    ----------
    system : what to simulate.
    steps : number T of steps, at least 1.
    size : number B of independent sequences, at least 1.
    rng : source of random numbers.
    spin_up : steps that are made before the experiment begins; x_0 is the state after them.

    Raises
    ------
    ValueError
        If a number is out of range, the shapes of the fields do not fit, a covariance is not symmetric positive semidefinite,
        or the model runs to infinity.

    Equation: eq-state-space
    """
    steps, size = whole_number("steps", steps, least=1), whole_number("size", size, least=1)
    spin_up = whole_number("spin_up", spin_up, least=0)
    mean = finite_array("mean", system.mean, (None,))
    n = len(mean)
    H = finite_array("H", system.H, (None, n))
    p = len(H)
    first, model = root_of("covariance", system.covariance, n), root_of("Q", system.Q, n)
    observation = root_of("R", system.R, p)

    x = mean + rng.standard_normal((size, n)) @ first.T
    for t in range(1, spin_up + 1):
        x = _stepped(system, x, t) + rng.standard_normal((size, n)) @ model.T
    initial, states, observations = x, np.empty((size, steps, n)), np.empty((size, steps, p))
    for k in range(steps):
        x = _stepped(system, x, spin_up + k + 1) + rng.standard_normal((size, n)) @ model.T
        states[:, k] = x
        observations[:, k] = x @ H.T + rng.standard_normal((size, p)) @ observation.T
    return Experiment(initial, states, observations)


def _stepped(system: System, x: np.ndarray, t: int) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        return finite_array(f"step: state at step {t}", system.step(x), x.shape)


def root_of(name: str, value: ArrayLike, size: int) -> np.ndarray:
    """A matrix L with L Lᵀ = covariance, shape (size, size), where singular covariances are welcome.

    Raises
    ------
    ValueError
        If `value` is not symmetric positive semi-definite; the message begins with `name`.
    """
    eigenvalues, vectors = np.linalg.eigh(semidefinite(name, value, size))
    return vectors * np.sqrt(eigenvalues.clip(0))
