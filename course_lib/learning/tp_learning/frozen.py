"""Question of the exercise sheet: batch normalisation in evaluation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.learning.batch_norm import Statistics, batch_norm_eval
from course_lib.learning.tp_learning.normalisation import frozen_case
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Question


@np.errstate(all="ignore")
def _fault(
    x: np.ndarray,
    scale: np.ndarray,
    shift: np.ndarray,
    running_mean: np.ndarray,
    running_variance: np.ndarray,
    epsilon: float,
    z: np.ndarray,
) -> str | None:
    found, expected = (z - shift) ** 2 * (running_variance + epsilon), (scale * (x - running_mean)) ** 2
    turned = (z - shift) * scale * (x - running_mean) < 0
    if (place := differs(found, expected)) is None and not turned.any():
        return None
    i, j = place or np.unravel_index(np.argmax(turned), turned.shape)
    return (
        f"x[{i}, {j}] = {x[i, j]:.4g} is {x[i, j] - running_mean[j]:.4g} away from the running mean of its unit, and the "
        f"running variance is {running_variance[j]:.4g}; z[{i}, {j}] = {z[i, j]:.4g} does not follow from them."
    )


def _with(statistics: Callable[..., tuple[np.ndarray, np.ndarray]]) -> Callable[..., np.ndarray]:
    """A mistaken answer: `statistics(x, mean, variance)` makes those that are used."""
    return lambda x, scale, shift, mean, variance, epsilon: batch_norm_eval(
        x, scale, shift, Statistics(*statistics(x, mean, variance)), epsilon
    )[0]


def _divided_by(spread: Callable[[np.ndarray, float], np.ndarray]) -> Callable[..., np.ndarray]:
    """A mistaken answer: the deviations are divided by `spread(variance, epsilon)`."""
    return lambda x, scale, shift, mean, variance, epsilon: (x - mean) * (scale / spread(variance, epsilon)) + shift


QUESTIONS = {
    "batch-norm-eval": Question(
        function="batch_norm_eval(x, scale, shift, running_mean, running_variance, epsilon)",
        draw=frozen_case,
        returns={"z": lambda x, *others: x.shape},
        fault=_fault,
        misconceptions={
            "the batch's own mean and variance are used. In evaluation a sample must not depend on who else is in the "
            "batch.": _with(lambda x, mean, variance: (x.mean(axis=0), x.var(axis=0))),
            "the batch's own mean is used, with the running variance.": _with(
                lambda x, mean, variance: (x.mean(axis=0), variance)
            ),
            "the running mean is used, with the batch's own variance.": _with(lambda x, mean, variance: (mean, x.var(axis=0))),
            "epsilon is added to the standard deviation. It belongs to the variance, under the root.": _divided_by(
                lambda variance, epsilon: np.sqrt(variance) + epsilon
            ),
            "epsilon is missing.": _divided_by(lambda variance, epsilon: np.sqrt(variance)),
            "the deviations are divided by the variance, not by its root.": _divided_by(
                lambda variance, epsilon: variance + epsilon
            ),
            "scale and shift are missing: they are used in evaluation as in training.": (
                lambda x, scale, shift, mean, variance, epsilon: (x - mean) / np.sqrt(variance + epsilon)
            ),
        },
        praise="Each sample is treated alone, by one linear function per unit.",
    ),
}
