"""Scores against SciPy's densities and against their definitions; bad input."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from course_lib.assimilation.scores import diagonal_gaussian_nll, gaussian_nll, rmse

SEEDS = [0, 1, 2]


def sample(seed, B=4, T=3, n=2):
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((B, T, n, n))
    covariance = root @ root.swapaxes(-1, -2) + 0.3 * np.eye(n)
    return rng.standard_normal((B, T, n)), covariance, rng.standard_normal((B, T, n))


@pytest.mark.parametrize("seed", SEEDS)
def test_rmse_is_a_mean_of_norms(seed):
    mean, _, state = sample(seed)
    norms = [np.sqrt(sum((a - b) ** 2) / 2) for a, b in zip(mean.reshape(-1, 2), state.reshape(-1, 2), strict=True)]
    assert np.isclose(rmse(mean, state), np.mean(norms), rtol=1e-14)
    assert rmse(mean, state) < np.sqrt(np.mean((mean - state) ** 2))  # Jensen


@pytest.mark.parametrize("seed", SEEDS)
def test_scores_over_one_axis_average_to_the_score_over_all(seed):
    mean, covariance, state = sample(seed)
    for curve, total in [
        (rmse(mean, state, axis=0), rmse(mean, state)),
        (gaussian_nll(mean, covariance, state, axis=0), gaussian_nll(mean, covariance, state)),
    ]:
        assert curve.shape == (3,)
        assert np.isclose(curve.mean(), total, rtol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_nll_is_that_of_scipy(seed):
    mean, covariance, state = sample(seed)
    expected = [-multivariate_normal(mean[i], covariance[i]).logpdf(state[i]) for i in np.ndindex(4, 3)]
    assert np.isclose(gaussian_nll(mean, covariance, state), np.mean(expected), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_diagonal_nll_equals_that_of_the_full_matrix(seed):
    mean, covariance, state = sample(seed)
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    full = variance[..., None] * np.eye(2)
    assert np.isclose(diagonal_gaussian_nll(mean, variance, state), gaussian_nll(mean, full, state), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_covariance_for_each_time_serves_the_batch(seed):
    mean, covariance, state = sample(seed)
    shared = gaussian_nll(mean, covariance[0], state)
    assert np.isclose(shared, gaussian_nll(mean, np.repeat(covariance[:1], 4, axis=0), state), rtol=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_true_covariance_scores_best_on_average(seed):
    rng = np.random.default_rng(seed)
    state = 2 * rng.standard_normal((20_000, 3))
    right, small, large = (diagonal_gaussian_nll(np.zeros_like(state), [s] * 3, state) for s in (4.0, 3.0, 5.0))
    assert right < min(small, large)
    assert np.isclose(right, 1.5 * np.log(2 * np.pi * np.e * 4), atol=0.03)  # entropy


@pytest.mark.parametrize(
    ("mean", "covariance", "state", "message"),
    [
        (np.zeros((2, 2)), np.eye(3), np.zeros((2, 2)), "covariance: expected shape"),
        (np.zeros((2, 2)), np.eye(2), np.zeros((3, 2)), "state: expected shape"),
        (np.zeros((2, 2)), np.array([[1.0, 0.5], [0, 1]]), np.zeros((2, 2)), "covariance: expected symmetric"),
        (np.zeros((2, 2)), np.array([[1.0, 2], [2, 1]]), np.zeros((2, 2)), "covariance: expected positive definite"),
        (np.zeros((2, 2)), np.ones((3, 1, 1)) * np.eye(2), np.zeros((2, 2)), "covariance: expected leading axes"),
        (np.full((2, 2), np.nan), np.eye(2), np.zeros((2, 2)), "mean: expected finite"),
    ],
)
def test_scores_name_the_argument_that_is_wrong(mean, covariance, state, message):
    with pytest.raises(ValueError, match=message):
        gaussian_nll(mean, covariance, state)


def test_diagonal_nll_refuses_a_variance_that_is_not_positive():
    with pytest.raises(ValueError, match="variance: expected positive numbers, got 0"):
        diagonal_gaussian_nll(np.zeros((2, 2)), [1.0, 0.0], np.zeros((2, 2)))
    with pytest.raises(ValueError, match="variance: expected leading axes"):
        diagonal_gaussian_nll(np.zeros((2, 2)), np.ones((3, 2)), np.zeros((2, 2)))
