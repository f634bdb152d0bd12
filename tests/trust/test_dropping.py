"""Dropping a column agrees with least squares on paper, and with conditional permutation up to the factor of theory."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from course_lib.trust.conditional import residuals_permuted
from course_lib.trust.dropping import drop_column
from course_lib.trust.importance import single_pass
from course_lib.trust.known_truth import formula, sample
from tests.trust.problems import linear_data


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [2, 4])
def test_drop_column_of_least_squares_is_the_rise_of_the_residual_sum(n, seed):
    x, y = linear_data(seed, n)
    x, y = x - x.mean(axis=0), y - y.mean()
    found = drop_column(lambda x, y: LinearRegression().fit(x, y).predict, (x, y), (x, y))
    theta = np.linalg.lstsq(x, y, rcond=None)[0]
    # Leaving out column j raises the residual sum of squares by θ_j² / [(XᵀX)⁻¹]_jj.
    np.testing.assert_allclose(found, theta**2 / np.diag(np.linalg.inv(x.T @ x)) / len(x), rtol=1e-9)


@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_conditional_importance_is_twice_that_of_dropping_a_column(correlation):
    def best(columns):  # E[y given the columns], which endless data would teach
        def predict(x):
            x = dict(zip(columns, x.T, strict=True))
            driver = x.get(0, correlation * x[1] if 1 in x else np.zeros(len(x[3 if 3 in x else 2])))
            square = (x[2] ** 2 - 1) / np.sqrt(2) if 2 in x else 0
            return driver + square + (x[3] * x[4] if 3 in x and 4 in x else 0)

        return predict

    test = sample(40_000, correlation, np.random.default_rng(5))
    position = {test.x[0, j]: j for j in range(6)}
    dropped = drop_column(lambda x, y: best([position[value] for value in x[0]]), test, test)
    conditional = single_pass(formula, *test, np.random.default_rng(6), 6, draw=residuals_permuted, bootstrap=True)
    assert (abs(conditional.mean(axis=1) - 2 * dropped) < 4 * conditional.std(axis=1) + 1e-12).all()


def test_dropping_the_only_column_is_refused():
    x = np.arange(5.0)[:, None]
    with pytest.raises(ValueError, match="at least 2"):
        drop_column(lambda x, y: np.zeros_like, (x, x[:, 0]), (x, x[:, 0]))


@pytest.mark.parametrize("columns", [[0, 1], [0, 1, 2, 0]])
def test_dropping_with_other_columns_in_the_test_is_refused(columns):
    x, y = linear_data(0)
    with pytest.raises(ValueError, match="test: expected the predictors of train"):
        drop_column(lambda x, y: np.zeros_like, (x, y), (x[:, columns], y))


def test_a_fit_whose_loss_is_nan_names_the_dropped_predictor():
    x, y = linear_data(0)
    with pytest.raises(ValueError, match="loss: expected a finite number, got nan without predictor 0"):
        drop_column(lambda x, y: lambda rows: np.full(len(rows), 0.0 if x.shape[1] == 3 else np.nan), (x, y), (x, y))


def test_constant_predictors_are_refused_in_training_and_test_data():
    x, y = linear_data(0)
    still = np.column_stack([x[:, 0], np.ones(len(x)), x[:, 2]])
    for pair in [((still, y), (x, y)), ((x, y), (still, y))]:
        with pytest.raises(ValueError, match="x: predictor 1 is constant"):
            drop_column(lambda x, y: np.zeros_like, *pair)


def test_predictions_of_another_shape_are_refused():
    x, y = linear_data(0)
    with pytest.raises(ValueError, match="predict: expected predictions shaped like y"):
        drop_column(lambda x, y: lambda rows: rows, (x, y), (x, y))
