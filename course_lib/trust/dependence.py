"""How a model's output moves with one predictor while the others keep their values: one curve for each row, and their mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array
from course_lib.trust.predictors import Predict, complete_predictors, predictor_number


def individual_curves(predict: Predict, x: ArrayLike, j: int, grid: ArrayLike) -> np.ndarray:
    """Predictions for each row with predictor j set to each value of a grid, shape (N, G).

    Parameters
    ----------
    predict : the model, from shape (N, n) to (N,).
    x : inputs, shape (N, n).
    j : number of the predictor, 0 to n − 1.
    grid : its values, shape (G,).

    Raises
    ------
    ValueError
        If a predictor is constant or has missing values, there is no predictor `j`, or a prediction is not finite.

    Equation: eq-individual-curve
    """
    x, grid = complete_predictors("x", x), finite_array("grid", grid, (None,))
    j = predictor_number(j, x.shape[1])
    moved = np.repeat(x[:, None], len(grid), axis=1)
    moved[:, :, j] = grid
    return finite_array("predict", predict(moved.reshape(-1, x.shape[1])), (x.shape[0] * len(grid),)).reshape(len(x), -1)


def partial_dependence(predict: Predict, x: ArrayLike, j: int, grid: ArrayLike) -> np.ndarray:
    """Mean prediction with predictor j set to each value of a grid for all rows alike, shape (G,).

    Parameters, and what is an error, are those of `individual_curves`.

    Equation: eq-partial-dependence
    """
    return individual_curves(predict, x, j, grid).mean(axis=0)
