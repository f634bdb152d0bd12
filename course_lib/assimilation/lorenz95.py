"""The Lorenz-95 system: chaos on a ring of forty points, the usual test of a filter that is meant for the atmosphere.

Lorenz (1995) made it to study predictability; it is also written Lorenz-96. Each point is advected by its neighbours (a
quadratic term that conserves energy), damped, and forced. One step of 0.05 stands for about six hours of weather. The
functions of the model take NumPy arrays and torch tensors alike, with the ring along the last axis.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TypeVar

import numpy as np
import torch

from course_lib.assimilation.systems import Experiment, System, rk4_step, simulate
from course_lib.basics.arguments import one_of
from course_lib.basics.gaussians import Gaussian

Array = TypeVar("Array", np.ndarray, torch.Tensor)

SIZE = 40  #: points on the ring
FORCING = 8.0
TIME_STEP = 0.05
MODEL_NOISE = 0.1  #: standard deviation that a step adds to each point
OBSERVATION_NOISE = 1.0  #: standard deviation of an observation's error
SPIN_UP = 1000  #: steps until the first state is forgotten

#: Which points are observed: every one, or every second one.
SPACING = {"all": 1, "half": 2}

#: The sequences on which filters are compared; whoever tunes or trains uses other seeds.
TEST_SEED, TEST_SEQUENCES, TEST_CYCLES = 1995, 64, 500
#: The first cycles of a sequence that no score counts: every filter needs some to forget where it started.
BURN_IN = 100


def tendency(x: Array) -> Array:
    """The time derivative (x[i+1] − x[i−2]) x[i−1] − x[i] + F, shape (..., n), of states of that shape; indices go round.

    Equation: eq-lorenz95
    """
    ahead, twice_behind, behind = _neighbours(x)
    return (ahead - twice_behind) * behind - x + FORCING


def step(x: Array) -> Array:
    """The states, shape (..., n), one Runge–Kutta step of 0.05 later, without noise.

    Equation: eq-lorenz95
    """
    return rk4_step(tendency, x, TIME_STEP)


def tangent_linear(x: Array, dx: Array) -> Array:
    """The derivative of :func:`step` at x in the direction dx: what becomes of a small error.

    Parameters
    ----------
    x : states, shape (..., n).
    dx : directions, shape (..., n); leading axes are broadcast against those of `x`.

    Returns
    -------
    Array of the shape of `x` and `dx` broadcast together.

    Equation: eq-tangent-linear
    """

    # The pair (x, dx) obeys a differential equation of its own; the second half of its Runge–Kutta step is, exactly, the
    # derivative of the Runge–Kutta step of x.
    def slopes(x: Array, dx: Array) -> tuple[Array, Array]:
        ahead, twice_behind, behind = _neighbours(x)
        dahead, dtwice_behind, dbehind = _neighbours(dx)
        change = (dahead - dtwice_behind) * behind + (ahead - twice_behind) * dbehind
        return (ahead - twice_behind) * behind - x + FORCING, change - dx

    h = TIME_STEP
    k1, dk1 = slopes(x, dx)
    k2, dk2 = slopes(x + h / 2 * k1, dx + h / 2 * dk1)
    k3, dk3 = slopes(x + h / 2 * k2, dx + h / 2 * dk2)
    _, dk4 = slopes(x + h * k3, dx + h * dk3)
    return dx + h / 6 * (dk1 + 2 * dk2 + 2 * dk3 + dk4)


def system(observed: str = "all") -> System:
    """The model with its noise and its observations, of "all" points or of "half" of them, every second one.

    The first state is N(3, I), far from the climate: spin up before use, as :func:`experiment` does.

    Raises
    ------
    ValueError
        If `observed` is another word.
    """
    H = np.eye(SIZE)[:: one_of("observed", observed, SPACING)]
    return System(
        step=step,
        H=H,
        Q=MODEL_NOISE**2 * np.eye(SIZE),
        R=OBSERVATION_NOISE**2 * np.eye(len(H)),
        mean=np.full(SIZE, 3.0),
        covariance=np.eye(SIZE),
    )


def experiment(observed: str, cycles: int, size: int, rng: np.random.Generator, spin_up: int = SPIN_UP) -> Experiment:
    """True sequences and their observations, after a spin-up that is thrown away.

    The same `rng` gives the same truth whatever is observed: "half" sees every second observation of "all".

    Parameters
    ----------
    observed : "all" or "half" of the points.
    cycles : length T of a sequence.
    size : number of sequences.
    rng : source of random numbers.
    spin_up : steps before the first state.

    Returns
    -------
    Experiment: initial, shape (size, n); states, shape (size, T, n); observations, shape (size, T, p).

    Raises
    ------
    ValueError
        If `observed` is another word, or a number is out of range.
    """
    spacing = one_of("observed", observed, SPACING)
    initial, states, observations = simulate(system("all"), cycles, size, rng, spin_up)
    return Experiment(initial, states, observations[..., ::spacing])


def test_experiment(observed: str = "all") -> Experiment:  # noqa: PT028 (no test, whatever its name)
    """The 64 sequences of 500 cycles on which every filter of the book is scored, from the cycle :data:`BURN_IN` on.

    Raises
    ------
    ValueError
        If `observed` is neither "all" nor "half".
    """
    return experiment(observed, TEST_CYCLES, TEST_SEQUENCES, np.random.default_rng(TEST_SEED))


test_experiment.__test__ = False  # pytest would take it for a test


@cache
def climate() -> Gaussian:
    """Mean, shape (n,), and covariance, shape (n, n), of the state at a time of which nothing is known.

    From a run of its own. The ring looks the same from every point, so both are averaged over all rotations.
    """
    x = experiment("all", 500, 64, np.random.default_rng(63)).states[:, ::10].reshape(-1, SIZE)
    centred = x - x.mean()
    lags = np.array([np.mean(centred * np.roll(centred, -lag, axis=-1)) for lag in range(SIZE)])
    first, second = np.indices((SIZE, SIZE))
    return Gaussian(np.full(SIZE, x.mean()), lags[(second - first) % SIZE])


def _neighbours(x: Array) -> tuple[Array, Array, Array]:
    """x[i+1], x[i−2] and x[i−1], each shaped like x: three views of one copy that goes round the ring."""
    concatenate: Callable = np.concatenate if isinstance(x, np.ndarray) else torch.cat
    ring = concatenate((x[..., -2:], x, x[..., :1]), -1)
    return ring[..., 3:], ring[..., :-3], ring[..., 1:-2]
