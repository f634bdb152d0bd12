"""Question of the exercise sheet: features in units of their spread over the training images."""

from __future__ import annotations

import numpy as np

from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question

Pair = tuple[np.ndarray, np.ndarray]


def _draw(rng: np.random.Generator) -> Arguments:
    train, test = numbers(rng, 6, 4), numbers(rng, 5, 4) + numbers(rng, 4)
    while train.std(axis=0).min() < 0.4 or test.std(axis=0).min() < 0.4:
        train, test = numbers(rng, 6, 4), numbers(rng, 5, 4) + numbers(rng, 4)
    constant = int(rng.integers(4))
    train[:, constant] = train[0, constant]
    return {"train": train, "test": test}


def scaled(
    train: np.ndarray, test: np.ndarray, of_train: np.ndarray, of_test: np.ndarray, *, ddof: int = 0, least: float | None = None
) -> Pair:
    """Both in units of the mean and spread of `of_train` and of `of_test`; a spread of zero counts as one, or as `least`."""
    results = []
    for features, source in ((train, of_train), (test, of_test)):
        spread = source.std(axis=0, ddof=ddof)
        spread = np.where(spread == 0, 1, spread) if least is None else np.maximum(spread, least)
        results.append((features - source.mean(axis=0)) / spread)
    return results[0], results[1]


@np.errstate(all="ignore")
def _fault(train: np.ndarray, test: np.ndarray, new_train: np.ndarray, new_test: np.ndarray) -> str | None:
    """A linear map, the same for both sets, gives the training features mean zero and mean square one."""
    if (place := differs(new_train.sum(axis=0), np.zeros(train.shape[1]))) is not None:
        f = place[0]
        return f"the mean of feature {f} over the training images should become zero; it is {new_train[:, f].mean():.4g}."
    constant = np.ptp(train, axis=0) == 0
    if (place := differs(np.mean(new_train**2, axis=0), 1.0 - constant)) is not None:
        f = place[0]
        return f"over the training images, the spread of feature {f} should become 1; it is {new_train[:, f].std():.4g}."
    centred = train - train.mean(axis=0)
    factor = np.where(constant, 1, np.sum(new_train * centred, axis=0) / np.where(constant, 1, np.sum(centred**2, axis=0)))
    if (place := differs(new_train, centred * factor)) is not None or (factor < 0).any():
        return "each training feature should be shifted and divided by a positive number, the same for all images."
    if (place := differs(new_test, (test - train.mean(axis=0)) * factor)) is not None:
        i, f = place
        return (
            f"the training features are right. Feature {f} of test image {i} should be shifted and divided as in the training "
            f"images{', where it is constant: there it is only shifted' * bool(constant[f])}; yours is {new_test[place]:.5g}."
        )
    return None


QUESTIONS = {
    "standardise": Question(
        function="standardise(train, test)",
        draw=_draw,
        returns={"the new train": lambda train, test: train.shape, "the new test": lambda train, test: test.shape},
        fault=_fault,
        misconceptions={
            "the test images take part: mean and spread are those of all images together. A test image must not change what "
            "is done to the others.": lambda train, test: scaled(train, test, *[np.concatenate([train, test])] * 2),
            "the test images are measured by their own mean and spread. The classifier was fitted in the units of the training "
            "images, and a single test image has no spread at all.": lambda train, test: scaled(train, test, train, test),
            "mean and spread are those of the test images.": lambda train, test: scaled(train, test, test, test),
            "mean and spread are taken over the features of each image. Take them over the images, for each feature.": (
                lambda train, test: tuple(part.T for part in scaled(train.T, test.T, train.T, test.T))
            ),
            "the variance is divided by n − 1; here by n, as `std` does by itself.": lambda train, test: scaled(
                train, test, train, train, ddof=1
            ),
            "only the training images are put in units of their spread; the test images are left as they were.": (
                lambda train, test: (scaled(train, test, train, train)[0], test)
            ),
            "one mean and one spread serve all features. Each feature has its own.": lambda train, test: (
                (train - train.mean()) / train.std(),
                (test - train.mean()) / train.std(),
            ),
            "a feature that is constant over the training images is divided by almost nothing, and becomes huge in a test "
            "image. Shift it, and divide by 1.": lambda train, test: scaled(train, test, train, train, least=1e-12),
            "a feature that is constant over the training images is divided by almost nothing. Shift it, and divide by 1.": (
                lambda train, test: scaled(train, test, train, train, least=1e-8)
            ),
        },
        praise="The training images alone say how features are measured.",
    ),
}
