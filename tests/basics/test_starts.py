import numpy as np
import pytest
from scipy.spatial.distance import cdist

from course_lib.basics.mixture import check_mixture
from course_lib.basics.starts import random_start, spread_start
from tests.basics.mixtures import SEEDS, problem

STARTS = pytest.mark.parametrize("make", [random_start, spread_start])


@STARTS
@pytest.mark.parametrize("seed", SEEDS)
def test_start_is_a_mixture_around_different_observations(make, seed):
    x, _ = problem(seed)
    start = check_mixture(make(x, 4, np.random.default_rng(seed)))
    assert len(np.unique(start.means, axis=0)) == 4
    assert all((x == mean).all(axis=1).any() for mean in start.means)
    np.testing.assert_allclose(start.weights, 0.25)
    np.testing.assert_allclose(start.covariances, np.tile(np.cov(x.T, bias=True), (4, 1, 1)))


@STARTS
def test_start_depends_on_the_generator_alone(make):
    x, _ = problem(0)
    one, same, other = (make(x, 3, np.random.default_rng(seed)).means for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_second_mean_is_drawn_in_proportion_to_the_squared_distance():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2)) * [1.0, 50.0]
    x[:6] += [8.0, 100.0]  # a small group aside
    squared = cdist(x, x, "mahalanobis", VI=np.linalg.inv(np.cov(x.T, bias=True))) ** 2
    pair = squared / squared.sum(axis=1, keepdims=True) / 60
    expected = pair[:6].sum() + pair[6:, :6].sum()  # one of the two belongs to the group
    hits = [(spread_start(x, 2, np.random.default_rng(seed)).means[:, 0] > 5).any() for seed in range(1000)]
    by_chance = 1 - (54 * 53) / (60 * 59)
    assert abs(np.mean(hits) - expected) < 4 * np.sqrt(expected * (1 - expected) / 1000)
    assert expected > 2 * by_chance
    chance = [(random_start(x, 2, np.random.default_rng(seed)).means[:, 0] > 5).any() for seed in range(1000)]
    assert abs(np.mean(chance) - by_chance) < 4 * np.sqrt(by_chance * (1 - by_chance) / 1000)


@STARTS
def test_doubled_observations_are_not_drawn_twice(make):
    x = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [50, 1, 1], axis=0)
    for seed in range(20):
        assert len(np.unique(make(x, 3, np.random.default_rng(seed)).means, axis=0)) == 3


@STARTS
@pytest.mark.parametrize(
    ("x", "K", "message"),
    [
        (np.eye(3), 4, "K: 4 components need at least as many different points, got 3 in x"),
        (np.tile([[0.0, 1.0], [1.0, 0.0]], (5, 1)), 3, "K: 3 components need at least as many different points, got 2 in x"),
        (np.eye(3), 0, "K: expected a whole number, at least 1, got 0"),
        (np.eye(3), 1.5, "K: expected a whole number"),
        (np.array([[0.0, 0], [1, 1], [2, 2]]), 2, "covariance of x: expected a positive definite"),
        (np.array([[0.0, np.nan]]), 1, "x: expected finite"),
        (np.zeros(5), 1, r"x: expected shape \(any, any\)"),
    ],
)
def test_bad_arguments_are_refused(make, x, K, message):
    with pytest.raises(ValueError, match=message):
        make(x, K, np.random.default_rng(0))
