"""Question of the exercise sheet: a network is trained by back-propagation through all cycles."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.lbfgs import gradients_are_computed, minimise
from course_lib.assimilation.tp_assimilation_networks.parts import MEMORY, OBSERVED, LogDensity, TinyDAN
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

BATCH, STEPS, ITERATIONS = 4, 3, 4


def _draw(rng: np.random.Generator) -> Arguments:
    states = some(rng, BATCH, STEPS, 2) / 2
    return {
        "dan": TinyDAN(rng),
        "log_q": LogDensity(),
        "h0": some(rng, BATCH, MEMORY) / 2,
        "x0": some(rng, BATCH, 2) / 2,
        "states": states,
        "observations": states + some(rng, BATCH, STEPS, OBSERVED) / 6,
        "iterations": ITERATIONS,
    }


def cost(
    dan: TinyDAN,
    log_q: Any,
    h0: torch.Tensor,
    x0: torch.Tensor,
    states: torch.Tensor,
    observations: torch.Tensor,
    *,
    weights: tuple[float, float, float] = (1, 1, 1),
    cut: bool = False,
) -> torch.Tensor:
    """The cost of a network; `weights` of its initial term, forecasts and analyses, `cut`: no gradient through the memory."""
    h, total = h0, -weights[0] * log_q(dan.c(h0), x0).mean()
    for x, y in zip(states.unbind(1), observations.unbind(1), strict=True):
        before = dan.b(h.detach() if cut else h)
        h = dan.a(before, y)
        both = weights[1] * log_q(dan.c(before), x).mean() + weights[2] * log_q(dan.c(h), x).mean()
        total = total - both / states.shape[1]
    return total


def trained(given: tuple, *, piled: bool = False, **mistakes: Any) -> tuple[float, float]:
    """Losses before and after a training of a copy of the network, with mistakes in its cost or none."""
    dan, *others, iterations = copy.deepcopy(given)
    losses = minimise(dan, lambda dan: cost(dan, *others, **mistakes), iterations, piled=piled)
    return losses[0], losses[-1]


@np.errstate(all="ignore")
def _fault(dan, log_q, h0, x0, states, observations, iterations, before: np.ndarray, after: np.ndarray) -> str | None:
    first, last = trained((dan, log_q, h0, x0, states, observations, iterations))
    if differs(before, np.array(first)) is not None:
        return (
            f"the loss of the network as it comes is {first:.6g}, and yours is {float(before):.6g}. Which densities meet "
            "which states, and which memory does the first cycle start from?"
        )
    if differs(after, np.array(last)) is None:
        return None
    return (
        f"the loss before the training is right, {first:.6g}. After {iterations} iterations it should be {last:.6g}, and yours "
        f"is {float(after):.6g}. Are all parameters of dan trained, through all cycles, in one call of L-BFGS?"
    )


def _but(**mistakes: Any) -> Callable[..., tuple[float, float]]:
    return lambda *given: trained(given, **mistakes)


def _first_twice(*given: Any) -> tuple[float, float]:
    return trained(given)[:1] * 2


QUESTIONS = {
    "train-dan": Question(
        function="train_dan(dan, log_q, h0, x0, states, observations, iterations)",
        draw=_draw,
        returns={"the loss before": lambda *arguments: (), "the loss after": lambda *arguments: ()},
        fault=_fault,
        misconceptions={
            "the memory is detached between the cycles, so that no cycle learns what its memory does to later ones. Here the "
            "gradient goes through all of them.": _but(cut=True),
            "the initial term is missing in the loss.": _but(weights=(0, 1, 1)),
            "the forecasts are missing in the loss.": _but(weights=(1, 0, 1)),
            "the analyses are missing in the loss.": _but(weights=(1, 1, 0)),
            "the gradients of all calls of the closure pile up: zero_grad is missing.": _but(piled=True),
            "both losses are that of the network as it comes. Evaluate it once more after the training.": _first_twice,
        },
        praise="All three maps are trained through all cycles.",
        watch=gradients_are_computed,
        seconds=180,  # the picture trains for a while
        cases=1,
    ),
}
