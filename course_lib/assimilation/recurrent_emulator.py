"""An emulator that sees only some coordinates of a system and keeps the rest in a memory."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from course_lib.assimilation.elman import Elman
from course_lib.assimilation.emulator import cosine
from course_lib.basics.arguments import finite_array, whole_number
from course_lib.learning.history import History
from course_lib.learning.training import train


class RecurrentEmulator(nn.Module):
    """Elman's network between standardised observations: from x_1, …, x_t it predicts x_{t+1}.

    Parameters
    ----------
    states : recorded run, shape (T, p), that fixes the scales.
    memory : length of h_t, at least 1.
    rng : source of the first weights.

    Raises
    ------
    ValueError
        If the states are not finite, a coordinate does not change, or a number is out of range.

    Equation: eq-recurrent-emulator
    """

    def __init__(self, states: ArrayLike, memory: int, rng: torch.Generator):
        super().__init__()
        states = torch.as_tensor(finite_array("states", states, (None, None)))
        if not (len(states) > 1 and states.std(dim=0).min() > 0):
            raise ValueError("states: expected coordinates that change, got a constant one")
        self.register_buffer("mean", states.mean(dim=0))
        self.register_buffer("scale", states.std(dim=0))
        self.network = Elman(states.shape[1], memory, states.shape[1], rng)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Predictions of x_2, …, x_{T+1} from x_1, …, x_T, shapes (B, T, p)."""
        return self.mean + self.scale * self.network((x - self.mean) / self.scale)


def windows(states: ArrayLike, length: int, stride: int) -> np.ndarray:
    """Pieces of a run, shape (count, length, p), whose first rows are `stride` apart.

    Parameters
    ----------
    states : run, shape (T, p).
    length, stride : whole numbers from 1 on; length at most T.

    Raises
    ------
    ValueError
        If an argument is of the wrong kind or out of range.
    """
    states = finite_array("states", states, (None, None))
    length, stride = whole_number("length", length, least=1), whole_number("stride", stride, least=1)
    if length > len(states):
        raise ValueError(f"length: expected at most the {len(states)} rows of the run, got {length}")
    return np.lib.stride_tricks.sliding_window_view(states, length, axis=0)[::stride].swapaxes(1, 2).copy()


def train_recurrent(
    states: ArrayLike, seed: int, epochs: int = 150, memory: int = 32, length: int = 41, warm_up: int = 10
) -> tuple[RecurrentEmulator, History]:
    """A recurrent emulator trained by full back-propagation through windows of a recorded run, with Adam and clipping at 1.

    Parameters
    ----------
    states : recorded run, shape (T, p).
    seed : decides first weights and order of the windows.
    epochs, memory : at least 1.
    length : states of a window; the last is only predicted.
    warm_up : first predictions of a window that are not counted: the memory is still empty. Below length − 1.

    Raises
    ------
    ValueError
        If an argument is of the wrong kind or out of range.

    Equation: eq-recurrent-emulator
    """
    if not 0 <= warm_up < length - 1:
        raise ValueError(f"warm_up: expected 0 to {length - 2}, got {warm_up}")
    rng = torch.Generator().manual_seed(seed)
    model = RecurrentEmulator(states, memory, rng)
    data = torch.as_tensor(windows(states, length, stride=5))

    def loss(model: RecurrentEmulator, window: torch.Tensor) -> torch.Tensor:
        error = (model(window[:, :-1]) - window[:, 1:]) / model.scale
        return (error[:, warm_up:] ** 2).mean()

    batch_size, learning_rate = min(100, len(data)), 0.005
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate)
    callback = cosine(learning_rate, whole_number("epochs", epochs, least=1) * -(-len(data) // batch_size))
    options = {"optimizer": optimizer, "batch_size": batch_size, "epochs": epochs, "rng": rng, "clip": 1.0}
    return model, train(model, loss, (data,), **options, callbacks=[callback])


def free_run(model: RecurrentEmulator, past: ArrayLike, steps: int) -> np.ndarray:
    """Forecasts that follow a known past: the memory is filled by it, then the network is fed its own predictions.

    Parameters
    ----------
    model : the emulator.
    past : observations up to now, shape (B, T, p).
    steps : number of predictions, at least 1.

    Returns
    -------
    Array of shape (B, steps, p).

    Raises
    ------
    ValueError
        If the past is not finite, has another shape, or `steps` is out of range.

    Equation: eq-recurrent-emulator
    """
    past = torch.as_tensor(finite_array("past", past, (None, None, len(model.mean))))
    network, found = model.network, []
    with torch.no_grad():
        h = network.memories((past - model.mean) / model.scale)[:, -1]
        for _ in range(whole_number("steps", steps, least=1)):
            x = h @ network.V.T
            found.append(model.mean + model.scale * x)
            h = network.cell(h, x)
    return torch.stack(found, dim=1).numpy()
