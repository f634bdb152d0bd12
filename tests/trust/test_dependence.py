"""Partial dependence agrees with scikit-learn's and with what can be computed on paper."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import partial_dependence as sklearn_partial_dependence

from course_lib.trust.dependence import individual_curves, partial_dependence
from course_lib.trust.known_truth import formula, sample

GRID = np.linspace(-2, 2, 5)


@pytest.mark.parametrize("j", [0, 3])
def test_curves_equal_scikit_learns(j):
    x, y = sample(120, 0.8, np.random.default_rng(0))
    forest = RandomForestRegressor(5, random_state=0).fit(x, y)
    theirs = sklearn_partial_dependence(forest, x, [j], kind="both", method="brute", custom_values={j: GRID})
    np.testing.assert_allclose(partial_dependence(forest.predict, x, j, GRID), theirs["average"][0], rtol=1e-12)
    np.testing.assert_allclose(individual_curves(forest.predict, x, j, GRID), theirs["individual"][0], rtol=1e-12)


def test_dependence_of_the_formula_is_its_own_term_plus_a_constant():
    x, _ = sample(50, 0.5, np.random.default_rng(1))
    rest = formula(x).mean()
    np.testing.assert_allclose(partial_dependence(formula, x, 0, GRID), GRID + rest - x[:, 0].mean(), atol=1e-12)
    np.testing.assert_allclose(
        partial_dependence(formula, x, 2, GRID), (GRID**2 - np.mean(x[:, 2] ** 2)) / np.sqrt(2) + rest, atol=1e-12
    )


def test_factor_of_a_product_has_curves_with_the_others_slopes():
    x, _ = sample(40, 0.5, np.random.default_rng(2))
    slopes = np.diff(individual_curves(formula, x, 3, GRID), axis=1) / np.diff(GRID)
    np.testing.assert_allclose(slopes, np.repeat(x[:, 4:5], 4, axis=1), atol=1e-12)


def test_curves_pass_through_the_predictions():
    x, _ = sample(20, 0.5, np.random.default_rng(3))
    curves = individual_curves(formula, x, 1, x[:, 1])
    np.testing.assert_allclose(np.diag(curves), formula(x), rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"j": 6}, "j: expected the number of a predictor, 0 to 5, got 6"),
        ({"j": -1}, "j: expected"),
        ({"j": True}, "j: expected"),
        ({"grid": [0.0, np.nan]}, "grid: expected finite"),
        ({"grid": []}, "grid: expected shape"),
        ({"x": np.ones((4, 6))}, "x: predictor 0 is constant"),
        ({"predict": lambda x: x}, "predict: expected shape"),
        ({"predict": lambda x: x[:, 0] * np.nan}, "predict: expected finite"),
    ],
)
def test_bad_input_is_named(change, message):
    x, _ = sample(4, 0.5, np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        partial_dependence(**({"predict": formula, "x": x, "j": 0, "grid": GRID} | change))
