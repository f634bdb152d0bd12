"""The playground's training, as the script of its page has it: the same settings give the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import one_of, whole_number
from course_lib.learning.backprop import forward, loss_and_gradient
from course_lib.learning.mulberry import Mulberry32
from course_lib.learning.parameters import Layer, descent_step, from_vector, init, to_vector
from course_lib.learning.playground_data import COUNT, REGRESSION, data_set, features


@dataclass(frozen=True)
class Settings:
    """What can be set in the playground, with its values at the start."""

    data: str = "circle"
    noise: float = 0.3
    share: float = 0.5
    data_seed: int = 1
    features: tuple[str, ...] = ("x1", "x2")
    hidden: tuple[int, ...] = (4, 2)
    activation: str = "tanh"
    seed: int = 1
    learning_rate: float = 0.03
    penalty: str = "none"
    strength: float = 0.0
    batch: int = 10


class Run(NamedTuple):
    """A network after training.

    `train` and `test` are pairs (x, y) of features, shape (N, F), and targets, shape (N, 1); `losses` are those of the
    batches, one a step; `path` has θ as a vector before each step and after the last, shape (steps + 1, n).
    """

    theta: list[Layer]
    f0: str
    f1: str
    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    losses: np.ndarray
    path: np.ndarray

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Prediction ŷ, shape (N, 1), for features x, shape (N, F)."""
        return forward(self.theta, x, self.f0, self.f1)

    def layers(self, theta: np.ndarray) -> list[Layer]:
        """Layers of a vector θ, shape (n,), such as one of the path."""
        return from_vector(theta, self.theta)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Gradient of the loss on all training data at a vector θ, shape (n,)."""
        return to_vector(loss_and_gradient(self.layers(theta), *self.train, self.f0, self.f1)[1])


def penalised_step(
    theta: list[Layer], gradient: list[Layer], learning_rate: float, penalty: str = "none", strength: float = 0.0
) -> list[Layer]:
    """One step of descent on L + α R(w), where R is ½ Σ w² ("l2"), Σ abs(w) ("l1") or nothing ("none"); biases are free.

    Parameters
    ----------
    theta, gradient : layers of the same shapes; the gradient is that of L alone.
    learning_rate, strength : γ > 0 and α ≥ 0.
    penalty : "none", "l1" or "l2".

    Raises
    ------
    ValueError
        If the penalty is unknown, γ is not positive, or shapes differ.

    Equations: eq-l2-step, eq-l1-step
    """
    pull = one_of("penalty", penalty, _PENALTIES)
    after = descent_step(theta, gradient, learning_rate)
    return [Layer(pull(old.W, new.W, learning_rate * strength), new.b) for old, new in zip(theta, after, strict=True)]


def train(settings: Settings, steps: int) -> Run:
    """What the playground does when it is played for `steps` steps with these settings.

    Parameters
    ----------
    settings : see `Settings`.
    steps : at least 0.

    Raises
    ------
    ValueError
        If a setting is unknown or out of range, or the loss leaves the floating-point numbers.
    """
    whole_number("steps", steps, least=0)
    _check(settings)
    x, y = data_set(settings.data, settings.noise, settings.data_seed)
    x, N = features(x, settings.features), round(settings.share * COUNT)
    rng = Mulberry32(settings.seed)
    theta = init([x.shape[1], *settings.hidden, 1], rng)
    f0, f1 = settings.activation, "identity" if settings.data in REGRESSION else "tanh"
    losses, path = np.empty(steps), np.empty((steps + 1, to_vector(theta).size))
    path[0] = to_vector(theta)
    for step, batch in zip(range(steps), _batches(N, settings.batch, rng), strict=False):
        losses[step], gradient = loss_and_gradient(theta, x[batch], y[batch], f0, f1)
        theta = penalised_step(theta, gradient, settings.learning_rate, settings.penalty, settings.strength)
        path[step + 1] = to_vector(theta)
    return Run(theta, f0, f1, (x[:N], y[:N]), (x[N:], y[N:]), losses, path)


def mean_square(run: Run, x: np.ndarray, y: np.ndarray) -> float:
    """Mean square error of the network on features x, shape (N, F), and targets y, shape (N, 1)."""
    return float(np.mean((run.predict(x) - y) ** 2))


def wrong_side(prediction: np.ndarray, y: np.ndarray) -> float:
    """Share of samples whose prediction is not of the sign of the target."""
    return float(np.mean(prediction * y <= 0))


def _check(settings: Settings) -> None:
    whole_number("batch", settings.batch, least=1)
    for name, low, high in (("noise", 0.0, np.inf), ("share", 1 / COUNT, 1 - 1 / COUNT), ("strength", 0.0, np.inf)):
        value = getattr(settings, name)
        if not (np.isfinite(value) and low <= value <= high):
            raise ValueError(f"{name}: expected a finite number from {low:g} to {high:g}, got {value}")


def _batches(N: int, size: int, rng: Mulberry32) -> Iterator[np.ndarray]:
    """Indices of one batch after another; an epoch takes each sample once, in a new order."""
    while True:
        order = np.arange(N) if size >= N else rng.permutation(N)
        for start in range(0, N, size):
            yield order[start : start + size]


_PENALTIES = {
    "none": lambda old, new, pull: new,
    "l2": lambda old, new, pull: new - pull * old,
    "l1": lambda old, new, pull: np.sign(new) * np.maximum(np.abs(new) - pull, 0),
}
