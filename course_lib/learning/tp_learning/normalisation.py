"""Question of the exercise sheet: batch normalisation while training."""

from __future__ import annotations

import numpy as np

from course_lib.learning.tp_learning.normalisation_mistakes import but, divided_by, over_the_units, running_but, toward
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question


def frozen_case(rng: np.random.Generator) -> Arguments:
    """Arguments of batch normalisation in evaluation; the batch spreads in each unit."""
    x = numbers(rng, 5, 3)
    while x.var(axis=0).min() < 0.2:
        x = numbers(rng, 5, 3)
    return {
        "x": x,
        "scale": numbers(rng, 3),
        "shift": numbers(rng, 3),
        "running_mean": numbers(rng, 3),
        "running_variance": np.abs(numbers(rng, 3)),
        "epsilon": float(rng.choice([0.1, 0.2, 0.5])),
    }


def _draw_train(rng: np.random.Generator) -> Arguments:
    drawn = frozen_case(rng)
    epsilon = drawn.pop("epsilon")
    return {**drawn, "share": float(rng.choice([0.1, 0.2, 0.3])), "epsilon": epsilon}


@np.errstate(all="ignore")
def _train_fault(
    x: np.ndarray,
    scale: np.ndarray,
    shift: np.ndarray,
    running_mean: np.ndarray,
    running_variance: np.ndarray,
    share: float,
    epsilon: float,
    z: np.ndarray,
    new_mean: np.ndarray,
    new_variance: np.ndarray,
) -> str | None:
    centred, variance = x - x.mean(axis=0), x.var(axis=0)
    if (place := differs(z.mean(axis=0), shift)) is not None:
        j = place[0]
        return f"over the batch, the mean of unit {j} of z should be shift[{j}] = {shift[j]:.4g}; it is {z[:, j].mean():.4g}."
    slope = np.sum(z * centred, axis=0) / np.sum(centred**2, axis=0)
    if (place := differs(slope**2 * (variance + epsilon), scale**2)) is not None or (slope * scale < 0).any():
        j = place[0] if place else int(np.argmax(slope * scale < 0))
        return (
            f"when x[:, {j}] spreads by 1, z[:, {j}] spreads by {slope[j]:.4g} in your answer. With the variance "
            f"{variance[j]:.4g} of the batch (a mean over its {len(x)} samples), epsilon and scale[{j}] it should not."
        )
    if differs(z, shift + slope * centred) is not None:
        return "z should be a linear function of x in each unit, the same for all samples of the batch."
    for name, old, new, batch in (
        ("mean", running_mean, new_mean, x.mean(axis=0)),
        ("variance", running_variance, new_variance, x.var(axis=0, ddof=1)),
    ):
        if (place := differs(new - old, share * (batch - old))) is not None:
            j = place[0]
            return (
                f"the running {name} of unit {j} should go the share {share:g} of the way from {old[j]:.4g} to {batch[j]:.4g}, "
                f"the {name} of the batch{' without bias' * (name == 'variance')}; yours goes to {new[j]:.4g}."
            )
    return None


QUESTIONS = {
    "batch-norm-train": Question(
        function="batch_norm_train(x, scale, shift, running_mean, running_variance, share, epsilon)",
        draw=_draw_train,
        returns={
            "z": lambda x, scale, *others: x.shape,
            "the new running_mean": lambda x, scale, *others: scale.shape,
            "the new running_variance": lambda x, scale, *others: scale.shape,
        },
        fault=_train_fault,
        misconceptions={
            "mean and variance are taken along the wrong axis: over the units of a sample. Each unit is normalised by itself, "
            "over the samples.": but(over_the_units),
            "the batch is normalised with a variance that is divided by m − 1. Inside the batch it is a plain mean of squares; "
            "only the running variance is freed of its bias.": divided_by(lambda x, e: np.sqrt(x.var(axis=0, ddof=1) + e)),
            "epsilon is added to the standard deviation. It belongs to the variance, under the root.": divided_by(
                lambda x, e: x.std(axis=0) + e
            ),
            "epsilon is missing. A unit that is constant in a batch would be divided by zero.": divided_by(
                lambda x, e: x.std(axis=0)
            ),
            "the deviations are divided by the variance, not by its root.": divided_by(lambda x, e: x.var(axis=0) + e),
            "the running statistics keep the share `share` of what they were. It is the weight of the new batch.": running_but(
                lambda x, m, v, share: (toward(m, x.mean(axis=0), 1 - share), toward(v, x.var(axis=0, ddof=1), 1 - share))
            ),
            "the running variance takes in the variance of the batch with its bias. A variance about the batch's own mean "
            "comes out too small, and m samples are few.": running_but(
                lambda x, m, v, share: (toward(m, x.mean(axis=0), share), toward(v, x.var(axis=0), share))
            ),
            "the running statistics are replaced by those of the batch. They should remember earlier batches.": running_but(
                lambda x, m, v, share: (x.mean(axis=0), x.var(axis=0, ddof=1))
            ),
            "the running statistics come back as they were.": running_but(lambda x, m, v, share: (m, v)),
            "the batch is normalised with the running statistics. That is for evaluation; in training it is normalised with "
            "its own.": but(
                lambda z, new_m, new_v, x, scale, shift, mean, variance, share, epsilon: (
                    scale * (x - mean) / np.sqrt(variance + epsilon) + shift,
                    new_m,
                    new_v,
                )
            ),
        },
        praise="Each unit has mean shift and spread scale over the batch, epsilon aside, and the running statistics follow.",
    ),
}
