"""Question of the exercise sheet: a network runs over a batch of sequences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.parts import CODED, MEMORY, OBSERVED, TinyDAN
from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

BATCH, STEPS = 3, 4
Coded = tuple[torch.Tensor, torch.Tensor]


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "dan": TinyDAN(rng).requires_grad_(False),
        "h0": some(rng, BATCH, MEMORY),
        "observations": some(rng, BATCH, STEPS, OBSERVED),
    }


@np.errstate(all="ignore")
def _fault(
    dan: TinyDAN, h0: torch.Tensor, observations: torch.Tensor, forecasts: np.ndarray, analyses: np.ndarray
) -> str | None:
    h = h0
    for t in range(observations.shape[1]):
        before, h = dan.b(h), dan.a(dan.b(h), observations[:, t])
        for name, found, memory in (("forecasts", forecasts, before), ("analyses", analyses, h)):
            if differs(found[:, t], dan.c(memory).numpy()) is not None:
                return (
                    f"everything before is right, but {name}[:, {t}] is not. Which memory does c read there, and what has "
                    "happened to that memory since the start?"
                )
    return SINGLE if in_single_precision(analyses) else None


Cycle = Callable[..., tuple[torch.Tensor, torch.Tensor, torch.Tensor]]


def walk(cycle: Cycle, axis: int = 1) -> Callable[..., Coded]:
    """A mistaken answer: `cycle(dan, h, observations, t, h0)` makes the memory that goes on and the two that are read."""

    def answer(dan: TinyDAN, h0: torch.Tensor, observations: torch.Tensor) -> Coded:
        h, read = h0, []
        for t in range(observations.shape[1]):
            h, *memories = cycle(dan, h, observations, t, h0)
            read.append([dan.c(memory) for memory in memories])
        return torch.stack([one for one, _ in read], axis), torch.stack([other for _, other in read], axis)

    return answer


def _right(dan: TinyDAN, h: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    before = dan.b(h)
    return before, dan.a(before, y)


def _analysed_first(dan, h, observations, t, h0):
    early = dan.a(h, observations[:, t])
    return dan.b(early), dan.b(early), early


def _not_handed_on(dan, h, observations, t, h0):
    before, after = _right(dan, h, observations[:, t])
    return before, before, after


def _forgotten(dan, h, observations, t, h0):
    before, after = _right(dan, h0, observations[:, t])
    return h0, before, after


def _analysis_twice(dan, h, observations, t, h0):
    after = _right(dan, h, observations[:, t])[1]
    return after, after, after


def _forecast_unmoved(dan, h, observations, t, h0):
    after = _right(dan, h, observations[:, t])[1]
    return after, h, after


def _without_b(dan, h, observations, t, h0):
    before, after = dan.b(h), dan.a(h, observations[:, t])
    return after, before, after


def _in_order(dan, h, observations, t, h0):
    before, after = _right(dan, h, observations[:, t])
    return after, before, after


QUESTIONS = {
    "run-dan": Question(
        function="run_dan(dan, h0, observations)",
        draw=_draw,
        returns={
            "the forecasts": lambda dan, h0, observations: (*observations.shape[:2], CODED),
            "the analyses": lambda dan, h0, observations: (*observations.shape[:2], CODED),
        },
        fault=_fault,
        misconceptions={
            "a comes before b in your cycle. The memory moves to the time of the observation first.": walk(_analysed_first),
            "what the analysis has learned is lost: the next forecast starts from the memory of the last forecast.": walk(
                _not_handed_on
            ),
            "every cycle starts from h0 again. The memory has to go on from cycle to cycle.": walk(_forgotten),
            "the forecasts are read after the observation has been used. They would be scored with the analysis.": walk(
                _analysis_twice
            ),
            "the forecasts are read before b has moved the memory.": walk(_forecast_unmoved),
            "the analysis starts from the memory before the forecast. It should start from what b returns.": walk(_without_b),
            "time is the first axis of your answer. The sequences come first, then time.": walk(_in_order, axis=0),
        },
        praise="b, then a; c reads the memory after each of the two; the analysis goes on to the next cycle.",
    ),
}
