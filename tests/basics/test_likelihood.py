"""The Gaussian likelihood against SciPy, scikit-learn, PyTorch, differences and the theory of its sampling."""

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.covariance import EmpiricalCovariance

from course_lib.basics.likelihood import (
    fisher_information,
    gaussian_mle,
    log_likelihood,
    normal_log_likelihood,
    normal_score,
    score,
)

SEEDS = range(4)


def problem(seed, d=3, N=20):
    """Data, and a mean and covariance that have nothing to do with them."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d))
    x = rng.normal(size=(N, d)) @ rng.normal(size=(d, d)) + 3 * rng.normal(size=d)
    return x, rng.normal(size=d), root @ root.T + 0.5 * np.eye(d)


@pytest.mark.parametrize("seed", SEEDS)
def test_log_likelihood_is_the_sum_of_scipys_log_densities(seed):
    x, mean, covariance = problem(seed)
    expected = stats.multivariate_normal(mean, covariance).logpdf(x).sum()
    assert log_likelihood(x, mean, covariance) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_likelihood_on_a_grid_is_that_of_scipy_at_each_pair(seed):
    rng = np.random.default_rng(seed)
    x, mu, sigma = rng.normal(5, 2, 30), rng.normal(5, 1, (4, 1)), rng.uniform(0.5, 3, 6)
    found = normal_log_likelihood(x, mu, sigma)
    assert found.shape == (4, 6)
    expected = [[stats.norm(m, s).logpdf(x).sum() for s in sigma] for m in mu[:, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_one_dimension_is_a_case_of_many(seed):
    x, mean, covariance = problem(seed, d=1)
    single = normal_log_likelihood(x[:, 0], mean[0], np.sqrt(covariance[0, 0]))
    assert single == pytest.approx(log_likelihood(x, mean, covariance), rel=1e-12)
    by_mean, by_variance = score(x, mean, covariance)
    by_sigma = 2 * np.sqrt(covariance[0, 0]) * by_variance[0, 0]
    np.testing.assert_allclose(normal_score(x[:, 0], mean[0], np.sqrt(covariance[0, 0])), [by_mean[0], by_sigma], rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_score_of_a_normal_equals_central_differences(seed):
    rng = np.random.default_rng(seed)
    x, mu, sigma, step = rng.normal(1, 2, 15), rng.normal(), rng.uniform(0.7, 2), 1e-5
    ends = normal_log_likelihood(x, mu + step * np.array([1, -1, 0, 0]), sigma + step * np.array([0, 0, 1, -1]))
    expected = (ends[::2] - ends[1::2]) / (2 * step)
    np.testing.assert_allclose(normal_score(x, mu, sigma), expected, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_score_in_many_dimensions_equals_the_gradient_of_autograd(seed):
    x, mean, covariance = problem(seed)
    mu, Sigma = (torch.tensor(array, requires_grad=True) for array in (mean, covariance))
    residual = torch.tensor(x) - mu
    # log det and inverse by hand: torch.distributions reads one triangle of Sigma only, and its gradient too
    squared = torch.einsum("ni,ij,nj->", residual, torch.linalg.inv(Sigma), residual)
    (-0.5 * (squared + len(x) * torch.logdet(Sigma))).backward()
    by_mean, by_covariance = score(x, mean, covariance)
    np.testing.assert_allclose(by_mean, mu.grad, rtol=1e-10)
    np.testing.assert_allclose(by_covariance, Sigma.grad, rtol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_estimate_is_that_of_scikit_learn(seed):
    x, *_ = problem(seed)
    ours, theirs = gaussian_mle(x), EmpiricalCovariance().fit(x)
    np.testing.assert_allclose(ours.mean, theirs.location_, rtol=1e-12)
    np.testing.assert_allclose(ours.covariance, theirs.covariance_, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_score_vanishes_at_the_estimate(seed):
    x, *_ = problem(seed)
    by_mean, by_covariance = score(x, *gaussian_mle(x))
    np.testing.assert_allclose(by_mean, 0, atol=1e-10)
    np.testing.assert_allclose(by_covariance, 0, atol=1e-10)
    np.testing.assert_allclose(normal_score(x[:, 0], x[:, 0].mean(), x[:, 0].std()), 0, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_other_gaussian_is_more_likely_than_the_estimate(seed):
    x, *_ = problem(seed)
    mean, covariance = gaussian_mle(x)
    best, rng = log_likelihood(x, mean, covariance), np.random.default_rng(100 + seed)
    for size in 10.0 ** np.arange(-3, 1):
        for _ in range(20):
            bend = np.eye(3) + size * rng.normal(size=(3, 3)) / 3
            assert log_likelihood(x, mean + size * rng.normal(size=3), bend @ covariance @ bend.T) < best


@pytest.mark.parametrize("seed", SEEDS)
def test_estimate_moves_with_an_affine_map_of_the_data(seed):
    x, shift, A = problem(seed)
    mean, covariance = gaussian_mle(x)
    moved = gaussian_mle(x @ A.T + shift)
    np.testing.assert_allclose(moved.mean, A @ mean + shift, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(moved.covariance, A @ covariance @ A.T, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_information_is_the_covariance_of_the_score(seed):
    rng, sigma = np.random.default_rng(seed), 0.5 + seed
    slopes = np.array([normal_score(x, 1.0, sigma) for x in rng.normal(1.0, sigma, (20_000, 5))])
    information = fisher_information(sigma, 5)
    deviation = np.sqrt(np.diag(information))
    error = 5 / np.sqrt(len(slopes))  # five standard errors
    np.testing.assert_allclose(slopes.mean(axis=0) / deviation, 0, atol=error)
    np.testing.assert_allclose(np.cov(slopes.T) / np.outer(deviation, deviation), np.eye(2), atol=2 * error)


@pytest.mark.parametrize("seed", SEEDS)
def test_curvature_at_the_estimate_is_the_information(seed):
    x = np.random.default_rng(seed).normal(3, 2, 12)
    mu, sigma, step = x.mean(), x.std(), 1e-5
    shifts = step * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    slopes = np.array([normal_score(x, mu + a, sigma + b) for a, b in shifts.tolist()])
    curvature = -(slopes[::2] - slopes[1::2]) / (2 * step)
    np.testing.assert_allclose(curvature, fisher_information(sigma, 12), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("size", [2, 5, 40])
def test_divisor_gives_a_variance_that_is_too_small_by_one_part_in_n(size):
    draws = np.random.default_rng(size).normal(7, 3, (20_000, size, 1))
    variances = np.array([gaussian_mle(x).covariance[0, 0] for x in draws]) / 9
    error = np.sqrt(2 * (size - 1)) / size / np.sqrt(len(variances))  # of the mean, by the theory of chi square
    assert variances.mean() == pytest.approx(1 - 1 / size, abs=5 * error)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([[1.0, 2.0], [3.0, 4.0]], "at least 3 points, got 2"),
        ([[1.0]], "at least 2 points, got 1"),
        ([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [7.0, 14.0]], "plane of fewer than 2 dimensions"),
        (np.full((5, 1), 0.1), "plane of fewer than 1 dim"),
        (np.column_stack([np.arange(9.0), np.full(9, 1e9 + 0.1)]), "plane of fewer than 2 dim"),
        (1e10 + np.outer(np.arange(9.0), [1, 1 / 3]), "plane of fewer than 2 dim"),  # rounded there to a millionth
        ([1.0, 2.0, 4.0], r"expected shape \(any, any\), got \(3,\)"),
        ([[1.0], [np.nan], [2.0]], "expected finite numbers"),
        (np.empty((0, 2)), "expected shape"),
        ([["a"], ["b"]], "expected an array of numbers"),
    ],
)
def test_estimate_refuses_data_without_a_best_gaussian(x, message):
    with pytest.raises(ValueError, match=rf"^x: .*{message}"):
        gaussian_mle(x)


def test_estimate_accepts_any_data_that_span_their_space():
    x = np.random.default_rng(0).normal(size=(4, 3)) * [1e-3, 1, 1e3] + 1e4
    mean, covariance = gaussian_mle(x)
    assert np.isfinite(log_likelihood(x, mean, covariance))


@pytest.mark.parametrize("function", [log_likelihood, score])
def test_arguments_that_do_not_fit_are_named(function):
    x, eye = np.zeros((4, 2)), np.eye(2)
    for bad, message in [
        ((np.zeros((4, 3)), np.zeros(2), eye), "^x: expected shape"),
        ((np.zeros(4), np.zeros(2), eye), "^x: expected shape"),
        ((x * np.nan, np.zeros(2), eye), "^x: expected finite"),
        ((x, np.zeros((2, 1)), eye), "^mean: expected shape"),
        ((x, np.zeros(2), np.eye(3)), "^covariance: expected shape"),
        ((x, np.zeros(2), np.zeros((2, 2))), "^covariance: expected a positive definite"),
        ((x, np.zeros(2), [[1.0, 0.5], [0.0, 1.0]]), "^covariance: expected a symmetric"),
    ]:
        with pytest.raises(ValueError, match=message):
            function(*bad)


def test_parameters_out_of_range_are_named():
    x = np.arange(4.0)
    with pytest.raises(ValueError, match=r"^sigma: expected positive numbers, got 0"):
        normal_log_likelihood(x, 0.0, [1.0, 0.0])
    with pytest.raises(ValueError, match=r"^sigma: expected a shape that fits mu's \(3,\), got \(2,\)"):
        normal_log_likelihood(x, [0.0, 1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"^mu: expected finite"):
        normal_log_likelihood(x, np.inf, 1.0)
    with pytest.raises(ValueError, match=r"^x: expected shape \(any,\), got \(2, 2\)"):
        normal_log_likelihood(x.reshape(2, 2), 0.0, 1.0)
    with pytest.raises(ValueError, match=r"^sigma: expected a positive number, got -1"):
        normal_score(x, 0.0, -1.0)
    with pytest.raises(ValueError, match=r"^mu: expected shape \(\), got \(2,\)"):
        normal_score(x, [0.0, 1.0], 1.0)
    with pytest.raises(ValueError, match=r"^sigma: expected a positive number"):
        fisher_information(0.0, 3)
    with pytest.raises(ValueError, match=r"^size: expected a whole number, at least 1"):
        fisher_information(1.0, 0)
