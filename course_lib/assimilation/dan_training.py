"""Training through all of time: the loss of whole sequences, back-propagated from the last step to the first.

One fixed batch and no noise in the gradient: that is what L-BFGS asks for, which builds the curvature of the loss from
differences of gradients. The network ends with the best weights that were met, however the training ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import torch

from course_lib.assimilation.dan import DAN, losses
from course_lib.basics.arguments import whole_number
from course_lib.learning.history import HOOKS, History, State, TrainingDivergedError

Loss = Callable[..., torch.Tensor]


def total_loss(dan: DAN, initial: torch.Tensor, states: torch.Tensor, observations: torch.Tensor) -> torch.Tensor:
    """The cost J of a network, a tensor of shape (); arguments as in `dan.losses`.

    Equation: eq-dan-cost
    """
    return losses(dan, initial, states, observations).total


def train_full_bptt(
    model: torch.nn.Module,
    data: Sequence[torch.Tensor],
    *,
    iterations: int,
    loss: Loss = total_loss,
    history_size: int = 20,
    every: int = 25,
    callbacks: Sequence[Any] = (),
    device: str | torch.device = "cpu",
) -> History:
    """Train a model in place by L-BFGS with a strong Wolfe line search on one fixed batch of sequences.

    A KeyboardInterrupt ends the training early. However it ends, the model has the weights of the least loss that was met.

    Parameters
    ----------
    model : a DAN, or a module that `loss` knows how to use.
    data : tensors of the batch, for a DAN x_0, states and observations.
    iterations : of L-BFGS; each costs one or two evaluations of loss and gradient.
    loss : called as ``loss(model, *data)``; returns a tensor of shape ().
    history_size : pairs of steps and changes of the gradient that L-BFGS remembers.
    every : iterations after which callbacks are called, as if an epoch had ended: progress, curves (learning/callbacks.py).
    callbacks : objects with any of the methods ``on_start``, ``on_epoch`` and ``on_end``.
    device : where model and data are moved.

    Returns
    -------
    History whose `steps` count the evaluations of the loss and whose `loss` holds their values.

    Raises
    ------
    ValueError
        If a number is out of range, a callback has none of the methods, or the loss is not a scalar that depends on the model.
    TrainingDivergedError
        If the loss becomes NaN or infinite.

    Equation: eq-dan-cost
    """
    whole_number("iterations", iterations, least=0), whole_number("every", every, least=1)
    for callback in callbacks:
        if not any(hasattr(callback, hook) for hook in HOOKS):
            raise ValueError(f"callbacks: expected objects with a method {', '.join(HOOKS)}, got {callback!r}")
    model.to(device), (data := [tensor.to(device) for tensor in data])
    optimizer = torch.optim.LBFGS(
        model.parameters(),
        max_iter=every,
        history_size=whole_number("history_size", history_size, least=1),
        line_search_fn="strong_wolfe",
        tolerance_grad=1e-10,
        tolerance_change=1e-14,
    )
    state = State(model, optimizer, math.ceil(iterations / every))
    best = _Best()

    def closure() -> torch.Tensor:
        optimizer.zero_grad()  # forgotten, this would add each gradient to all before
        value = _usable(loss(model, *data), state)
        value.backward()
        best.offer(state.loss, model)
        return value

    def call(hook: str) -> None:
        for callback in callbacks:
            getattr(callback, hook, lambda state: None)(state)

    try:
        call("on_start")
        for first in range(0, iterations, every):
            optimizer.param_groups[0]["max_iter"] = min(every, iterations - first)
            optimizer.step(closure)
            state.epoch += 1
            call("on_epoch")
            if state.history.stopped:
                break
    except KeyboardInterrupt:
        state.history.interrupted = True
    finally:
        best.give_back(model)
        call("on_end")
    return state.history


class _Best:
    """The least loss that was met, and the weights it was met at."""

    def __init__(self) -> None:
        self.loss, self.weights = math.inf, None

    def offer(self, loss: float, model: torch.nn.Module) -> None:
        if loss < self.loss:
            self.loss, self.weights = loss, deepcopy(model.state_dict())

    def give_back(self, model: torch.nn.Module) -> None:
        if self.weights is not None:
            model.load_state_dict(self.weights)


def _usable(value: Any, state: State) -> torch.Tensor:
    """The loss as it came, counted, once it has turned out to be one finite number that depends on the model."""
    if not isinstance(value, torch.Tensor) or value.ndim or not value.requires_grad:
        got = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)
        raise ValueError(f"loss: expected a tensor of shape () that depends on the parameters of the model, got {got}")
    state.record(value.item())
    if not math.isfinite(state.loss):
        advice = "train on shorter sequences first, start nearer to the identity, and look for NaN and infinity in the data"
        raise TrainingDivergedError(f"the loss is {state.loss} at evaluation {state.step}: {advice}", state.history)
    return value
