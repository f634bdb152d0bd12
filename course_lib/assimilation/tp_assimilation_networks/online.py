"""Question of the exercise sheet, bonus: training while the system runs, one cycle at a time."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.parts import MEMORY, OBSERVED, LogDensity, TinyDAN
from course_lib.assimilation.tp_assimilation_networks.precision import kindly
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

BATCH, STEPS = 4, 3

_HANGS = (
    "the memory still hangs on the graph of the cycles before, whose parameters have been changed since. Cut it off: detach "
    "the memory when it is handed on."
)


def _draw(rng: np.random.Generator) -> Arguments:
    states = some(rng, BATCH, STEPS, 2)
    return {
        "dan": TinyDAN(rng),
        "log_q": LogDensity(),
        "h": some(rng, BATCH, MEMORY) / 2,
        "states": states,
        "observations": states + some(rng, BATCH, STEPS, OBSERVED) / 6,
        "learning_rate": 0.05,
    }


def run(
    dan: TinyDAN,
    log_q: Any,
    h: torch.Tensor,
    states: torch.Tensor,
    observations: torch.Tensor,
    learning_rate: float,
    *,
    weights: tuple[float, float] = (1, 1),
    piled: bool = False,
    forgets: bool = False,
    cut: bool = False,
    solver: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
) -> tuple[np.ndarray, np.ndarray]:
    """The losses of the cycles and the last memory, with some mistakes or none; the network that is given stays as it is."""
    dan, start, losses = copy.deepcopy(dan), h, []
    optimiser = solver(dan.parameters(), learning_rate)
    for x, y in zip(states.unbind(1), observations.unbind(1), strict=True):
        before = dan.b(start if forgets else h)
        after = dan.a(before.detach() if cut else before, y)
        value = -weights[0] * log_q(dan.c(before), x).mean() - weights[1] * log_q(dan.c(after), x).mean()
        if not piled:
            dan.zero_grad()
        value.backward()
        optimiser.step()
        h = after.detach()
        losses.append(float(value.detach()))
    return np.array(losses), h.numpy()


@np.errstate(all="ignore")
def _fault(dan, log_q, h, states, observations, learning_rate, losses: np.ndarray, memory: np.ndarray) -> str | None:
    expected, last = run(dan, log_q, h, states, observations, learning_rate)
    if differs(losses, expected) is not None:
        t = next(t for t in range(STEPS) if differs(losses[: t + 1], expected[: t + 1]) is not None)
        return (
            f"the losses before are right; that of cycle {t + 1} is {losses[t]:.6g} and should be {expected[t]:.6g}. "
            f"{'Nothing is trained yet: which terms does it have?' if t == 0 else 'What changed in the step before it?'}"
        )
    if differs(memory, last) is not None:
        return "all losses are right, but the memory that comes back is not that after the last analysis."
    return None


def _but(**mistakes: Any) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    return lambda *given: run(*given, **mistakes)


@contextmanager
def _in_kind_words(*arguments: Any) -> Iterator[None]:
    with kindly({"second time": _HANGS, "modified by an inplace operation": _HANGS}):
        yield


QUESTIONS = {
    "online-training": Question(
        function="online_training(dan, log_q, h, states, observations, learning_rate)",
        draw=_draw,
        returns={
            "the losses": lambda dan, log_q, h, states, *others: (states.shape[1],),
            "the memory": lambda dan, log_q, h, *others: tuple(h.shape),
        },
        fault=_fault,
        misconceptions={
            "the gradients of all cycles pile up: they have to be set to zero in each.": _but(piled=True),
            "every cycle starts from the first memory. It should start from that which the analysis before has left.": _but(
                forgets=True
            ),
            "the forecasts are missing in the loss.": _but(weights=(0, 1)),
            "the analyses are missing in the loss.": _but(weights=(1, 0)),
            "the memory is cut off between forecast and analysis. Within a cycle the gradient goes through both; cut where the "
            "cycle ends.": _but(cut=True),
            "these are plain gradient steps. Asked for is Adam.": _but(solver=torch.optim.SGD),
        },
        praise="Each cycle makes one step of Adam, and its memory goes on without its graph.",
        watch=_in_kind_words,
        seconds=120,  # the picture trains for a while
        cases=2,
    ),
}
