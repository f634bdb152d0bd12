"""Question of the exercise sheet: L-BFGS and its closure, on losses whose least value is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.precision import kindly
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some, tensor

SIZE = 4


class Point(torch.nn.Module):
    """A model that is nothing but its parameters θ."""

    def __init__(self, theta: torch.Tensor):
        super().__init__()
        self.theta = torch.nn.Parameter(theta)

    def __repr__(self) -> str:
        return f"a model with {len(self.theta)} parameters, model.theta = {self.theta.detach().tolist()}"


class Valley:
    """loss_of(model): a convex loss of a `Point` with a known least value."""

    def __init__(self, A: torch.Tensor, bottom: torch.Tensor, least: float):
        self.A, self.bottom, self.least = A, bottom, least

    def __call__(self, model: Point) -> torch.Tensor:
        away = model.theta - self.bottom
        return self.least + (self.A @ away).square().sum() / 2 + away.pow(4).sum() / 4

    def __repr__(self) -> str:
        return "(model) ↦ a loss, which is convex and smooth in model.theta"


def _draw(rng: np.random.Generator) -> Arguments:
    A = torch.tril(some(rng, SIZE, SIZE) / 4, -1) + torch.diag(tensor(rng.uniform(0.5, 3, SIZE)))
    bottom = some(rng, SIZE)
    start = bottom + some(rng, SIZE)
    return {"model": Point(start), "loss_of": Valley(A, bottom, float(rng.integers(1, 5))), "iterations": 60}


@np.errstate(all="ignore")
def _fault(model: Point, loss_of: Valley, iterations: int, loss: np.ndarray) -> str | None:
    if differs(loss, np.array(loss_of.least)) is None:
        return None
    if loss < loss_of.least:
        return f"the least value of this loss is {loss_of.least:g}; yours is {float(loss):.6g}."
    return (
        f"the loss should come down to {loss_of.least:g}, its least value, within {iterations} iterations; it is still "
        f"{float(loss):.6g}. L-BFGS trusts its gradients: is each of them that of one call, with nothing of others in it?"
    )


@contextmanager
def gradients_are_computed(*arguments: Any) -> Iterator[None]:
    """While this lasts, torch has to compute a gradient at least once, and a closure has to return something.

    Raises
    ------
    DetourError
        If not.
    """
    calls, backward, grad = [], torch.autograd.backward, torch.autograd.grad  # Tensor.backward calls the first

    def noted(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            calls.append(function)
            return function(*arguments, **options)

        return call

    torch.autograd.backward, torch.autograd.grad = noted(backward), noted(grad)
    try:
        with kindly(WORDS):
            yield
    finally:
        torch.autograd.backward, torch.autograd.grad = backward, grad
    if not calls:
        raise DetourError("no gradient was computed, so nothing can have moved. Does the closure call `backward` on the loss?")


#: Parts of exceptions of torch, and what is said instead.
WORDS = {
    "not 'NoneType'": "L-BFGS asked the closure for the loss and got None. It decides by the loss how far it goes: return it.",
    "required positional argument: 'closure'": "L-BFGS evaluates the loss several times in a step, and needs a function that "
    "does it: `step` wants the closure.",
    "second time": "the same graph is used for two gradients. Compute the loss anew in each call of the closure.",
}


def minimise(
    model: torch.nn.Module, loss_of: Callable[..., torch.Tensor], iterations: int, *, piled: bool = False
) -> list[float]:
    """The losses at all calls of the closure, and at the end. `piled`: gradients are never set to zero."""
    solver = torch.optim.LBFGS(model.parameters(), max_iter=iterations, history_size=20, line_search_fn="strong_wolfe")
    seen = []

    def evaluate() -> torch.Tensor:
        if not piled:
            for parameter in model.parameters():
                parameter.grad = None
        value = loss_of(model)
        value.backward()
        seen.append(float(value.detach()))
        return value

    solver.step(evaluate)
    return [*seen, float(loss_of(model).detach())]


def _copied(model: Point) -> Point:
    return Point(model.theta.detach().clone())


QUESTIONS = {
    "fit": Question(
        function="fit(model, loss_of, iterations)",
        draw=_draw,
        returns={"the loss": lambda model, loss_of, iterations: ()},
        fault=_fault,
        misconceptions={
            "this is the loss before the training, which is what `step` returns. Evaluate it once more at the end.": (
                lambda model, loss_of, iterations: minimise(_copied(model), loss_of, iterations)[0]
            ),
            "the gradients of all calls pile up in .grad, and L-BFGS goes astray: the closure has to begin with zero_grad.": (
                lambda model, loss_of, iterations: minimise(_copied(model), loss_of, iterations, piled=True)[-1]
            ),
        },
        praise="L-BFGS finds the least value, with one gradient a call.",
        watch=gradients_are_computed,
    ),
}
