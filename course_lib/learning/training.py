"""One training loop for every network: fetch, forward, backward, clip, step. Everything else is a callback.

A callback is an object with any of the methods ``on_start``, ``on_batch``, ``on_epoch`` and ``on_end``; each takes the `State`
of the training (see history.py) and may call its ``stop()``. Some that are often needed: see callbacks.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.utils import clip_grad_norm_

from course_lib.basics.arguments import whole_number
from course_lib.learning.history import HOOKS, History, State
from course_lib.learning.training_checks import check_arguments, usable_loss

Batch = Sequence[torch.Tensor]


def train(
    model: torch.nn.Module,
    loss: Callable[..., torch.Tensor],
    data: Batch,
    *,
    optimizer: torch.optim.Optimizer,
    batch_size: int,
    epochs: int,
    rng: torch.Generator,
    callbacks: Sequence[Any] = (),
    clip: float | None = None,
) -> History:
    """Train a model, in place, on mini-batches.

    The model is in training mode during the steps, and in evaluation mode afterwards. A KeyboardInterrupt ends the training
    early and keeps what was learned.

    Parameters
    ----------
    model : network with at least one trainable parameter.
    loss : called as ``loss(model, *batch)``; returns the loss of the batch, a tensor of shape ().
    data : tensors of one first length N: inputs, targets, …
    optimizer : holds parameters of the model.
    batch_size : m, from 1 to N; if it does not divide N, the last batch of an epoch is smaller.
    epochs : passes through the data, at least 0.
    rng : source of the order of the samples; layers that draw (dropout) are seeded from its state.
    callbacks : called in this order.
    clip : greatest Euclidean length of the gradient: a longer one is scaled down to it. None leaves it as it is.

    Returns
    -------
    History of the training.

    Raises
    ------
    ValueError
        If an argument is of the wrong kind or out of range, or the loss is not one number that depends on the parameters.
    TrainingDivergedError
        If the loss becomes NaN or infinite; the weights are those before that step.

    Equations: eq-minibatch, eq-epoch, eq-clip
    """
    check_arguments(model, data, optimizer, epochs, rng, callbacks, clip)
    batches(len(data[0]), batch_size, torch.Generator())  # complains of a bad batch_size before anything is trained
    state = State(model, optimizer, epochs)
    methods = {hook: [getattr(callback, hook) for callback in callbacks if hasattr(callback, hook)] for hook in HOOKS}

    def call(hook: str) -> None:
        for method in methods[hook]:
            method(state)

    with _seeded_layers(rng):
        try:
            call("on_start")
            while state.epoch < epochs and not state.history.stopped:
                model.train()
                one_epoch(state, loss, data, batches(len(data[0]), batch_size, rng), clip, call)
        except KeyboardInterrupt:
            state.history.interrupted = True
        finally:
            call("on_end")
            model.eval()
    return state.history


def one_epoch(
    state: State,
    loss: Callable[..., torch.Tensor],
    data: Batch,
    order: Iterable[torch.Tensor],
    clip: float | None,
    call: Callable[[str], None],
) -> None:
    """One pass through the data, a step for each batch.

    Parameters
    ----------
    state : model and optimizer, and where the training is; changed in place.
    loss, data, clip : as in `train`.
    order : row numbers of each batch.
    call : calls the callbacks' methods of the name that it is given.

    Raises
    ------
    ValueError, TrainingDivergedError
        As `train`.

    Equations: eq-minibatch, eq-clip
    """
    model, optimizer = state.model, state.optimizer
    for rows in order:
        batch = [column[rows] for column in data]
        value = usable_loss(loss(model, *batch), state)
        optimizer.zero_grad()
        value.backward()
        if clip is not None:
            clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        state.record(value.item())
        call("on_batch")
        if state.history.stopped:
            return
    state.epoch += 1
    call("on_epoch")


def batches(count: int, batch_size: int, rng: torch.Generator) -> Iterator[torch.Tensor]:
    """Row numbers of the batches of one epoch: each of 0, …, N − 1 is in exactly one batch, in random order.

    Parameters
    ----------
    count : number N of samples, at least 1.
    batch_size : m, from 1 to N.
    rng : source of the order.

    Returns
    -------
    Integer tensors, shape (m,); the last may be shorter.

    Raises
    ------
    ValueError
        If a number is not whole or out of range.

    Equation: eq-epoch
    """
    whole_number("count", count, least=1)
    if whole_number("batch_size", batch_size, least=1) > count:
        raise ValueError(f"batch_size: expected at most the number of samples, {count}, got {batch_size}")
    return iter(torch.randperm(count, generator=rng).split(batch_size))


@contextmanager
def _seeded_layers(rng: torch.Generator) -> Iterator[None]:
    """Let layers draw from a stream that `rng` decides, and leave both `rng` and torch's own generator as they were."""
    copy = torch.Generator().set_state(rng.get_state())
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(torch.randint(2**62, (), generator=copy)))
        yield
