"""New values for one predictor that still agree with the others: draws from an estimate of p(x_j given the rest).

Each stands where `permuted` stands in importance.py.
"""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from course_lib.basics.arguments import whole_number
from course_lib.trust.importance import Draw


def residuals_permuted(x: np.ndarray, j: int, rng: np.random.Generator) -> np.ndarray:
    """Column j as a linear regression on the other columns predicts it, plus the residuals in random order.

    It is a draw from the conditional distribution if the predictors are jointly Gaussian, up to the error of the regression.

    Equation: eq-residual-permutation
    """
    others = np.column_stack([np.ones(len(x)), np.delete(x, j, axis=1)])
    expected = others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
    return expected + rng.permutation(x[:, j] - expected)


def neighbours_swapped(k: int) -> Draw:
    """A draw that takes column j from one of the k rows that are nearest in the other columns, each in its own spread.

    It asks for no shape of the distribution, but for many rows: the k neighbours must lie close. With k = N − 1 it is
    nearly a permutation.

    Parameters
    ----------
    k : number of neighbours, at least 1 and below the number of rows; a row is no neighbour of itself.

    Raises
    ------
    ValueError
        If `k` is out of range; if it is too large for the rows, when the draw is made.

    Equation: eq-neighbour-draw
    """
    whole_number("k", k, least=1)

    def draw(x: np.ndarray, j: int, rng: np.random.Generator) -> np.ndarray:
        if k >= len(x):
            raise ValueError(f"k: expected fewer neighbours than the {len(x)} rows, got {k}")
        if x.shape[1] < 2:
            raise ValueError(f"x: expected other predictors to be near in, got shape {x.shape}")
        others = np.delete(x, j, axis=1)
        others = others / others.std(axis=0)
        near = cKDTree(others).query(others, k=k + 1)[1]
        # The row itself is usually the first, but not among equal rows: move it there, then leave the first out.
        itself = near == np.arange(len(x))[:, None]
        near = np.where(itself, near[:, :1], near)[:, 1:]
        return x[near[np.arange(len(x)), rng.integers(k, size=len(x))], j]

    return draw
