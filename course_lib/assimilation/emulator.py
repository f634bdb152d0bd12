"""Networks that learn one step of a system from a recorded run of it, and the plain forecasts that they must beat.

An emulator maps x_t to x_{t+1}. In the direct form the network produces the next state, in the residual form what has to be
added to the present one. Either way its inputs and outputs are standardised by the training data.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from course_lib.assimilation.systems import Map
from course_lib.basics.arguments import finite_array, whole_number
from course_lib.learning.callbacks import LearningRate
from course_lib.learning.history import History
from course_lib.learning.training import train

FORMS = ("direct", "residual")


class Emulator(nn.Module):
    """A network with two hidden layers of tanh that maps states, shape (..., n), to states one step later.

    Parameters
    ----------
    form : "direct" or "residual".
    states : recorded run, shape (T, n), that fixes the scales of inputs and outputs.
    width : units of a hidden layer, at least 1.
    rng : source of the first weights.

    Raises
    ------
    ValueError
        If the form is not known, the states are no array of at least three rows, or a coordinate does not change.

    Equation: eq-emulator-forms
    """

    def __init__(self, form: str, states: ArrayLike, width: int, rng: torch.Generator):
        super().__init__()
        if form not in FORMS:
            raise ValueError(f"form: {form!r} is not known; expected one of {', '.join(FORMS)}")
        states = torch.as_tensor(_run(states))
        produced = states[1:] - states[:-1] if form == "residual" else states[1:]
        if not (states.std(dim=0).min() > 0 and produced.std(dim=0).min() > 0):
            raise ValueError("states: expected coordinates that change, got a constant one")
        self.form, n = form, states.shape[1]
        for name, values in {"input": states, "output": produced}.items():
            self.register_buffer(f"{name}_mean", values.mean(dim=0))
            self.register_buffer(f"{name}_scale", values.std(dim=0))
        width = whole_number("width", width, least=1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**62, (), generator=rng)))
            layers = [nn.Linear(n, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, n)]
            self.network = nn.Sequential(*layers).double()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The states one step later."""
        z = self.network((x - self.input_mean) / self.input_scale)
        produced = self.output_mean + self.output_scale * z
        return x + produced if self.form == "residual" else produced


def one_step_loss(model: Emulator, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean square error of a step, each coordinate in its own standard deviations.

    Equation: eq-emulator-loss
    """
    return (((model(x) - y) / model.input_scale) ** 2).mean()


def train_emulator(
    form: str,
    states: ArrayLike,
    seed: int,
    epochs: int = 60,
    width: int = 32,
    batch_size: int = 100,
    learning_rate: float = 0.01,
) -> tuple[Emulator, History]:
    """An emulator trained on all steps of a recorded run by Adam, with a learning rate that falls to zero along a cosine.

    Parameters
    ----------
    form, states, width : as of an `Emulator`.
    seed : decides first weights and order of the samples.
    epochs, batch_size, learning_rate : of the training; the learning rate is that of the first step.

    Raises
    ------
    ValueError
        If an argument is of the wrong kind or out of range.

    Equation: eq-emulator-loss
    """
    rng = torch.Generator().manual_seed(seed)
    model = Emulator(form, states, width, rng)
    states = torch.as_tensor(_run(states))
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    total = whole_number("epochs", epochs, least=1) * math.ceil((len(states) - 1) / batch_size)
    data = (states[:-1], states[1:])
    options = {"optimizer": optimizer, "batch_size": batch_size, "epochs": epochs, "rng": rng}
    return model, train(model, one_step_loss, data, **options, callbacks=[cosine(learning_rate, total)])


def cosine(learning_rate: float, total: int) -> LearningRate:
    """A callback that lets the learning rate fall from its first value to a thousandth of it, along half a cosine."""
    return LearningRate(lambda k: learning_rate * (0.001 + 0.4995 * (1 + math.cos(math.pi * min(k / total, 1)))))


def linear_emulator(states: ArrayLike) -> Map:
    """The affine map x ↦ x A + c that fits the steps of a recorded run, shape (T, n), best in the sense of least squares.

    Equation: eq-linear-emulator
    """
    states = _run(states)
    inputs = np.column_stack([states[:-1], np.ones(len(states) - 1)])
    solution = np.linalg.lstsq(inputs, states[1:], rcond=None)[0]
    return lambda x: x @ solution[:-1] + solution[-1]


def stepper(model: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    """An emulator as a function of numpy arrays, so that it can stand wherever a model's step can."""

    def step(x: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return model(torch.as_tensor(x, dtype=torch.double)).numpy()

    return step


def forecast(step: Map, initial: ArrayLike, steps: int) -> np.ndarray:
    """The states x_1, …, x_T that a step leads to, shape (..., T, n); a run that leaves the numbers becomes NaN or infinite.

    Parameters
    ----------
    step : x_{t-1} ↦ x_t.
    initial : states x_0, shape (..., n).
    steps : T, at least 1.

    Raises
    ------
    ValueError
        If the initial states are not finite numbers or `steps` is out of range.
    """
    x = finite_array("initial", initial, (..., None))
    states = []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(whole_number("steps", steps, least=1)):
            x = step(x)
            states.append(x)
    return np.stack(states, axis=-2)


def _run(states: ArrayLike) -> np.ndarray:
    states = finite_array("states", states, (None, None))
    if len(states) < 3:
        raise ValueError(f"states: expected at least 3 rows, got {len(states)}")
    return states
