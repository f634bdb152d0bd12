"""Data made by a formula, so that what a method says of a model can be held against what is true.

Six standard normal predictors: a driver and its proxy, correlated, and four independent ones. The target is
f(x) = driver + (square² − 1)/√2 + left · right, plus noise. The proxy and the last predictor, noise, are not in it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from course_lib.basics.arguments import whole_number

NAMES = ("driver", "proxy", "square", "left", "right", "noise")
#: Standard deviation of what no predictor explains.
NOISE = 0.5


class Sample(NamedTuple):
    """Predictors, shape (N, 6), in the order of `NAMES`, and targets, shape (N,)."""

    x: np.ndarray
    y: np.ndarray


def formula(x: Any) -> Any:
    """The truth f(x), shape (N,), for predictors of shape (N, 6), numpy arrays or torch tensors.

    Equation: eq-known-truth
    """
    return x[:, 0] + (x[:, 2] ** 2 - 1) / 2**0.5 + x[:, 3] * x[:, 4]


def sample(size: int, correlation: float, rng: np.random.Generator) -> Sample:
    """Independent rows of the six predictors with their noisy targets.

    Parameters
    ----------
    size : number of rows N, at least 1.
    correlation : ρ of driver and proxy, between −1 and 1, both left out.
    rng : source of predictors and noise; one seed gives the same driver, targets and other predictors for every ρ.

    Raises
    ------
    ValueError
        If a number is out of range.

    Equation: eq-known-truth
    """
    rho = _correlation(correlation)
    x = rng.standard_normal((whole_number("size", size, least=1), len(NAMES)))
    x[:, 1] = rho * x[:, 0] + np.sqrt(1 - rho**2) * x[:, 1]
    return Sample(x, formula(x) + NOISE * rng.standard_normal(size))


def true_importance(correlation: float) -> dict[str, np.ndarray]:
    """What each method gives, in squared error, for the formula itself and endless data, each of shape (6,).

    Parameters
    ----------
    correlation : ρ of driver and proxy, between −1 and 1, both left out.

    Returns
    -------
    The importances by name: permutation, conditional, drop-column.

    Raises
    ------
    ValueError
        If ρ is out of range.

    Equation: eq-known-importance
    """
    alone = 1 - _correlation(correlation) ** 2
    dropped = np.array([alone, 0.0, 1.0, 1.0, 1.0, 0.0])
    return {"permutation": 2 * np.array([1.0, 0, 1, 1, 1, 0]), "conditional": 2 * dropped, "drop-column": dropped}


def _correlation(value: float) -> float:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool) or not -1 < value < 1:
        raise ValueError(f"correlation: expected a number between -1 and 1, got {value!r}")
    return float(value)
