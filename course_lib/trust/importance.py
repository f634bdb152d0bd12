"""How much worse a model becomes when a predictor is spoiled: permutation importance in one pass and in many.

A model is a function ``predict`` from inputs, shape (N, n), to predictions shaped like the targets. A function
``draw(x, j, rng)`` returns the new column j that replaces the old one: `permuted` here, gentler ones in conditional.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import whole_number
from course_lib.trust.predictors import Predict, checked_targets, complete_predictors, finite_loss, predicted

Loss = Callable[[np.ndarray, np.ndarray], float]
#: (x, j, rng) ↦ a new column j, shape (N,).
Draw = Callable[[np.ndarray, int, np.random.Generator], np.ndarray]


class Passes(NamedTuple):
    """What a multi-pass importance finds.

    Parameters
    ----------
    order : predictors as they were chosen, the most important first, shape (n,).
    gains : what each adds to the loss when those chosen before it stay permuted, shape (n, repeats).
    losses : mean loss with none, one, two, … predictors permuted, shape (n + 1,).
    """

    order: np.ndarray
    gains: np.ndarray
    losses: np.ndarray


def squared_error(y: np.ndarray, yhat: np.ndarray) -> float:
    """Mean square error."""
    return float(np.mean((yhat - y) ** 2))


def permuted(x: np.ndarray, j: int, rng: np.random.Generator) -> np.ndarray:
    """Column j in random order: its distribution is kept, its relation to everything else is lost."""
    return x[rng.permutation(len(x)), j]


def single_pass(
    predict: Predict,
    x: ArrayLike,
    y: ArrayLike,
    rng: np.random.Generator,
    repeats: int = 30,
    *,
    draw: Draw = permuted,
    loss: Loss = squared_error,
    bootstrap: bool = False,
) -> np.ndarray:
    """The loss with a predictor drawn anew minus the loss as it is, one predictor at a time, shape (n, repeats).

    Parameters
    ----------
    predict : the model; it is not fitted again.
    x, y : inputs, shape (N, n), and targets, first length N, best some that the model has not seen.
    rng : source of the permutations and of the bootstrap.
    repeats : number of draws of each predictor, at least 1.
    draw : what a predictor is replaced by; `permuted` gives the usual importance, others a conditional one.
    loss : called as ``loss(y, yhat)``; the smaller the better.
    bootstrap : also resample, for each repeat, the rows on which both losses are taken.

    Raises
    ------
    ValueError
        If a predictor is constant or has missing values, sizes do not fit, or a loss is not a finite number.

    Equations: eq-permutation-importance, eq-bootstrap-importance
    """
    x, y = complete_predictors("x", x), checked_targets(y, len(np.asarray(x)))
    copies = np.broadcast_to(x, (whole_number("repeats", repeats, least=1), *x.shape))
    before = [predicted(predict, x, y)] * repeats
    found = [_gains(predict, copies, y, before, j, rng, draw, loss, bootstrap)[0] for j in range(x.shape[1])]
    return np.array(found)


def multi_pass(
    predict: Predict,
    x: ArrayLike,
    y: ArrayLike,
    rng: np.random.Generator,
    repeats: int = 30,
    *,
    loss: Loss = squared_error,
    bootstrap: bool = False,
) -> Passes:
    """Single passes in which each winner stays permuted, so that no other predictor can stand in for it.

    Parameters, and what is an error, are those of `single_pass`. Each repeat keeps permutations of its own, so that the gains
    do not hang on one of them.

    Equation: eq-multi-pass
    """
    x, y = complete_predictors("x", x), checked_targets(y, len(np.asarray(x)))
    spoiled = np.repeat(x[None], whole_number("repeats", repeats, least=1), axis=0)
    before = [predicted(predict, x, y)] * repeats
    left, order, gains = list(range(x.shape[1])), [], []
    losses = [finite_loss(loss(y, before[0]), "before anything was permuted")]
    while left:
        found = {j: _gains(predict, spoiled, y, before, j, rng, permuted, loss, bootstrap) for j in left}
        winner = max(left, key=lambda j: found[j][0].mean())
        gain, spoiled[:, :, winner], before = found[winner]
        left.remove(winner)
        order.append(winner)
        gains.append(gain)
        losses.append(np.mean([loss(y, yhat) for yhat in before]))
    return Passes(np.array(order), np.array(gains), np.array(losses))


def _gains(
    predict: Predict,
    copies: np.ndarray,
    y: np.ndarray,
    before: list[np.ndarray],
    j: int,
    rng: np.random.Generator,
    draw: Draw,
    loss: Loss,
    bootstrap: bool,
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """What drawing predictor j anew adds to the loss in each copy of the inputs; the new columns and their predictions."""
    spoiled, rows, first = copies.copy(), [], []
    for x, yhat in zip(spoiled, before, strict=True):
        x[:, j] = draw(x, j, rng)
        rows.append(rng.integers(len(x), size=len(x)) if bootstrap else slice(None))
        first.append(finite_loss(loss(y[rows[-1]], yhat[rows[-1]]), f"before predictor {j} was drawn anew"))
    # All copies go through the model at once, which a forest answers several times faster than one after the other.
    after = np.split(predicted(predict, np.concatenate(spoiled), np.concatenate([y] * len(spoiled))), len(spoiled))
    last = [finite_loss(loss(y[i], yhat[i]), f"with predictor {j} drawn anew") for i, yhat in zip(rows, after, strict=True)]
    return np.array(last) - first, spoiled[:, :, j], after
