"""How much worse a model becomes that never had a predictor: drop-column importance, one new fit for each."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from course_lib.trust.importance import Loss, squared_error
from course_lib.trust.predictors import Predict, checked_targets, complete_predictors, finite_loss, predicted


def drop_column(
    fit: Callable[[np.ndarray, np.ndarray], Predict],
    train: tuple[ArrayLike, ArrayLike],
    test: tuple[ArrayLike, ArrayLike],
    *,
    loss: Loss = squared_error,
) -> np.ndarray:
    """The loss of a model fitted without a predictor minus that of one fitted with all, shape (n,).

    Parameters
    ----------
    fit : (x, y) ↦ a model; called n + 1 times, with all predictors and without each.
    train, test : inputs, shape (N, n), and targets to fit on, and others to take the losses on.
    loss : called as ``loss(y, yhat)``.

    Raises
    ------
    ValueError
        If there are fewer than two predictors, or as in `single_pass`.

    Equation: eq-drop-column
    """
    (x, y), (x_test, y_test) = [(complete_predictors("x", x), checked_targets(y, len(np.asarray(x)))) for x, y in (train, test)]
    if not 2 <= x.shape[1] == x_test.shape[1]:
        raise ValueError(f"test: expected the predictors of train, at least 2, got {x_test.shape[1]} for {x.shape[1]}")

    def loss_of(columns: list[int], what: str) -> float:
        return finite_loss(loss(y_test, predicted(fit(x[:, columns], y), x_test[:, columns], y_test)), what)

    everything = list(range(x.shape[1]))
    full = loss_of(everything, "with all predictors")
    return np.array([loss_of([k for k in everything if k != j], f"without predictor {j}") - full for j in everything])
