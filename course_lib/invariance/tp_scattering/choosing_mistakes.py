"""Data for the choice of C, the right choice, and the usual mistakes, each by the C and the test accuracy that it leads to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn.svm import SVC

#: Numbers of training, validation and test images; all different, so that a prediction tells what was predicted.
SIZES = (12, 14, 37)
STRENGTHS = np.array([0.001, 0.01, 0.1, 1.0, 10.0])
#: Seeds of data on which each of the mistakes below shows; to look for them in every check would take too long.
TELLING = (0, 7, 8, 23, 33, 35, 36, 41, 42, 48, 49, 50, 60, 61, 63, 71, 82, 87, 88, 92, 108, 115, 117)


class Split(NamedTuple):
    """Features and labels of three sets, as the exercise hands them over."""

    train: np.ndarray
    train_labels: np.ndarray
    validation: np.ndarray
    validation_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def drawn(seed: int) -> Split:
    """Two noisy classes, with features in different units."""
    rng, parts = np.random.default_rng(seed), []
    for size in SIZES:
        labels = rng.permutation(np.arange(size) % 2)
        x = rng.normal(size=(size, 4))
        x[:, 0] += 1.2 * labels
        parts += [np.round(x * [1, 30, 0.2, 5], 3), labels]
    return Split(*parts)


def accuracy(C: float, fitted: list[np.ndarray], scored: list[np.ndarray], scale: np.ndarray | None = None) -> float:
    """Of a linear machine, fitted to [features, labels] in the units of `scale`, which are those features by default."""
    scale = fitted[0] if scale is None else scale
    mean, spread = scale.mean(axis=0), scale.std(axis=0)
    machine = SVC(kernel="linear", C=C).fit((fitted[0] - mean) / spread, fitted[1])
    return float(machine.score((scored[0] - mean) / spread, scored[1]))


def sweep(split: Split, scale: np.ndarray | None = None) -> np.ndarray:
    """Validation accuracy for each C."""
    return np.array([accuracy(C, [*split[:2]], [*split[2:4]], scale) for C in STRENGTHS])


def both(split: Split) -> list[np.ndarray]:
    """Training and validation images together: features and labels."""
    return [np.concatenate([split.train, split.validation]), np.concatenate([split.train_labels, split.validation_labels])]


def first_best(values: np.ndarray) -> float:
    """The smallest C with the highest accuracy."""
    return float(STRENGTHS[np.argmax(values)])


def right(split: Split) -> tuple[float, float]:
    """The smallest of the best C, and the test accuracy of the machine that is fitted anew with it."""
    C = first_best(sweep(split))
    return C, accuracy(C, both(split), [*split[4:]])


def _on_train(split: Split) -> tuple[float, float]:
    C = first_best(np.array([accuracy(C, [*split[:2]], [*split[:2]]) for C in STRENGTHS]))
    return C, accuracy(C, both(split), [*split[4:]])


def _last_best(split: Split) -> tuple[float, float]:
    C = float(STRENGTHS[::-1][np.argmax(sweep(split)[::-1])])
    return C, accuracy(C, both(split), [*split[4:]])


def _not_again(split: Split) -> tuple[float, float]:
    C = first_best(sweep(split))
    return C, accuracy(C, [*split[:2]], [*split[4:]])


def _validated(split: Split) -> tuple[float, float]:
    return first_best(sweep(split)), float(sweep(split).max())


def _all_in_scale(split: Split) -> tuple[float, float]:
    everything = np.concatenate([split.train, split.validation, split.test])
    C = first_best(sweep(split, everything))
    return C, accuracy(C, both(split), [*split[4:]], everything)


def _no_scale(split: Split) -> tuple[float, float]:
    unit = np.array([[-1.0], [1.0]])  # mean 0, spread 1
    C = first_best(sweep(split, unit))
    return C, accuracy(C, both(split), [*split[4:]], unit)


MISTAKES: dict[str, Callable[[Split], tuple[float, float]]] = {
    "C is chosen by the accuracy on the images that the machine was fitted to. It flatters large C; choose by the validation "
    "images.": _on_train,
    "among equally good values, the smallest C should win: it is the simplest machine.": _last_best,
    "the machine that is tested has seen the training images only. Once C is chosen, the validation images can teach too.": (
        _not_again
    ),
    "this is the accuracy on the validation images, which chose C. Asked for is that on the test images.": _validated,
    "the test images take part in the scaling. Mean and spread belong to the fit: they come from the images that the machine "
    "is fitted to.": _all_in_scale,
    "the features are not standardised, and those with large units rule.": _no_scale,
}


def tells_apart(split: Split) -> bool:
    """Whether each of the mistakes shows, in the C or in the accuracy, and none looks like another."""
    outcomes = [right(split), *(mistake(split) for mistake in MISTAKES.values())]
    return len(set(outcomes)) == len(outcomes)
