"""Conditional draws keep the relation to the other predictors, and break the rest."""

import numpy as np
import pytest

from course_lib.trust.conditional import neighbours_swapped, residuals_permuted
from course_lib.trust.importance import permuted


def gaussian(seed, size=4000):
    rng = np.random.default_rng(seed)
    K = np.array([[1.0, 0.8, 0.3], [0.8, 1.0, 0.1], [0.3, 0.1, 1.0]])
    return rng.multivariate_normal(np.array([1.0, -2.0, 3.0]), K, size=size), K


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("j", range(3))
def test_residual_draw_has_the_joint_moments_of_a_gaussian(seed, j):
    x, K = gaussian(seed)
    drawn = x.copy()
    drawn[:, j] = residuals_permuted(x, j, np.random.default_rng(seed + 10))
    error = 4 * np.sqrt(2 / len(x))
    np.testing.assert_allclose(drawn.mean(axis=0), x.mean(axis=0), atol=1e-10)
    assert (abs(np.cov(drawn.T) - K) < error).all()


@pytest.mark.parametrize("seed", range(3))
def test_residual_draw_is_independent_of_the_old_value_given_the_rest(seed):
    x, K = gaussian(seed)
    drawn = residuals_permuted(x, 0, np.random.default_rng(seed))
    best = np.linalg.solve(K[1:, 1:], K[1:, 0])
    expected = 1 + (x[:, 1:] - [-2, 3]) @ best
    correlation = np.corrcoef(x[:, 0] - expected, drawn - expected)[0, 1]
    assert abs(correlation) < 4 / np.sqrt(len(x))


def test_residual_draw_keeps_a_predictor_that_the_others_determine():
    x = np.random.default_rng(0).standard_normal((50, 3))
    x[:, 2] = 2 * x[:, 0] - x[:, 1] + 5
    np.testing.assert_allclose(residuals_permuted(x, 2, np.random.default_rng(1)), x[:, 2], atol=1e-12)


def test_neighbours_are_the_nearest_other_rows_in_the_other_columns():
    x = np.array([[10.0, 0.0], [20.0, 1.0], [30.0, 1.1], [40.0, 5.0], [50.0, 5.4]])
    assert np.array_equal(neighbours_swapped(1)(x, 0, np.random.default_rng(0)), [20, 30, 20, 50, 40])


def test_a_row_is_never_its_own_neighbour_even_among_equal_rows():
    x = np.column_stack([np.arange(12.0), np.repeat([0.0, 1.0], 6)])
    for seed in range(20):
        drawn = neighbours_swapped(3)(x, 0, np.random.default_rng(seed))
        assert (drawn != x[:, 0]).all()
        assert ((drawn >= 6) == (x[:, 0] >= 6)).all()


def test_each_neighbour_is_drawn_equally_often():
    x = np.column_stack([np.arange(5.0), np.array([0.0, 0.1, -0.2, 9.0, 10.0])])
    rng = np.random.default_rng(0)
    draws = np.array([neighbours_swapped(2)(x, 0, rng)[0] for _ in range(2000)])
    assert set(draws) == {1.0, 2.0}
    assert abs(np.mean(draws == 1) - 0.5) < 4 * 0.5 / np.sqrt(2000)


def test_neighbours_stay_on_a_curve_and_permutations_leave_it():
    t = np.random.default_rng(0).uniform(0, 1, 2000)
    x = np.column_stack([t, t**2])
    near, far = x.copy(), x.copy()
    near[:, 1] = neighbours_swapped(5)(x, 1, np.random.default_rng(1))
    far[:, 1] = permuted(x, 1, np.random.default_rng(1))
    assert abs(near[:, 1] - near[:, 0] ** 2).max() < 0.02
    assert abs(far[:, 1] - far[:, 0] ** 2).mean() > 0.2


def test_all_other_rows_as_neighbours_is_a_draw_with_replacement():
    x, _ = gaussian(0, size=500)
    drawn = neighbours_swapped(499)(x, 0, np.random.default_rng(0))
    assert abs(np.corrcoef(drawn, x[:, 1])[0, 1]) < 4 / np.sqrt(500)
    assert set(drawn) <= set(x[:, 0])


@pytest.mark.parametrize("k", [0, 2.5, True])
def test_number_of_neighbours_is_checked(k):
    with pytest.raises(ValueError, match="k: expected a whole number"):
        neighbours_swapped(k)


def test_more_neighbours_than_rows_are_refused():
    with pytest.raises(ValueError, match="k: expected fewer neighbours than the 4 rows, got 4"):
        neighbours_swapped(4)(np.eye(4), 0, np.random.default_rng(0))


def test_a_single_predictor_has_nothing_to_be_near_in():
    with pytest.raises(ValueError, match="x: expected other predictors"):
        neighbours_swapped(1)(np.arange(4.0)[:, None], 0, np.random.default_rng(0))
