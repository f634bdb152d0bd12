"""Question of the exercise sheet: three affine maps that make a network the steady Kalman filter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.assimilation.tp_assimilation_networks.wiring_mistakes import MISTAKES, Weights, as_answer, coded
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import tensor


def _factor(rng: np.random.Generator) -> torch.Tensor:
    return tensor([[rng.uniform(0.3, 2), 0], [rng.choice([-1, 1]) * rng.uniform(0.2, 0.8), rng.uniform(0.3, 2)]])


def _draw(rng: np.random.Generator) -> Arguments:
    M, K = (tensor(rng.uniform(0.2, 0.9, (2, 2))) * tensor([[1, 1], [-1, 1]]) for _ in range(2))  # neither is symmetric
    return {"M": M, "K": K / 2, "Lambda_b": _factor(rng), "Lambda_a": _factor(rng)}


def apply(weights: np.ndarray, *inputs: np.ndarray) -> np.ndarray:
    """The affine map whose last column is its bias."""
    return weights @ np.concatenate([*inputs, [1.0]])


#: Memories that a network may start from, whatever its third entry means, and observations.
STARTS = np.array([[1.0, -2.0, 0.0], [0.5, 1.5, 3.0], [-1.0, 2.0, -2.0]])
SEEN = np.array([[2.0, 1.0], [-1.0, 0.5], [0.0, -3.0]])


@np.errstate(all="ignore")
def _fault(
    M: torch.Tensor,
    K: torch.Tensor,
    Lambda_b: torch.Tensor,
    Lambda_a: torch.Tensor,
    A: np.ndarray,
    B: np.ndarray,
    C: np.ndarray,
) -> str | None:
    M, K, Lambda_b, Lambda_a = (value.numpy() for value in (M, K, Lambda_b, Lambda_a))
    for start in STARTS:
        h, mean = start, start[:2]
        for cycle, y in enumerate(SEEN, 1):
            forecast, mean = M @ mean, M @ mean + K @ (y - M @ mean)
            before = apply(B, h)
            h = apply(A, before, y)
            for words, memory, exact, factor in (
                ("forecast", before, forecast, Lambda_b),
                ("analysis", h, mean, Lambda_a),
            ):
                if complaint := _reading(words, apply(C, memory), coded(exact, factor), memory, start, cycle):
                    return complaint
    return SINGLE if in_single_precision(A[:2, :5]) else None


def _reading(
    words: str, found: np.ndarray, expected: np.ndarray, memory: np.ndarray, start: np.ndarray, cycle: int
) -> str | None:
    place = differs(found, expected)
    if place is None:
        return None
    which = "the mean" if place[0] < 2 else "the factor, coded as log, log, below,"
    part = slice(0, 2) if place[0] < 2 else slice(2, 5)
    return (
        f"from {start.tolist()}, {which} of the {words} in cycle {cycle} should be {expected[part].round(4).tolist()}; "
        f"your c reads {found[part].round(4).tolist()} from the memory {memory.round(4).tolist()}."
    )


def wrongly(question_fault: Callable[..., str | None]) -> Callable[..., str | None]:
    """The fault in its own words, unless what the network does is a known mistake: there are many ways to wire it."""

    @np.errstate(all="ignore")
    def fault(M, K, Lambda_b, Lambda_a, A, B, C) -> str | None:
        complaint = question_fault(M, K, Lambda_b, Lambda_a, A, B, C)
        if complaint is None:
            return None
        for said, change in MISTAKES.items():
            if _same_reading((A, B, C), as_answer(change)(M, K, Lambda_b, Lambda_a)):
                return said
        return complaint

    return fault


def _same_reading(mine: Weights, theirs: Weights) -> bool:
    """Whether two networks read the same densities, from starts with the third entry 0."""
    for start in STARTS:
        one, other = (start * [1, 1, 0] for _ in range(2))
        for y in SEEN:
            one, other = apply(mine[1], one), apply(theirs[1], other)
            same = differs(apply(mine[2], one), apply(theirs[2], other)) is None
            one, other = apply(mine[0], one, y), apply(theirs[0], other, y)
            if not (same and differs(apply(mine[2], one), apply(theirs[2], other)) is None):
                return False
    return True


QUESTIONS = {
    "wire-kalman": Question(
        function="wire_kalman(M, K, Lambda_b, Lambda_a)",
        draw=_draw,
        returns={"A": lambda *arguments: (3, 6), "B": lambda *arguments: (3, 4), "C": lambda *arguments: (5, 4)},
        fault=wrongly(_fault),
        misconceptions={},
        praise="From any start, every forecast and every analysis of your network is that of the steady Kalman filter.",
    ),
}
