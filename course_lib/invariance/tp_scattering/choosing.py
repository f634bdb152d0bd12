"""Question of the exercise sheet: a linear support vector machine whose C is chosen on validation images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.svm import SVC

from course_lib.invariance.tp_scattering.choosing_mistakes import (
    MISTAKES,
    SIZES,
    STRENGTHS,
    TELLING,
    Split,
    accuracy,
    both,
    drawn,
    first_best,
    sweep,
)
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    return {**drawn(int(rng.choice(TELLING)))._asdict(), "Cs": STRENGTHS}


@np.errstate(all="ignore")
def _fault(*given: Any) -> str | None:
    split, (found_C, found) = Split(*given[:6]), given[7:]
    accuracies = sweep(split)
    C = first_best(accuracies)
    if differs(found_C, np.array(C)) is not None:
        return (
            f"fitted to the training images, the machines with C = {STRENGTHS.tolist()} are right on the shares "
            f"{np.round(accuracies, 3).tolist()} of the validation images. Your C is {float(found_C):.4g}."
        )
    expected = accuracy(C, both(split), [*split[4:]])
    if differs(found, np.array(expected)) is not None:
        return (
            f"C is right. The machine with this C, fitted anew to training and validation images together and scaled by them, "
            f"is right on {expected:.4g} of the test images; yours on {float(found):.4g}."
        )
    return None


@contextmanager
def tested_once(*given: Any) -> Iterator[None]:
    """While this lasts, a support vector machine may predict the test labels once only.

    Raises
    ------
    DetourError
        At the end, if it did so more often.
    """
    seen, predict = [], SVC.predict

    def noted(self: SVC, X: Any) -> np.ndarray:
        seen.append(len(X))
        return predict(self, X)

    SVC.predict = noted
    try:
        yield
    finally:
        del SVC.predict  # it is inherited
    times = seen.count(SIZES[2])
    if times > 1:
        raise DetourError(
            f"your function looks at the test images {times} times. If they choose C, they are no test any more: choose by "
            "the validation images, and score once."
        )


def _wrong(mistake: Callable[[Split], tuple[float, float]]) -> Callable[..., tuple[float, float]]:
    return lambda *given: mistake(Split(*given[:6]))


QUESTIONS = {
    "choose-c": Question(
        function="choose_C(train, train_labels, validation, validation_labels, test, test_labels, Cs)",
        draw=_draw,
        returns={"the C": lambda *given: (), "the accuracy": lambda *given: ()},
        fault=_fault,
        misconceptions={words: _wrong(mistake) for words, mistake in MISTAKES.items()},
        praise="C was chosen without the test images, and they were asked once.",
        watch=tested_once,
        seconds=40,
        cases=2,
    ),
}
