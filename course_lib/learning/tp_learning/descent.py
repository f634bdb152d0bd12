"""Question of the exercise sheet: mini-batch descent.

There are as many samples as parameters, and their inputs are linearly independent: a step alone then tells how much each sample
weighed in it.
"""

from __future__ import annotations

import numpy as np

from course_lib.learning.tp_learning.cases import LogisticGradients, Seeded, generator
from course_lib.teaching.properties import numbers
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.randomness import from_the_given_rng

SAMPLES = 10
#: Two right epochs have the same batches with a chance of at most 1 to 3150, all four of them with 1 to 3150³ = 3·10¹⁰.
EPOCHS = 4


def _draw(rng: np.random.Generator) -> Arguments:
    x = 2 * np.eye(SAMPLES) + numbers(rng, SAMPLES, SAMPLES) / 16
    return {
        "gradients": LogisticGradients(x, rng.integers(0, 2, SAMPLES)),
        "theta0": numbers(rng, SAMPLES) / 2,
        "N": SAMPLES,
        "batch_size": int(rng.choice([3, 4])),
        "learning_rate": float(rng.choice([0.1, 0.2, 0.3])),
        "epochs": EPOCHS,
        "rng": generator(rng),
    }


def sizes(N: int, batch_size: int, epochs: int) -> np.ndarray:
    """Number of samples in each batch.

    >>> sizes(10, 4, epochs=2).tolist()
    [4, 4, 2, 4, 4, 2]
    """
    one = [min(batch_size, N - first) for first in range(0, N, batch_size)]
    return np.array(one * epochs)


@np.errstate(all="ignore")
def _fault(
    gradients: LogisticGradients,
    theta0: np.ndarray,
    N: int,
    batch_size: int,
    learning_rate: float,
    epochs: int,
    rng: Seeded,
    path: np.ndarray,
) -> str | None:
    if np.abs(path - path[-1]).max() == 0:
        return "all rows of your path are the same. Is it one array that is changed in place, and stored again and again?"
    if np.abs(path[0] - theta0).max() > 1e-9:
        return "the first row of the path should be theta0, before any step."
    weights = _weights(gradients, path) / learning_rate
    batches = sizes(N, batch_size, epochs)
    dealt = _counts(weights, batches, batches)
    if dealt is None:
        return _misweighed(weights, batches, batch_size, N)
    steps = len(batches) // epochs
    for epoch, counts in enumerate(dealt.reshape(epochs, steps, N).sum(axis=1)):
        if (counts != 1).any():
            often, never = int(counts.argmax()), int(counts.argmin())
            return (
                f"in epoch {epoch}, sample {often} is used {int(counts[often])} times and sample {never} "
                f"{int(counts[never])} times. Deal the samples out, each once in an epoch, instead of drawing each batch anew."
            )
    if (dealt.reshape(epochs, -1) == dealt[:steps].ravel()).all():
        if (dealt[:steps].argmax(axis=0) == np.arange(N) // batch_size).all():
            return "the samples come in the order in which they are stored, in every epoch. Shuffle them."
        return "every epoch has the same batches. Shuffle at the beginning of each epoch, not once for all."
    return None


def _weights(gradients: LogisticGradients, path: np.ndarray) -> np.ndarray:
    """By which multiple of each sample's gradient each step went downhill, shape (steps, N)."""
    moved = np.linalg.solve(gradients.x.T, (path[:-1] - path[1:]).T).T
    return moved / np.array([gradients.residuals(theta) for theta in path[:-1]])


def _counts(weights: np.ndarray, divisors: np.ndarray | int, batches: np.ndarray) -> np.ndarray | None:
    """How often each sample is in each batch, if the gradients' sums were divided so; None if that cannot be."""
    counts = weights * np.reshape(divisors, (-1, 1))
    if not np.abs(counts - np.round(counts)).max() < 1e-5 or counts.min() < -0.5:
        return None
    counts = np.round(counts)
    return counts if (counts.sum(axis=1) == batches).all() else None


def _misweighed(weights: np.ndarray, batches: np.ndarray, batch_size: int, N: int) -> str:
    def fits(sign: int, divisors: np.ndarray | int) -> bool:
        return _counts(sign * weights, divisors, batches) is not None

    if any(fits(-1, divisors) for divisors in (batches, 1, batch_size, N)):
        return "your steps go uphill: the gradient points to where the loss grows."
    if fits(1, 1):
        return "a step follows the sum of the gradients of its batch. It should be their mean, whatever the size of the batch."
    if fits(1, batch_size):
        return (
            f"the last batch of an epoch is divided by batch_size = {batch_size}, but it holds fewer, here {batches[-1]}. "
            "Divide by the number that it holds."
        )
    if fits(1, N):
        return "the sum over a batch is divided by N. The mean over a batch is taken over its own samples."
    wrong = [k for k in range(len(batches)) if _counts(weights[[k]], batches[[k]], batches[[k]]) is None]
    k = wrong[0] if wrong else 0
    return (
        f"the step from path[{k}] to path[{k + 1}] should be −learning_rate times the mean of the gradients of "
        f"{batches[k]} samples, taken at path[{k}], and it is not. At which θ are the gradients taken, and of which samples?"
    )


QUESTIONS = {
    "minibatch-sgd": Question(
        function="minibatch_sgd(gradients, theta0, N, batch_size, learning_rate, epochs, rng)",
        draw=_draw,
        returns={
            "the path, a row for theta0 and one for each step, those with a smaller last batch included,": (
                lambda gradients, theta0, N, batch_size, learning_rate, epochs, rng: (
                    len(sizes(N, batch_size, epochs)) + 1,
                    len(theta0),
                )
            )
        },
        fault=_fault,
        misconceptions={},
        praise="Each epoch deals out all samples once, in a new order, and each step follows the mean gradient of its batch.",
        watch=from_the_given_rng,
        seconds=20,
    ),
}
