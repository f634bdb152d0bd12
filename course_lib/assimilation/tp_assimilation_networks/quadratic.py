"""What the questions on the best linear estimate have in common: random covariances, and the lowest point of a cost."""

from __future__ import annotations

import numpy as np
import torch

from course_lib.teaching.properties import differs
from course_lib.teaching.tensors import some


def some_covariance(rng: np.random.Generator, d: int) -> torch.Tensor:
    """A covariance, shape (d, d), that is far from singular and not diagonal."""
    root = some(rng, d, d) / 2
    return root @ root.T + torch.eye(d, dtype=torch.float64) / 2


def not_lowest(cost: str, name: str, x: np.ndarray, slope: np.ndarray, bend: np.ndarray, tolerance: float) -> str | None:
    """Where a quadratic cost still falls at x, given its gradient and its Hessian there; None if x is its lowest point.

    >>> not_lowest("the cost", "x", np.array([3.0]), slope=np.array([4.0]), bend=np.array([[2.0]]), tolerance=1e-6)
    'the cost should be least at your x, but it still falls there if x[0] is made smaller: the slope is 4.'
    """
    step = np.linalg.solve(bend, slope)  # what is between x and the lowest point
    if differs(step, np.zeros(len(x)), tolerance) is None:
        return None
    i = int(np.argmax(np.abs(slope)))
    towards = "smaller" if slope[i] > 0 else "larger"
    return (
        f"{cost} should be least at your {name}, but it still falls there if {name}[{i}] is made {towards}: the slope is "
        f"{slope[i]:.3g}."
    )


def not_its_covariance(
    name: str, found: np.ndarray, bend: np.ndarray, before: np.ndarray, tolerance: float = 1e-6
) -> str | None:
    """Which entry of an error covariance does not go with the Hessian of J; `before` is the covariance of the forecast.

    >>> not_its_covariance("x", np.array([[0.8]]), bend=np.array([[4.0]]), before=np.array([[1.0]]))
    'the variance of x[0], 0.8 in your answer, is too large (in the forecast it was 1). Your x is right.'
    """
    expected = 2 * np.linalg.inv(bend)
    if (place := differs(found, expected, tolerance)) is None:
        return None
    i, j = place
    what = f"variance of {name}[{i}]" if i == j else f"covariance of {name}[{i}] and {name}[{j}]"
    size = "large" if found[place] > expected[place] else "small"
    return (
        f"the {what}, {found[place]:.4g} in your answer, is too {size} (in the forecast it was {before[place]:.4g}). Your "
        f"{name} is right."
    )
