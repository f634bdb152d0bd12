"""Noise of mini-batch gradients: by listing all batches, by sampling, and by the stationary state of descent."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from course_lib.learning.curvature import contraction
from course_lib.learning.gradient_noise import (
    gradient_covariance,
    mean_square_contraction,
    mini_batch_variance,
    noise_ball,
    noise_floor,
)
from course_lib.learning.stochastic import mini_batch_descent

SEEDS = range(3)


def gradients_of_samples(seed, count=6, size=2):
    return np.random.default_rng(seed).normal(1.0, 2.0, size=(count, size))


@pytest.mark.parametrize("seed", SEEDS)
def test_covariance_equals_numpys(seed):
    g = gradients_of_samples(seed, 20, 3)
    np.testing.assert_allclose(gradient_covariance(g), np.cov(g.T, bias=True), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("m", [1, 2, 4, 6])
@pytest.mark.parametrize(
    ("replacement", "listed"), [(True, lambda m: product(range(6), repeat=m)), (False, lambda m: combinations(range(6), m))]
)
def test_variance_equals_that_over_the_list_of_all_batches(seed, m, replacement, listed):
    g = gradients_of_samples(seed)
    means = np.array([g[list(rows)].mean(axis=0) for rows in listed(m)])
    np.testing.assert_allclose(means.mean(axis=0), g.mean(axis=0), rtol=0, atol=1e-12)
    expected = np.sum((means - g.mean(axis=0)) ** 2, axis=1).mean()
    assert mini_batch_variance(g, m, replacement) == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_drawn_without_replacement_one_of_two_samples_misses_their_mean_by_half_their_distance():
    assert mini_batch_variance([[1.0, 0.0], [5.0, 6.0]], 1, replacement=False) == pytest.approx((4**2 + 6**2) / 4)
    assert mini_batch_variance([[1.0, 0.0]], 1, replacement=False) == 0


def test_without_noise_descent_ends_at_the_minimum():
    assert noise_ball(0.3, curvature=1.7, variance=0.0, batch_size=4) == 0


@pytest.mark.parametrize(("gamma", "m"), [(0.05, 1), (0.4, 1), (0.4, 4), (0.9, 2)])
def test_noise_ball_is_where_descent_on_the_mean_of_numbers_ends_up(gamma, m):
    rng = np.random.default_rng(5)
    y = rng.normal(3.0, 2.0, size=50)
    theta0 = np.full(400, y.mean())  # 400 independent runs at once, all with their own samples

    def gradient(theta, rows):
        return 2 * (theta - y[rng.integers(50, size=(m, 400))].mean(axis=0))

    path = mini_batch_descent(gradient, theta0, 50, gamma, 260, 1, rng)[60:]
    squares = ((path - y.mean()) ** 2).mean(axis=0)  # one mean a run; runs are independent
    expected = noise_ball(gamma, curvature=2.0, variance=4 * y.var(), batch_size=m)
    assert abs(squares.mean() - expected) < 4 * squares.std() / 20


def test_noise_ball_solves_its_recursion():
    gamma, lam, c, m = 0.3, 1.7, 5.0, 4
    e2 = noise_ball(gamma, lam, c, m)
    assert (1 - gamma * lam) ** 2 * e2 + gamma**2 * c / m == pytest.approx(e2, rel=1e-14)


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_floor_is_the_limit_of_the_stationary_excess_loss_for_small_rates(seed):
    rng = np.random.default_rng(seed)
    g, axes = rng.normal(size=(40, 3)), np.linalg.qr(rng.normal(size=(3, 3)))[0]
    hessian = axes @ np.diag([0.5, 1.0, 4.0]) @ axes.T
    for gamma in (1e-3, 1e-4):
        step = np.eye(3) - gamma * hessian
        stationary = solve_discrete_lyapunov(step, gamma**2 * gradient_covariance(g) / 8)
        excess = np.trace(hessian @ stationary) / 2
        assert noise_floor(g, gamma, 8) == pytest.approx(excess, rel=4 * gamma)


def hessians_of_samples(seed, count=7, size=3):
    X = np.random.default_rng(seed).normal(size=(count, size))
    return 2 * X[:, :, None] * X[:, None, :]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("m", [1, 2])
def test_mean_square_contraction_equals_the_average_over_all_batches(seed, m):
    A, gamma = hessians_of_samples(seed), 0.1
    steps = [np.eye(3) - gamma * A[list(rows)].mean(axis=0) for rows in product(range(7), repeat=m)]
    average = np.mean([np.kron(step, step) for step in steps], axis=0)
    assert mean_square_contraction(A, gamma, m) == pytest.approx(np.abs(np.linalg.eigvals(average)).max(), rel=1e-10)


@pytest.mark.parametrize("gamma", [0.05, 0.4])
def test_with_all_samples_it_is_the_square_of_the_contraction_of_batch_descent(gamma):
    A = hessians_of_samples(0)
    assert mean_square_contraction(A, gamma, None) == pytest.approx(contraction(A.mean(axis=0), gamma) ** 2, rel=1e-10)


@pytest.mark.parametrize("m", [1, 3, 50])
def test_in_one_dimension_descent_is_stable_up_to_the_closed_form(m):
    a = np.random.default_rng(0).chisquare(1, size=40)
    limit = 2 / (a.mean() + a.var() / (m * a.mean()))
    below, above = (mean_square_contraction(a[:, None, None], factor * limit, m) for factor in (0.999, 1.001))
    assert below < 1 < above


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gradient_covariance([1.0, 2.0]), r"gradients: expected shape \(any, any\)"),
        (lambda: gradient_covariance([[np.nan]]), "gradients: expected finite numbers"),
        (lambda: mini_batch_variance([[1.0], [2.0]], 0), "batch_size: expected a whole number, at least 1, got 0"),
        (lambda: mini_batch_variance([[1.0], [2.0]], 3, replacement=False), "batch_size: expected at most .* 2, got 3"),
        (lambda: noise_ball(1.0, 2.0, 1.0, 1), "learning_rate: expected less than 2/curvature = 1, got 1"),
        (lambda: noise_ball(0.1, 0.0, 1.0, 1), "curvature: expected a positive number, got 0.0"),
        (lambda: noise_ball(0.1, 1.0, -1.0, 1), "variance: expected a number, at least 0, got -1.0"),
        (lambda: noise_ball(0.1, 1.0, np.inf, 1), "variance: expected a number, at least 0, got inf"),
        (lambda: noise_ball(0.1, 1.0, 1.0, 0), "batch_size: expected a whole number, at least 1, got 0"),
        (lambda: mean_square_contraction([[[1.0, 2.0]]], 0.1, 1), r"hessians: expected shape \(N, n, n\), got \(1, 1, 2\)"),
        (lambda: mean_square_contraction([[[1.0]]], -0.1, 1), "learning_rate: expected a positive number, got -0.1"),
        (lambda: noise_floor([[1.0], [2.0]], 0, 1), "learning_rate: expected a positive number, got 0"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
