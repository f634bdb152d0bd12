"""Mistakes in batch normalisation while training, made from the right answer.

They have the arguments of the exercise: x, scale, shift, running mean and variance, share, epsilon.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.learning.batch_norm import Statistics, batch_norm_train, update_running

Arrays = tuple[np.ndarray, ...]


def but(change: Callable[..., Arrays]) -> Callable[..., Arrays]:
    """A mistaken answer: `change` takes the three right results, then the arguments."""

    def answer(
        x: np.ndarray,
        scale: np.ndarray,
        shift: np.ndarray,
        mean: np.ndarray,
        variance: np.ndarray,
        share: float,
        epsilon: float,
    ) -> Arrays:
        z, _, batch = batch_norm_train(x, scale, shift, epsilon)
        new = update_running(Statistics(mean, variance), batch, len(x), share)
        return change(z, *new, x, scale, shift, mean, variance, share, epsilon)

    return answer


def divided_by(spread: Callable[[np.ndarray, float], np.ndarray]) -> Callable[..., Arrays]:
    """A mistaken answer: the deviations are divided by `spread(x, epsilon)`."""
    return but(
        lambda z, new_m, new_v, x, scale, shift, mean, variance, share, epsilon: (
            scale * (x - x.mean(axis=0)) / spread(x, epsilon) + shift,
            new_m,
            new_v,
        )
    )


def running_but(change: Callable[..., tuple[np.ndarray, np.ndarray]]) -> Callable[..., Arrays]:
    """A mistaken answer: `change(x, mean, variance, share)` makes the new running statistics."""
    return but(lambda z, new_m, new_v, x, scale, shift, mean, variance, share, epsilon: (z, *change(x, mean, variance, share)))


def toward(old: np.ndarray, batch: np.ndarray, share: float) -> np.ndarray:
    """A running statistic that goes the share `share` of the way to that of the batch."""
    return old + share * (batch - old)


def over_the_units(z, new_m, new_v, x, scale, shift, mean, variance, share, epsilon):
    """Mistake, for `but`: mean and variance are taken along the wrong axis."""
    centre, spread = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    normalised = (x - centre) / np.sqrt(spread + epsilon)
    return (
        normalised * scale + shift,
        toward(mean, centre, share),
        toward(variance, spread * x.shape[1] / (x.shape[1] - 1), share),
    )
