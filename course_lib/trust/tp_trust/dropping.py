"""Question of the exercise sheet: what a model loses that never had a predictor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question
from course_lib.trust.tp_trust.models import LeastSquares, mean_square


def _draw(rng: np.random.Generator) -> Arguments:
    n = int(rng.integers(3, 5))
    theta = numbers(rng, n) / 2
    x, x_test = numbers(rng, 12, n) + 1, numbers(rng, 7, n) + 1
    y, y_test = (part @ theta + numbers(rng, len(part)) / 2 for part in (x, x_test))
    return {"fit": LeastSquares(), "x": x, "y": y, "x_test": x_test, "y_test": y_test}


def _without(x: np.ndarray, j: int) -> np.ndarray:
    return x[:, [k for k in range(x.shape[1]) if k != j]]


@np.errstate(all="ignore")
def _fault(fit: Any, x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray, found: np.ndarray) -> str | None:
    full = mean_square(y_test, fit(x, y)(x_test))
    for j in range(x.shape[1]):
        less = mean_square(y_test, fit(_without(x, j), y)(_without(x_test, j)))
        if differs(found[j], np.array(less - full)) is not None:
            return (
                f"predictor {j}: a model that is fitted without it has the loss {less:.6g} on the test data, one that is "
                f"fitted "
                f"with all has {full:.6g}. Your importance is {found[j]:.6g}."
            )
    return None


def _scored(fit: Any, fitted: tuple[Any, Any], on: tuple[Any, Any], baseline_on: tuple[Any, Any] | None = None) -> np.ndarray:
    """Importances of models fitted to `fitted` and scored on `on`, the model with all predictors on `baseline_on`."""
    baseline_on = on if baseline_on is None else baseline_on
    full = mean_square(baseline_on[1], fit(*fitted)(baseline_on[0]))
    columns = range(fitted[0].shape[1])
    return np.array([mean_square(on[1], fit(_without(fitted[0], j), fitted[1])(_without(on[0], j))) for j in columns]) - full


def _not_again(fit: Any, x: Any, y: Any, x_test: Any, y_test: Any, fill: Callable[[np.ndarray], float]) -> np.ndarray:
    """The model with all predictors is kept, and the column is filled with one number."""
    model, after = fit(x, y), []
    for j in range(x.shape[1]):
        new = x_test.copy()
        new[:, j] = fill(x[:, j])
        after.append(mean_square(y_test, model(new)))
    return np.array(after) - mean_square(y_test, model(x_test))


def _right(fit: Any, x: Any, y: Any, x_test: Any, y_test: Any) -> np.ndarray:
    return _scored(fit, (x, y), (x_test, y_test))


QUESTIONS = {
    "drop-column": Question(
        function="drop_column(fit, x, y, x_test, y_test)",
        draw=_draw,
        returns={"the importances": lambda fit, x, y, x_test, y_test: x.shape[1:]},
        fault=_fault,
        misconceptions={
            "the losses are taken on the training data. There, a model with one predictor more is never worse, however "
            "useless that "
            "is: this cannot show it.": lambda fit, x, y, x_test, y_test: _scored(fit, (x, y), (x, y)),
            "the models are fitted to the test data.": lambda fit, x, y, x_test, y_test: _scored(
                fit, (x_test, y_test), (x_test, y_test)
            ),
            "the model with all predictors is scored on the training data, the others on the test data.": (
                lambda fit, x, y, x_test, y_test: _scored(fit, (x, y), (x_test, y_test), (x, y))
            ),
            "the loss of the model with all predictors is not taken off.": lambda fit, x, y, x_test, y_test: (
                _right(fit, x, y, x_test, y_test) + mean_square(y_test, fit(x, y)(x_test))
            ),
            "the sign is wrong: a predictor is worth something if the loss is larger without it.": lambda *given: (
                -_right(*given)
            ),
            "the model is not fitted anew: the one with all predictors is asked about zeros. A new model can make up for "
            "what is "
            "missing.": lambda *given: _not_again(*given, fill=lambda column: 0.0),
            "the model is not fitted anew: the one with all predictors is asked about the mean of the column. A new model "
            "can make "
            "up for what is missing.": lambda *given: _not_again(*given, fill=np.mean),
        },
        praise="Fitted anew without each predictor, and scored on data that no model has seen.",
        seconds=60,  # for the picture
    ),
}
