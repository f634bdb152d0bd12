"""Question of the exercise sheet: the cost of a network on a batch of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.parts import CODED, LogDensity
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

BATCH, STEPS = 3, 4


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "log_q": LogDensity(),
        "initial": some(rng, BATCH, CODED) / 2,
        "forecasts": some(rng, BATCH, STEPS, CODED) / 2,
        "analyses": some(rng, BATCH, STEPS, CODED) / 2,
        "x0": some(rng, BATCH, 2),
        "states": some(rng, BATCH, STEPS, 2),
    }


def parts(log_q: Any, initial: Any, forecasts: Any, analyses: Any, x0: Any, states: Any) -> tuple[float, float, float]:
    """L_0, and the sums over time of L_t of the forecasts and of the analyses: each term a mean over the sequences."""

    def score(v: torch.Tensor, x: torch.Tensor) -> float:
        return -float(log_q(v, x).sum()) / len(x)

    times = range(states.shape[1])
    before, after = (sum(score(v[:, t], states[:, t]) for t in times) for v in (forecasts, analyses))
    return score(initial, x0), before, after


@np.errstate(all="ignore")
def _fault(log_q, initial, forecasts, analyses, x0, states, loss: np.ndarray) -> str | None:
    start, before, after = parts(log_q, initial, forecasts, analyses, x0, states)
    T = states.shape[1]
    expected = (before + after) / T + start
    if differs(loss, np.array(expected)) is None:
        return None
    return (
        f"averaged over the sequences, the start costs {start:.6g} nats; averaged over time as well, the forecasts cost "
        f"{before / T:.6g} and the analyses {after / T:.6g}. The loss should be {expected:.6g}; yours is {float(loss):.6g}."
    )


def _of(change: Callable[[float, float, float, int], float]) -> Callable[..., float]:
    """A mistaken loss: `change(start, forecasts, analyses, T)`, where the sums over time are not yet divided."""
    return lambda log_q, initial, forecasts, analyses, x0, states: change(
        *parts(log_q, initial, forecasts, analyses, x0, states), states.shape[1]
    )


def _at(forecasts_at: slice, states_at: slice) -> Callable[..., float]:
    """A mistaken loss: forecasts meet the states of another time."""

    def answer(log_q, initial, forecasts, analyses, x0, states):
        start, _, after = parts(log_q, initial, forecasts, analyses, x0, states)
        before = log_q(forecasts[:, forecasts_at], states[:, states_at]).mean()
        return float(after / states.shape[1] + start - before)

    return answer


def _first_state(log_q, initial, forecasts, analyses, x0, states):
    _, before, after = parts(log_q, initial, forecasts, analyses, x0, states)
    return float((before + after) / states.shape[1] - log_q(initial, states[:, 0]).mean())


QUESTIONS = {
    "dan-loss": Question(
        function="dan_loss(log_q, initial, forecasts, analyses, x0, states)",
        draw=_draw,
        returns={"the loss": lambda *arguments: ()},
        fault=_fault,
        misconceptions={
            "this is averaged over time twice: a mean over sequences and times, divided by T once more.": _of(
                lambda start, before, after, T: (before + after) / T**2 + start
            ),
            "this is summed over time. The terms of the cycles are averaged: divided by T, once.": _of(
                lambda start, before, after, T: before + after + start
            ),
            "the initial term is divided by T too. It is one term, outside the average over time.": _of(
                lambda start, before, after, T: (before + after + start) / T
            ),
            "the initial term is missing: nothing tells c(h_0) what is known of x_0.": _of(
                lambda start, before, after, T: (before + after) / T
            ),
            "the sign is wrong: this is a log-likelihood, and training would make it small.": _of(
                lambda start, before, after, T: -(before + after) / T - start
            ),
            "the analyses are scored twice, and the forecasts never.": _of(
                lambda start, before, after, T: 2 * after / T + start
            ),
            "the forecasts are scored twice, and the analyses never.": _of(
                lambda start, before, after, T: 2 * before / T + start
            ),
            "the analyses are missing.": _of(lambda start, before, after, T: before / T + start),
            "the forecasts are missing.": _of(lambda start, before, after, T: after / T + start),
            "forecasts and analyses are averaged with each other. Their costs add up.": _of(
                lambda start, before, after, T: (before + after) / T / 2 + start
            ),
            "each forecast is scored with the state of the step before. Index k of all arrays belongs to the same time.": _at(
                slice(1, None), slice(None, -1)
            ),
            "each forecast is scored with the state of the step after. Index k of all arrays belongs to the same time.": _at(
                slice(None, -1), slice(1, None)
            ),
            "the initial density is scored with the first of the states, which is x_1. It belongs to x_0.": _first_state,
        },
        praise="Forecasts and analyses are averaged once, and the start is added.",
    ),
}
