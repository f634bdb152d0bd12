"""Questions of the exercise sheet, bonus: the tendency of Lorenz-95 and a step of Runge and Kutta."""

from __future__ import annotations

from collections.abc import Callable
from math import factorial

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some


def _draw_ring(rng: np.random.Generator) -> Arguments:
    return {"x": some(rng, 3, int(rng.integers(5, 8))), "forcing": float(rng.choice([2.0, 5.0, 8.0])) / 3}


@np.errstate(all="ignore")
def _ring_fault(x: torch.Tensor, forcing: float, dx: np.ndarray) -> str | None:
    for k, ring in enumerate(x.tolist()):
        n = len(ring)
        for i in range(n):
            ahead, twice_behind, behind = ring[(i + 1) % n], ring[i - 2], ring[i - 1]
            expected = (ahead - twice_behind) * behind - ring[i] + forcing
            if abs(dx[k, i] - expected) > 1e-6 * (1 + abs(expected)):
                return (
                    f"at i = {i} of ring {k}, x[i+1] = {ahead:g}, x[i−1] = {behind:g}, x[i−2] = {twice_behind:g} and x[i] = "
                    f"{ring[i]:g}: the tendency is {expected:.6g}, and yours is {dx[k, i]:.6g}."
                )
    return SINGLE if in_single_precision(dx) else None


def _ring(
    roll: Callable[[torch.Tensor, int], torch.Tensor], damping: float = 1, push: float = 1, sign: int = 1
) -> Callable[..., torch.Tensor]:
    """A mistaken tendency: another neighbourhood, no damping, no forcing."""

    def answer(x: torch.Tensor, forcing: float) -> torch.Tensor:
        neighbours = (roll(x, -sign) - roll(x, 2 * sign)) * roll(x, sign)
        return neighbours - damping * x + push * forcing

    return answer


def _around(x: torch.Tensor, by: int) -> torch.Tensor:
    return x.roll(by, dims=1)


def _walled(x: torch.Tensor, by: int) -> torch.Tensor:
    """Neighbours beyond the ends are zero."""
    rolled = x.roll(by, dims=1).clone()
    rolled[:, slice(0, by) if by > 0 else slice(by, None)] = 0
    return rolled


class Flow:
    """tendency(x) = x Gᵀ for each row of x."""

    def __init__(self, G: np.ndarray):
        self.G = G

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x @ x.new_tensor(self.G.T)

    def __repr__(self) -> str:
        return "(x) ↦ dx/dt, a linear function"


def _draw_step(rng: np.random.Generator) -> Arguments:
    return {
        "tendency": Flow(rng.uniform(0.3, 1.5, (3, 3)) * rng.choice([-1, 1], (3, 3))),
        "x": some(rng, 2, 3),
        "dt": float(rng.choice([0.3, 0.4, 0.5])),
    }


def _taylor(tendency: Flow, x: torch.Tensor, dt: float, weights: list[float]) -> np.ndarray:
    """Σ w_k (dt G)^k x: for a linear tendency, every method with fixed stages is such a sum."""
    powers = [np.linalg.matrix_power(dt * tendency.G, k) for k in range(len(weights))]
    return sum(w * x.numpy() @ power.T for w, power in zip(weights, powers, strict=True))


@np.errstate(all="ignore")
def _step_fault(tendency: Flow, x: torch.Tensor, dt: float, after: np.ndarray) -> str | None:
    series = [1 / factorial(k) for k in range(5)]
    if differs(after, _taylor(tendency, x, dt, series)) is None:
        return SINGLE if in_single_precision(after) else None
    return (
        "for a linear tendency, a step of fourth order is the Taylor series of the exact solution up to dt⁴, and yours is "
        "not. Which of the four slopes is taken at which point, and with which weight?"
    )


def _series(*weights: float) -> Callable[..., np.ndarray]:
    return lambda tendency, x, dt: _taylor(tendency, x, dt, list(weights))


QUESTIONS = {
    "lorenz95": Question(
        function="lorenz95_tendency(x, forcing)",
        draw=_draw_ring,
        returns={"the tendency": lambda x, forcing: tuple(x.shape)},
        fault=_ring_fault,
        misconceptions={
            "the neighbours are those on the other side: torch.roll(x, 1) brings x[i−1] to the place i, not x[i+1].": _ring(
                _around, sign=-1
            ),
            "the ring is not closed: beyond its ends there are zeros in your answer.": _ring(_walled),
            "the rings of the batch run into each other: without `dims`, torch.roll rolls all numbers as one row.": _ring(
                lambda x, by: x.roll(by)
            ),
            "it rolls along the batch. The ring is the last axis.": _ring(lambda x, by: x.roll(by, dims=0)),
            "the damping −x is missing.": _ring(_around, damping=0),
            "the forcing is missing.": _ring(_around, push=0),
        },
        praise="Every point of every ring feels its three neighbours, around the end too.",
        cases=3,
    ),
    "rk4-step": Question(
        function="rk4_step(tendency, x, dt)",
        draw=_draw_step,
        returns={"the state after dt": lambda tendency, x, dt: tuple(x.shape)},
        fault=_step_fault,
        misconceptions={
            "this is a step of Euler's, with the first slope alone.": _series(1, 1),
            "this is the midpoint rule, with the second slope alone.": _series(1, 1, 1 / 2),
            "the four slopes have the same weight. The two in the middle count twice: 1, 2, 2, 1 sixths.": _series(
                1, 1, 1 / 2, 3 / 16, 1 / 16
            ),
            "all four slopes go a whole dt ahead. The second and the third are taken half-way.": _series(
                1, 1, 5 / 6, 1 / 2, 1 / 6
            ),
            "the third slope starts from the first. It starts from the second.": _series(1, 1, 1 / 2, 1 / 12),
            "the fourth slope is taken half-way. It is taken at the end of the step.": _series(1, 1, 5 / 12, 1 / 8, 1 / 48),
            "this is the change of x. The state after dt is x plus that.": _series(0, 1, 1 / 2, 1 / 6, 1 / 24),
            "the factor dt is missing in the sum.": lambda tendency, x, dt: (
                x.numpy() + (_taylor(tendency, x, dt, [1 / factorial(k) for k in range(5)]) - x.numpy()) / dt
            ),
        },
        praise="It agrees with the Taylor series up to the fourth power of dt.",
    ),
}
