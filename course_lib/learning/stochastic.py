"""Batch, stochastic and mini-batch descent, each written as its algorithm reads.

All three take one function, ``gradient(theta, rows)``: the gradient ∇L, shape (n,), averaged over the samples whose numbers are
in `rows`. The learning rate is a number γ, or a function of the step k = 0, 1, … that returns γ_k. A path has shape
(steps + 1, n); one that leaves the floating-point numbers has diverged, and from there on its entries are inf.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, one_of, positive_number, whole_number

Gradient = Callable[[np.ndarray, np.ndarray], ArrayLike]
Rate = float | Callable[[int], float]


def batch_descent(gradient: Gradient, theta0: ArrayLike, count: int, learning_rate: Rate, steps: int) -> np.ndarray:
    """Path of batch descent: every step reads all samples.

    Parameters
    ----------
    gradient : see above.
    theta0 : first guess, shape (n,).
    count : number N of samples.
    learning_rate : γ, or a function of k that returns γ_k.
    steps : number of updates, at least 0.

    Returns
    -------
    Path, shape (steps + 1, n).

    Raises
    ------
    ValueError
        If an argument is out of range or not finite, or the gradient has another shape than θ.

    Equation: eq-batch-descent
    """
    everything = np.arange(whole_number("count", count, least=1))
    return _descent(gradient, theta0, learning_rate, steps, lambda: everything)


def stochastic_descent(
    gradient: Gradient, theta0: ArrayLike, count: int, learning_rate: Rate, steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Path of stochastic descent: every step reads one sample, drawn at random; arguments and errors as in `batch_descent`.

    Equation: eq-stochastic-descent
    """
    whole_number("count", count, least=1)
    return _descent(gradient, theta0, learning_rate, steps, lambda: rng.integers(count, size=1))


def mini_batch_descent(
    gradient: Gradient,
    theta0: ArrayLike,
    count: int,
    learning_rate: Rate,
    steps: int,
    batch_size: int,
    rng: np.random.Generator,
    draw: str = "epochs",
) -> np.ndarray:
    """Path of mini-batch descent: every step reads m samples.

    Parameters
    ----------
    gradient, theta0, count, learning_rate, steps : as in `batch_descent`.
    batch_size : m, from 1 to N.
    rng : source of the draws.
    draw : how batches are drawn, see `mini_batches`.

    Returns
    -------
    Path, shape (steps + 1, n).

    Raises
    ------
    ValueError
        As `batch_descent` and `mini_batches`.

    Equation: eq-minibatch
    """
    order = mini_batches(count, batch_size, rng, draw)
    return _descent(gradient, theta0, learning_rate, steps, lambda: next(order))


def mini_batches(count: int, batch_size: int, rng: np.random.Generator, draw: str = "epochs") -> Iterator[np.ndarray]:
    """Row numbers of batches, without end.

    Parameters
    ----------
    count : number N of samples.
    batch_size : m, from 1 to N.
    rng : source of the draws.
    draw : "epochs" shuffles all samples, deals them out in batches (the last may be smaller), and begins again; "without
        replacement" draws each batch anew, with no sample twice in it; "with replacement" draws each sample anew.

    Returns
    -------
    Iterator over integer arrays, shape (m,).

    Raises
    ------
    ValueError
        If a number is not whole or out of range, or `draw` is unknown.

    Equation: eq-epoch
    """
    whole_number("count", count, least=1)
    if whole_number("batch_size", batch_size, least=1) > count:
        raise ValueError(f"batch_size: expected at most the number of samples, {count}, got {batch_size}")
    return one_of("draw", draw, _DRAWS)(count, batch_size, rng)


def decreasing_rate(gamma0: float, k0: float) -> Callable[[int], float]:
    """Learning rate γ_k = γ₀ / (1 + k/k₀), as a function of k.

    Parameters
    ----------
    gamma0 : learning rate of the first step, positive.
    k0 : step by which it has halved, positive.

    Raises
    ------
    ValueError
        If a number is not positive.

    Examples
    --------
    >>> rate = decreasing_rate(0.1, 50)
    >>> rate(0), rate(50)
    (0.1, 0.05)

    Equation: eq-decreasing-rate
    """
    positive_number("gamma0", gamma0)
    positive_number("k0", k0)
    return lambda k: gamma0 / (1 + k / k0)


def _epochs(count: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    while True:
        order = rng.permutation(count)
        for first in range(0, count, batch_size):
            yield order[first : first + batch_size]


def _without_replacement(count: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    while True:
        yield rng.choice(count, size=batch_size, replace=False)


def _with_replacement(count: int, batch_size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    while True:
        yield rng.integers(count, size=batch_size)


_DRAWS = {"epochs": _epochs, "without replacement": _without_replacement, "with replacement": _with_replacement}


def _descent(
    gradient: Gradient, theta0: ArrayLike, learning_rate: Rate, steps: int, sample: Callable[[], np.ndarray]
) -> np.ndarray:
    """Sample, compute the gradient, update: what differs between the three is what a step samples."""
    theta = finite_array("theta0", theta0, (None,))
    rate = learning_rate if callable(learning_rate) else lambda k: learning_rate
    path = np.full((whole_number("steps", steps, least=0) + 1, theta.size), np.inf)
    path[0] = theta
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(steps):
            g = np.asarray(gradient(theta, sample()), dtype=float)
            if g.shape != theta.shape:
                raise ValueError(f"gradient: expected shape {theta.shape} like theta0, got {g.shape}")
            theta = theta - positive_number("learning_rate", rate(k)) * g
            if not np.isfinite(theta).all():
                break
            path[k + 1] = theta
    return path
