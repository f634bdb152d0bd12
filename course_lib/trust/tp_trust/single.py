"""Question of the exercise sheet: permutation importance in a single pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.trust.tp_trust.models import mean_square, spoiled, table

Loss = Callable[[np.ndarray, np.ndarray], float]
Spoil = Callable[[np.ndarray, int, np.ndarray], np.ndarray]


def _draw(rng: np.random.Generator) -> Arguments:
    return table(rng, N=9, n=3, repeats=2)


def _one(x: np.ndarray, j: int, orders: np.ndarray) -> np.ndarray:
    return spoiled(x, [j], orders)


def losses(
    predict: Any, x: np.ndarray, y: np.ndarray, orders: np.ndarray, spoil: Spoil = _one, loss: Loss = mean_square
) -> Any:
    """The loss after each predictor is spoiled, shape (repeats, n), and the one before."""
    after = np.array([[loss(y, predict(spoil(x, j, own))) for j in range(x.shape[1])] for own in orders])
    return after, loss(y, predict(x))


@np.errstate(all="ignore")
def _fault(predict: Any, x: np.ndarray, y: np.ndarray, orders: np.ndarray, found: np.ndarray) -> str | None:
    after, before = losses(predict, x, y, orders)
    if (place := differs(before + found, after)) is not None:
        r, j = place
        return (
            f"repeat {r}, predictor {j}: the loss is {before:.6g} as the data are, and {after[place]:.6g} with the values of "
            f"this "
            f"predictor, and of no other, in the order orders[{r}, {j}]. Your importance is {found[place]:.6g}."
        )
    return None


def _but(
    spoil: Spoil = _one, loss: Loss = mean_square, combine: Callable[[Any, float], Any] = np.subtract
) -> Callable[..., Any]:
    """A mistaken answer: other columns are spoiled, another loss is taken, or the two losses are put together otherwise."""
    return lambda predict, x, y, orders: combine(*losses(predict, x, y, orders, spoil, loss))


def _rows(x: np.ndarray, j: int, orders: np.ndarray) -> np.ndarray:
    return x[orders[j]]


def _replaced(x: np.ndarray, j: int, value: float) -> np.ndarray:
    new = x.copy()
    new[:, j] = value
    return new


def _inverse(x: np.ndarray, j: int, orders: np.ndarray) -> np.ndarray:
    return spoiled(x, [j], np.argsort(orders, axis=-1))


QUESTIONS = {
    "single-pass": Question(
        function="single_pass(predict, x, y, orders)",
        draw=_draw,
        returns={"the importances": lambda predict, x, y, orders: orders.shape[:2]},
        fault=_fault,
        misconceptions={
            "the loss of the data as they are is not taken off: in a bad model, all predictors would look important.": _but(
                combine=lambda after, before: after
            ),
            "the sign is wrong. Important is what makes the loss larger when it is spoiled.": _but(
                combine=lambda after, before: before - after
            ),
            "the columns that were spoiled before stay spoiled. In a single pass, each predictor is spoiled alone: start "
            "from a "
            "fresh copy of x.": _but(lambda x, j, own: spoiled(x, list(range(j + 1)), own)),
            "one order serves all predictors of a repeat. Each has an order of its own in `orders`.": _but(
                lambda x, j, own: spoiled(x, [j], np.broadcast_to(own[:1], own.shape))
            ),
            "whole rows are reordered: all predictors change places together. Reorder one column.": _but(_rows),
            "the column is not reordered but set to its mean. Shuffling keeps the distribution of the predictor.": _but(
                lambda x, j, own: _replaced(x, j, x[:, j].mean())
            ),
            "the column is not reordered but set to zero. Shuffling keeps the distribution of the predictor.": _but(
                lambda x, j, own: _replaced(x, j, 0.0)
            ),
            "the values are put where the order says, not taken from there. Row i gets the value of row orders[r, j, i].": _but(
                _inverse
            ),
            "this is a ratio of losses. Asked for is their difference.": _but(combine=np.divide),
            "the loss is the root of the mean square error. Take the mean square error itself.": _but(
                loss=lambda y, found: mean_square(y, found) ** 0.5
            ),
            "the loss is the mean absolute error. Take the mean square error.": _but(
                loss=lambda y, found: float(np.mean(np.abs(found - y)))
            ),
        },
        praise="Each predictor was spoiled alone, and the loss as it is was taken off.",
        seconds=40,  # for the picture
    ),
}
