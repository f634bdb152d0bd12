"""What the training loop refuses, and what it says then."""

from __future__ import annotations

import math
from typing import Any

import torch

from course_lib.basics.arguments import positive_number, whole_number
from course_lib.learning.history import HOOKS, State, TrainingDivergedError


def check_arguments(model: Any, data: Any, optimizer: Any, epochs: Any, rng: Any, callbacks: Any, clip: Any) -> None:
    """Raise a ValueError unless these arguments of `train` are of the right kind, in range, and belong together."""
    if not isinstance(rng, torch.Generator):
        raise ValueError(f"rng: expected a torch.Generator, got {rng!r}")
    whole_number("epochs", epochs, least=0)
    if (
        isinstance(data, torch.Tensor)
        or not data
        or not all(isinstance(column, torch.Tensor) and column.ndim for column in data)
    ):
        raise ValueError(f"data: expected a tuple of tensors with one row a sample, got {data!r}")
    if len({len(column) for column in data}) != 1 or len(data[0]) == 0:
        raise ValueError(f"data: expected tensors of one first length, at least 1, got {[len(column) for column in data]}")
    trainable = {parameter for parameter in model.parameters() if parameter.requires_grad}
    if not trainable:
        raise ValueError("model: expected at least one trainable parameter, got none")
    if not trainable & {parameter for group in optimizer.param_groups for parameter in group["params"]}:
        raise ValueError("optimizer: expected parameters of the model, got only others")
    for callback in callbacks:
        if not any(hasattr(callback, hook) for hook in HOOKS):
            raise ValueError(f"callbacks: expected objects with a method {', '.join(HOOKS)}, got {callback!r}")
    if clip is not None:
        positive_number("clip", clip)


def usable_loss(value: Any, state: State) -> torch.Tensor:
    """The loss of a batch as it came, once it has turned out to be one finite number that depends on the parameters.

    Raises
    ------
    ValueError
        If it is not a tensor of shape (), or a constant.
    TrainingDivergedError
        If it is NaN or infinite.
    """
    if not isinstance(value, torch.Tensor) or value.ndim:
        got = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)
        raise ValueError(f"loss: expected a tensor of shape (), the mean over the batch, got {got}")
    if not math.isfinite(value.item()):
        where = f"the loss is {value.item()} at step {state.step + 1}, in epoch {state.epoch + 1}"
        advice = "try a smaller learning rate, or clip=1.0, and look for NaN and infinity in the data"
        raise TrainingDivergedError(f"{where}: {advice}", state.history)
    if not value.requires_grad:
        raise ValueError("loss: expected a tensor that depends on the parameters of the model, got a constant")
    return value
