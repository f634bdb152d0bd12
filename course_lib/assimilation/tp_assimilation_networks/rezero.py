"""Question of the exercise sheet: four mistakes in residual blocks and in the loop that trains them."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

DEPTH, SIZE, BATCH, STEPS = 2, 3, 4, 4


class Mistakes(NamedTuple):
    """Which of the mistakes are there; `first` is where α starts, `skip` the share of h that goes past a block."""

    plain: bool = False
    broad: bool = False
    piled: bool = False
    first: float = 0.0
    skip: float = 1.0


WORDS = {
    "plain": "α never moves, and so every block stays the identity: a plain tensor is no parameter, and the optimiser never "
    "hears of it.",
    "broad": "a prediction of shape (B, 1) meets a target of shape (B,): their difference has shape (B, B), and the mean hides "
    "it.",
    "piled": "each gradient is added to those of the steps before. They have to be set to zero in each step.",
}


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "weights": some(rng, DEPTH, SIZE, SIZE) / 2,
        "biases": some(rng, DEPTH, SIZE) / 2 + 0.1,  # no unit stands at the bend of its LeakyReLU
        "h": some(rng, BATCH, SIZE),
        "target": some(rng, BATCH),
        "steps": STEPS,
        "learning_rate": 0.01,
    }


def descend(
    weights: torch.Tensor,
    biases: torch.Tensor,
    h: torch.Tensor,
    target: torch.Tensor,
    steps: int,
    learning_rate: float,
    mistakes: Mistakes = Mistakes(),  # noqa: B008 - it cannot change
) -> tuple[np.ndarray, np.ndarray]:
    """α after the descent, shape (depth,), and the losses before each of its steps, with some mistakes or none."""
    theta = [torch.full((len(weights),), mistakes.first, dtype=torch.float64), weights.clone(), biases.clone()]
    theta = [value.requires_grad_() for value in theta]
    sums, losses = [torch.zeros_like(value) for value in theta], []
    for _ in range(steps):
        out = h
        for alpha, W, w in zip(*theta, strict=True):
            pre = out @ W.T + w
            out = mistakes.skip * out + alpha * torch.where(pre > 0, pre, 0.01 * pre)
        gap = out.sum(-1)[:, None] - target if mistakes.broad else out.sum(-1) - target
        loss = gap.square().mean()
        gradient = torch.autograd.grad(loss, theta)
        sums = [old * mistakes.piled + new for old, new in zip(sums, gradient, strict=True)]
        rates = [0.0 if mistakes.plain else learning_rate, learning_rate, learning_rate]
        with torch.no_grad():
            theta = [(p - rate * g).requires_grad_() for p, rate, g in zip(theta, rates, sums, strict=True)]
        losses.append(float(loss.detach()))
    return theta[0].detach().numpy(), np.array(losses)


@np.errstate(all="ignore")
def _fault(
    weights: torch.Tensor,
    biases: torch.Tensor,
    h: torch.Tensor,
    target: torch.Tensor,
    steps: int,
    learning_rate: float,
    alpha: np.ndarray,
    losses: np.ndarray,
) -> str | None:
    given = weights, biases, h, target, steps, learning_rate
    single = in_single_precision(alpha if alpha.any() else losses)
    for some_of in sorted(product((False, True), repeat=3), key=sum):
        expected = descend(*given, Mistakes(*some_of))
        if all(
            differs(one, other, 1e-4 if single else 1e-6) is None for one, other in zip((alpha, losses), expected, strict=True)
        ):
            left = [WORDS[name] for name, there in zip(WORDS, some_of, strict=True) if there] + [SINGLE] * single
            return "a mistake is still there. " + " Besides, ".join(left) if left else None
    right = descend(*given)
    if differs(losses[:1], right[1][:1]) is not None:
        return (
            f"before the first step all α are 0, so that the prediction is the sum of h, and the loss is {right[1][0]:.6g}; "
            f"yours is {losses[0]:.6g}."
        )
    if (place := differs(losses, right[1])) is not None:
        return (
            f"the loss before the first step is right. That at index {place[0]} is {losses[place]:.6g} and should be "
            f"{right[1][place]:.6g}. Which parameters move, and against which gradient?"
        )
    return f"the losses are right, but α, after the last step, should be {right[0].round(5).tolist()}."


QUESTIONS = {
    "fit-rezero": Question(
        function="fit_rezero(weights, biases, h, target, steps, learning_rate)",
        draw=_draw,
        returns={
            "α": lambda weights, biases, h, target, steps, learning_rate: (len(weights),),
            "the losses": lambda weights, biases, h, target, steps, learning_rate: (steps,),
        },
        fault=_fault,
        misconceptions={
            "α starts at 1 in your answer. ReZero starts at 0, where every block is the identity.": lambda *given: descend(
                *given, Mistakes(first=1.0)
            ),
            "the blocks have lost their way past: h ← α · (…). With α = 0 nothing would come out of them.": lambda *given: (
                descend(*given, Mistakes(skip=0.0))
            ),
        },
        praise="α is trained, every gradient counts once, shapes fit, and all numbers are doubles.",
        seconds=20,
        cases=3,
    ),
}
