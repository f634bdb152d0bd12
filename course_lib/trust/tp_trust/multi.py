"""Question of the exercise sheet: permutation importance in many passes, in which each winner stays permuted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.trust.tp_trust.models import mean_square, spoiled, table

Given = tuple[Any, np.ndarray, np.ndarray, np.ndarray]
Pair = tuple[np.ndarray, np.ndarray]

#: Seeds of data on which each of the mistakes below shows; to look for them in every check would take too long.
TELLING = (0, 8, 9, 11, 12, 13, 17, 18, 21, 25, 26, 29, 32, 37, 39, 40, 43, 45, 48, 50, 51, 53, 55, 58, 59, 60, 61, 63, 64, 67)


def _loss(given: Given, columns: list[int]) -> float:
    """The loss with some columns reordered, averaged over the repeats."""
    predict, x, y, orders = given
    return float(np.mean([mean_square(y, predict(spoiled(x, columns, own))) for own in orders]))


def _greedy(given: Given, sign: int = 1) -> list[int]:
    """Predictors in the order in which they are chosen, by the largest loss or, with sign −1, the smallest."""
    chosen, left = [], list(range(given[1].shape[1]))
    while left:
        chosen.append(max(left, key=lambda j: sign * _loss(given, [*chosen, j])))
        left.remove(chosen[-1])
    return chosen


def _gains(given: Given, order: list[int]) -> np.ndarray:
    return np.diff([_loss(given, order[:k]) for k in range(len(order) + 1)])


def _in_passes(given: Given) -> Pair:
    order = _greedy(given)
    return np.array(order), _gains(given, order)


def _single(given: Given) -> Pair:
    """No winner stays."""
    gains = np.array([_loss(given, [j]) for j in range(given[1].shape[1])]) - _loss(given, [])
    order = np.argsort(-gains)
    return order, gains[order]


def _single_order(given: Given) -> Pair:
    order = _single(given)[0]
    return order, _gains(given, [int(j) for j in order])


def _from_the_start(given: Given) -> Pair:
    order, gains = _in_passes(given)
    return order, np.cumsum(gains)


def _losses(given: Given) -> Pair:
    order, gains = _in_passes(given)
    return order, np.cumsum(gains) + _loss(given, [])


def _by_predictor(given: Given) -> Pair:
    order, gains = _in_passes(given)
    return order, gains[np.argsort(order)]


def _ranks(given: Given) -> Pair:
    order, gains = _in_passes(given)
    return np.argsort(order), gains


def _least_first(given: Given) -> Pair:
    order = _greedy(given, -1)
    return np.array(order), _gains(given, order)


def _same_order(given: Given) -> Pair:
    predict, x, y, orders = given
    return _in_passes((predict, x, y, np.broadcast_to(orders[:, :1], orders.shape)))


MISTAKES: dict[str, Callable[[Given], Pair]] = {
    "no winner stays permuted: this is the single pass, sorted.": _single,
    "the gains are those of many passes, but the order is that of the single pass. Choose anew in each pass, with the "
    "winners so "
    "far permuted.": _single_order,
    "the gains are taken from the beginning. Each is what its own pass adds to the loss of the pass before.": _from_the_start,
    "these are losses. A gain is what a pass adds to the loss of the pass before.": _losses,
    "the gains are sorted by predictor. gains[k] belongs to order[k].": _by_predictor,
    "this is the place of each predictor in the order. Asked for is which predictor takes each place.": _ranks,
    "the least important predictor is chosen first.": _least_first,
    "one order serves all predictors of a repeat: those that were permuted together still agree with each other.": _same_order,
}


def drawn(seed: int) -> Arguments:
    """A model and data with four predictors."""
    return table(np.random.default_rng(seed), N=9, n=4, repeats=2)


def tells_apart(given: Given) -> bool:
    """Whether all mistakes show and every choice is clear."""
    pairs = [np.concatenate(answer(given)) for answer in (_in_passes, *MISTAKES.values())]
    apart = min(np.abs(one - other).max() for i, one in enumerate(pairs) for other in pairs[:i])
    order = _greedy(given)
    after = [sorted(_loss(given, [*order[:k], j]) for j in order[k:])[-2:] for k in range(len(order) - 1)]
    return apart > 0.05 and min(best - next_best for next_best, best in after) > 0.2


def _draw(rng: np.random.Generator) -> Arguments:
    return drawn(int(rng.choice(TELLING)))


@np.errstate(all="ignore")
def _fault(predict: Any, x: np.ndarray, y: np.ndarray, orders: np.ndarray, order: np.ndarray, gains: np.ndarray) -> str | None:
    """It follows the passes along the student's own order."""
    given, n = (predict, x, y, orders), x.shape[1]
    if not np.array_equal(np.sort(order), np.arange(n)):
        return f"`order` should name each of the predictors 0 to {n - 1} once; yours is {order.tolist()}."
    order = [int(j) for j in order]
    for k in range(n):
        after = {j: _loss(given, [*order[:k], j]) for j in order[k:]}
        so_far = f"with {order[:k]} permuted" if k else "with nothing permuted before"
        if (best := max(after, key=after.get)) != order[k] and after[best] > after[order[k]] + 1e-9:
            return (
                f"pass {k}: {so_far}, permuting predictor {best} too leads to a mean loss of {after[best]:.6g}; your choice, "
                f"predictor {order[k]}, leads to {after[order[k]]:.6g}."
            )
        before = _loss(given, order[:k])
        if differs(gains[k], np.array(after[order[k]] - before)) is not None:
            return (
                f"pass {k}: {so_far}, the mean loss is {before:.6g}; with predictor {order[k]} permuted too it is "
                f"{after[order[k]]:.6g}. Your gain is {gains[k]:.6g}."
            )
    return None


QUESTIONS = {
    "multi-pass": Question(
        function="multi_pass(predict, x, y, orders)",
        draw=_draw,
        returns={
            "the order": lambda predict, x, y, orders: x.shape[1:],
            "the gains": lambda predict, x, y, orders: x.shape[1:],
        },
        fault=_fault,
        misconceptions={words: (lambda *given, mistake=mistake: mistake(given)) for words, mistake in MISTAKES.items()},
        praise="Each winner stays permuted, and nobody can stand in for it any more.",
        seconds=60,  # for the picture
    ),
}
