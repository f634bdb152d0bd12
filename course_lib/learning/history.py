"""What is known during a training, and what it leaves behind beside the weights."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

#: When callbacks are called: before the first step, after each step, after each epoch, and at the end, however it comes.
HOOKS = ("on_start", "on_batch", "on_epoch", "on_end")


@dataclass
class History:
    """The loss of each step's batch, and what callbacks recorded.

    ``steps`` counts 1, 2, …, and ``loss`` holds the loss of each step, before its update; ``curves[name]`` is what a callback
    recorded under that name; ``stopped`` says that a callback ended the training, ``interrupted`` that somebody interrupted it.
    """

    steps: list[int] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    curves: dict[str, list[float]] = field(default_factory=dict)
    stopped: bool = False
    interrupted: bool = False


@dataclass
class State:
    """Where a training is.

    ``epoch`` of ``epochs`` epochs are finished, ``step`` steps are made; ``loss`` is that of the last
    batch, NaN before the first.
    """

    model: torch.nn.Module
    optimizer: torch.optim.Optimizer
    epochs: int
    history: History = field(default_factory=History)
    epoch: int = 0
    step: int = 0
    loss: float = float("nan")

    def record(self, loss: float) -> None:
        """Count a step, and keep the loss of its batch."""
        self.step += 1
        self.loss = loss
        self.history.steps.append(self.step)
        self.history.loss.append(loss)

    def stop(self) -> None:
        """End the training once the callbacks have been called."""
        self.history.stopped = True


class TrainingDivergedError(FloatingPointError):
    """The loss became NaN or infinite; ``history`` holds the steps before."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history
