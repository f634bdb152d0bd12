"""What can be hung into the training loop: curves, early stopping, a learning rate that changes, a progress bar."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from copy import deepcopy

import torch

from course_lib.basics.arguments import positive_number, whole_number
from course_lib.learning.history import State

Measure = Callable[[torch.nn.Module], float]


class Curves:
    """Record functions of the model before the first epoch and after each one, in evaluation mode and without gradients.

    ``history.curves[name][e]`` is the value after e epochs; entry 0 is that of the untrained model.

    Parameters
    ----------
    curves : name → function of the model that returns a number.

    Raises
    ------
    ValueError
        If there are no names, or a value is not a function.
    """

    def __init__(self, curves: Mapping[str, Measure]):
        if not curves or not all(callable(function) for function in curves.values()):
            raise ValueError(f"curves: expected names and functions of the model, got {curves!r}")
        self.curves = dict(curves)

    def on_start(self, state: State) -> None:
        """Measure the untrained model."""
        self.on_epoch(state)

    def on_epoch(self, state: State) -> None:
        """Measure the model."""
        for name, function in self.curves.items():
            state.history.curves.setdefault(name, []).append(measured(function, state.model))


class EarlyStopping:
    """Stop once the validation loss has not fallen below its least value for some epochs; give the model its best weights back.

    The weights are given back however the training ends, by interruption and divergence too. ``best_loss`` is the least
    validation loss and ``best_epoch`` the epoch after which it was reached; 0 is the untrained model.

    Parameters
    ----------
    validation_loss : function of the model, evaluated after each epoch and recorded as curve "validation loss".
    patience : epochs without improvement after which to stop, at least 1.

    Raises
    ------
    ValueError
        If `validation_loss` is not a function, or `patience` is not a positive whole number.
    """

    def __init__(self, validation_loss: Measure, patience: int):
        if not callable(validation_loss):
            raise ValueError(f"validation_loss: expected a function of the model, got {validation_loss!r}")
        self.validation_loss, self.patience = validation_loss, whole_number("patience", patience, least=1)
        self.best_loss, self.best_epoch, self.best_weights = math.inf, 0, None

    def on_start(self, state: State) -> None:
        """Forget earlier trainings, and measure the untrained model."""
        self.best_loss, self.best_weights = math.inf, None
        self.on_epoch(state)

    def on_epoch(self, state: State) -> None:
        """Keep the weights if they are the best so far; stop if the best are too long ago."""
        loss = measured(self.validation_loss, state.model)
        state.history.curves.setdefault("validation loss", []).append(loss)
        if self.best_weights is None or loss < self.best_loss:
            self.best_loss, self.best_epoch = loss, state.epoch
            self.best_weights = deepcopy(state.model.state_dict())
        elif state.epoch - self.best_epoch >= self.patience:
            state.stop()

    def on_end(self, state: State) -> None:
        """Give the model its best weights back."""
        if self.best_weights is not None:
            state.model.load_state_dict(self.best_weights)


class LearningRate:
    """Set the learning rate before each step to γ_k, where k = 0 for the first.

    Parameters
    ----------
    schedule : function of k that returns γ_k > 0; see stochastic.py for one.

    Raises
    ------
    ValueError
        If `schedule` is not a function, or, during the training, returns something else than a positive number.

    Equation: eq-minibatch
    """

    def __init__(self, schedule: Callable[[int], float]):
        if not callable(schedule):
            raise ValueError(f"schedule: expected a function of the step, got {schedule!r}")
        self.schedule = schedule

    def on_start(self, state: State) -> None:
        """Set γ₀."""
        self.on_batch(state)

    def on_batch(self, state: State) -> None:
        """Set the learning rate of the next step."""
        learning_rate = positive_number("schedule", self.schedule(state.step))
        for group in state.optimizer.param_groups:
            group["lr"] = learning_rate


class Progress:
    """A progress bar of one line that is written over after each epoch.

    Parameters
    ----------
    show : whether to write it; by default only if somebody looks, in a terminal or a notebook.
    """

    def __init__(self, show: bool | None = None):
        self.show = show

    def on_epoch(self, state: State) -> None:
        """Write the bar, the number of epochs and the loss of the last batch."""
        if self._shown():
            bar = ("█" * round(20 * state.epoch / state.epochs)).ljust(20, "·")
            print(f"\r{bar} epoch {state.epoch} of {state.epochs}, loss {state.loss:.4g}   ", end="", flush=True)

    def on_end(self, state: State) -> None:
        """End the line."""
        if self._shown() and state.epoch:
            print()

    def _shown(self) -> bool:
        in_notebook = type(sys.stdout).__module__.startswith("ipykernel")
        return self.show if self.show is not None else in_notebook or sys.stdout.isatty()


def measured(function: Measure, model: torch.nn.Module) -> float:
    """Value of a function of the model, in evaluation mode and without gradients; the mode of the model is kept.

    Parameters
    ----------
    function : takes the model, returns a number.
    model : network.

    Returns
    -------
    The number.

    Raises
    ------
    ValueError
        If the function returns something else than a number.
    """
    mode = model.training
    model.eval()
    try:
        with torch.no_grad():
            value = function(model)
    finally:
        model.train(mode)
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"function: expected a function that returns a number, got {value!r} from it") from error
