"""Small models and tables for the questions on importance: a quadratic function, and least squares as a way to fit."""

from __future__ import annotations

import numpy as np

from course_lib.teaching.properties import numbers
from course_lib.teaching.questions import Arguments


class Quadratic:
    """A model that is trained already: x, shape (N, n), ↦ a quadratic function of its columns, shape (N,)."""

    def __init__(self, rng: np.random.Generator, n: int):
        self._slopes, self._products = numbers(rng, n), np.triu(numbers(rng, n, n) / 2, k=1)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x @ self._slopes + ((x @ self._products) * x).sum(axis=1)

    def __repr__(self) -> str:
        return "x ↦ predictions, shape (N,)"


class LeastSquares:
    """A way to fit: (x, y) ↦ a model, here a line with an intercept."""

    def __call__(self, x: np.ndarray, y: np.ndarray) -> Line:
        return Line(np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0])

    def __repr__(self) -> str:
        return "(x, y) ↦ a model, which is a function of x"


class Line:
    """What least squares returns."""

    def __init__(self, theta: np.ndarray):
        self._theta = theta

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return x @ self._theta[:-1] + self._theta[-1]

    def __repr__(self) -> str:
        return "x ↦ predictions, shape (N,)"


def table(rng: np.random.Generator, N: int, n: int, repeats: int) -> Arguments:
    """A model, data that it fits not quite, and an order of the rows for each repeat and predictor, none of them as it was."""
    predict, x = Quadratic(rng, n), numbers(rng, N, n)
    orders = np.array([[rng.permutation(N) for _ in range(n)] for _ in range(repeats)])
    return {"predict": predict, "x": x, "y": predict(x) + numbers(rng, N) / 2, "orders": orders}


def mean_square(y: np.ndarray, found: np.ndarray) -> float:
    """Mean square error."""
    return float(np.mean((found - y) ** 2))


def spoiled(x: np.ndarray, columns: list[int], orders: np.ndarray) -> np.ndarray:
    """A copy of x with some of its columns reordered, each in the order of its own; `orders` has shape (n, N)."""
    new = x.copy()
    for j in columns:
        new[:, j] = x[orders[j], j]
    return new
