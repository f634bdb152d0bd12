"""Question of the exercise sheet: an experiment on how noisy the gradient of a mini-batch is."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from course_lib.learning.tp_learning.cases import LogisticGradients, Seeded, generator
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.randomness import from_the_given_rng

SAMPLES = 200
#: By which share a measured noise may differ from its expectation. The mean of 1000 draws has a relative standard deviation of
#: less than 3 %, so this is more than eight of them. What is expected is less when a batch holds no sample twice.
MARGIN = 0.25


def _draw(rng: np.random.Generator) -> Arguments:
    theta = numbers(rng, 4) / 4
    x = rng.uniform(-1, 1, (SAMPLES, 4))
    y = (rng.random(SAMPLES) < expit(-4 * x @ theta)) * 1.0  # far from the minimum, so that the full gradient is not zero
    return {
        "gradients": LogisticGradients(x, y),
        "theta": theta,
        "N": SAMPLES,
        "batch_sizes": np.array([1, 3, 9, 27]),
        "draws": 1000,
        "rng": generator(rng),
    }


def _near(noise: np.ndarray, single: float, m: np.ndarray) -> bool:
    without_replacement = (SAMPLES - m) / (SAMPLES - 1)
    ratio = noise * m / single
    return bool(((ratio > (1 - MARGIN) * without_replacement) & (ratio < 1 + MARGIN)).all())


@np.errstate(all="ignore")
def _fault(
    gradients: LogisticGradients,
    theta: np.ndarray,
    N: int,
    batch_sizes: np.ndarray,
    draws: int,
    rng: Seeded,
    noise: np.ndarray,
    exponent: np.ndarray,
) -> str | None:
    each = gradients(theta, np.arange(N))
    full = each.mean(axis=0)
    single, m = float(np.mean(np.sum((each - full) ** 2, axis=1))), batch_sizes
    if not _near(noise, single, m):
        return _misread(noise, single, float(full @ full), m, len(theta))
    line = np.polynomial.Polynomial.fit(np.log(m), np.log(noise), 1).convert().coef
    if differs(exponent, line[1]) is None:
        return None
    if differs(exponent, -line[1]) is None:
        return "the noise is right. The exponent is the slope of log(noise) against log(m), and the noise falls: mind the sign."
    if differs(exponent, line[0]) is None:
        return "the noise is right. The exponent is the slope of the line; you return where it meets the axis."
    if differs(exponent, np.polynomial.Polynomial.fit(m, noise, 1).convert().coef[1]) is None:
        return "the noise is right. The line is fitted to noise against m; a power law is a line in the logarithms of both."
    if differs(exponent, 1 / line[1]) is None or differs(exponent, np.polyfit(np.log(noise), np.log(m), 1)[0]) is None:
        return "the noise is right. The line is fitted the other way round: log(noise) belongs on the upright axis."
    return (
        "the noise is right. The exponent should be the slope of the straight line that fits log(noise) against "
        f"log(batch_sizes) best, here {line[1]:.4g}; yours is {float(exponent):.4g}."
    )


def _misread(noise: np.ndarray, single: float, full: float, m: np.ndarray, size: int) -> str:
    readings = {
        "these are root mean squares; asked for is the mean of the squared distance.": noise**2,
        "the squares are averaged over the components of the gradient. A squared distance is their sum.": noise * size,
        "the gradients of a batch are added up. A step follows their mean.": noise / m**2,
        "the noise does not fall with m: each gradient's own distance is squared. Average over the batch first, then "
        "square.": noise / m,
        "the squared length of the batch's gradient is measured from zero. Take off the gradient of all samples first.": noise
        - full,
    }
    for words, reading in readings.items():
        if _near(reading, single, m):
            return words
    if not noise.any():
        return "no noise at all? Every draw needs a batch of its own, and its gradient differs from that of all samples."
    k = int(np.argmax(np.abs(np.nan_to_num(np.log(np.abs(noise) * m / single), nan=np.inf, posinf=1e9, neginf=-1e9))))
    return (
        f"for m = {m[k]}, the mean squared distance from the gradient of all samples should be {single / m[k]:.3g}, within "
        f"{MARGIN:.0%} or so; yours is {noise[k]:.3g}. Each draw takes a new batch of m samples out of all N."
    )


QUESTIONS = {
    "batch-noise": Question(
        function="batch_noise(gradients, theta, N, batch_sizes, draws, rng)",
        draw=_draw,
        returns={
            "the noise": lambda gradients, theta, N, batch_sizes, draws, rng: batch_sizes.shape,
            "the exponent": lambda gradients, theta, N, batch_sizes, draws, rng: (),
        },
        fault=_fault,
        misconceptions={},
        praise="The noise is what theory expects at every m, and the exponent is that of your own measurements.",
        watch=from_the_given_rng,
        seconds=40,
        cases=2,
    ),
}
