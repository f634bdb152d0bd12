"""Arguments for the exercise sheet of this part that are more than arrays: a generator, and the gradients of single samples."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit


class Seeded(np.random.Generator):
    """The generator ``np.random.default_rng(seed)``, which says so when it is printed and stays one when it is copied.

    >>> Seeded(7)
    np.random.default_rng(7)
    >>> bool(Seeded(7).random() == np.random.default_rng(7).random())
    True
    """

    def __init__(self, seed: int | np.random.BitGenerator):
        super().__init__(seed if isinstance(seed, np.random.BitGenerator) else np.random.PCG64(seed))
        self.seed = seed

    def __deepcopy__(self, memo: dict[int, Any]) -> Seeded:
        copied = Seeded(self.seed)
        copied.bit_generator.state = self.bit_generator.state
        return copied

    def __repr__(self) -> str:
        return f"np.random.default_rng({self.seed})"


def generator(rng: np.random.Generator) -> Seeded:
    """A generator for a student's function, with a seed that is short enough to be typed."""
    return Seeded(int(rng.integers(1000)))


class LogisticGradients:
    """The gradient of −log p(y | x) for each sample that is asked for, with p(y = 1 | x) = 1 / (1 + exp(−x·θ)).

    Called with θ, shape (n,), and row numbers, it returns an array of shape (number of rows, n).

    >>> LogisticGradients(np.eye(3), np.array([0, 1, 1]))(np.zeros(3), [2, 0]).tolist()
    [[-0.0, -0.0, -0.5], [0.5, 0.0, 0.0]]
    """

    def __init__(self, x: np.ndarray, y: np.ndarray):
        self.x, self.y = x, y

    def residuals(self, theta: np.ndarray) -> np.ndarray:
        """The factor of x in each sample's gradient, shape (N,); it is never zero."""
        return expit(self.x @ theta) - self.y

    def __call__(self, theta: np.ndarray, rows: ArrayLike) -> np.ndarray:
        rows = np.atleast_1d(rows)
        return self.residuals(np.asarray(theta, dtype=float))[rows, None] * self.x[rows]

    def __repr__(self) -> str:
        count, size = self.x.shape
        return f"(theta, rows) ↦ array of shape (len(rows), {size}): the gradients of the logistic losses of {count} samples"
