"""Ridge regression and BLUE against scikit-learn, in both directions."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.linear_model import Ridge

from course_lib.assimilation.blue import Problem, blue, cost
from course_lib.assimilation.ridge import blue_as_ridge, degrees_of_freedom, log_evidence, ridge_as_blue

SEEDS = range(5)
SIZES = [(8, 3), (3, 6), (20, 1)]


def spd(rng, size):
    factor = rng.normal(size=(size, size + 2))
    return factor @ factor.T + 0.1 * np.eye(size)


def regression(seed, N, n):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, n)), rng.normal(size=N)


def tikhonov(seed, n=4, m=6):
    rng = np.random.default_rng(seed)
    return Problem(rng.normal(size=n), spd(rng, n), rng.normal(size=m), rng.normal(size=(m, n)), spd(rng, m))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("N", "n"), SIZES)
@pytest.mark.parametrize("alpha", [0.01, 1.0, 300.0])
def test_blue_equals_scikit_learn_s_ridge(seed, N, n, alpha):
    X, y = regression(seed, N, n)
    theirs = Ridge(alpha, fit_intercept=False, solver="cholesky").fit(X, y).coef_
    for noise in (1.0, 0.3):
        for form in ("observation", "state"):
            np.testing.assert_allclose(blue(ridge_as_blue(X, y, alpha, noise), form).x_a, theirs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_cost_is_that_of_ridge_in_units_of_the_noise(seed):
    X, y = regression(seed, 8, 3)
    theta = np.random.default_rng(seed + 9).normal(size=3)
    expected = (np.sum((y - X @ theta) ** 2) + 0.7 * theta @ theta) / 0.3**2
    assert cost(theta, ridge_as_blue(X, y, 0.7, noise=0.3)) == pytest.approx(expected, rel=1e-10)


def test_noise_is_one_unless_another_is_given():
    X, y = regression(0, 8, 3)
    given = ridge_as_blue(X, y, 0.5)
    np.testing.assert_array_equal(given.C_ee, np.eye(8))
    np.testing.assert_array_equal(given.C_xx, 2 * np.eye(3))


@pytest.mark.parametrize("seed", SEEDS)
def test_whitened_problem_solved_by_scikit_learn_s_ridge_is_blue(seed):
    given = tikhonov(seed)
    whitened = blue_as_ridge(given)
    theta = Ridge(1.0, fit_intercept=False, solver="cholesky").fit(whitened.X, whitened.y).coef_
    np.testing.assert_allclose(whitened.state(theta), blue(given).x_a, rtol=0, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_whitened_cost_is_the_cost(seed):
    given, theta = tikhonov(seed), np.random.default_rng(seed).normal(size=4)
    whitened = blue_as_ridge(given)
    expected = np.sum((whitened.y - whitened.X @ theta) ** 2) + theta @ theta
    assert cost(whitened.state(theta), given) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_degrees_of_freedom_are_the_sensitivity_of_the_fit_to_its_own_data(seed):
    given = tikhonov(seed)
    moved = [(given.H @ blue(given._replace(d=given.d + e)).x_a)[i] for i, e in enumerate(np.eye(6))]
    expected = np.sum(moved - given.H @ blue(given).x_a)
    assert degrees_of_freedom(given.C_xx, given.H, given.C_ee) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("alpha", [0.01, 1.0, 100.0])
def test_degrees_of_freedom_of_ridge_follow_from_the_singular_values(seed, alpha):
    X, y = regression(seed, 8, 3)
    given = ridge_as_blue(X, y, alpha)
    squared = np.linalg.svd(X, compute_uv=False) ** 2
    found = degrees_of_freedom(given.C_xx, given.H, given.C_ee)
    assert found == pytest.approx(np.sum(squared / (squared + alpha)), rel=1e-9)
    assert 0 < found < 3


@pytest.mark.parametrize("seed", SEEDS)
def test_evidence_is_the_density_of_the_data_under_the_forecast(seed):
    given = tikhonov(seed)
    expected = multivariate_normal(given.H @ given.x_f, given.H @ given.C_xx @ given.H.T + given.C_ee).logpdf(given.d)
    assert log_evidence(given) == pytest.approx(expected, rel=1e-9)
    many = log_evidence(given._replace(d=np.stack([given.d, given.d + 1])))
    assert many.shape == (2,)
    assert many[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((4, 2)), np.ones(3), 1.0), r"y: expected shape \(4,\), got \(3,\)"),
        ((np.ones(4), np.ones(4), 1.0), r"X: expected shape \(any, any\), got \(4,\)"),
        ((np.ones((2, 2)), [1.0, np.inf], 1.0), "y: expected finite numbers"),
        ((np.ones((2, 2)), np.ones(2), 0.0), "alpha: expected a positive number, got 0"),
        ((np.ones((2, 2)), np.ones(2), 1.0, -1.0), "noise: expected a positive number, got -1"),
    ],
)
def test_bad_regression_is_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        ridge_as_blue(*arguments)


def test_bad_problem_is_refused_by_name():
    given = tikhonov(0)
    with pytest.raises(ValueError, match=r"d: expected shape \(any,\), got \(2, 6\)"):
        blue_as_ridge(given._replace(d=np.zeros((2, 6))))
    with pytest.raises(ValueError, match="C_xx: expected a positive definite matrix"):
        blue_as_ridge(given._replace(C_xx=-np.eye(4)))
    with pytest.raises(ValueError, match=r"theta: expected shape \(4,\), got \(6,\)"):
        blue_as_ridge(given).state(np.zeros(6))
    with pytest.raises(ValueError, match=r"H: expected shape \(6, 4\), got \(4, 6\)"):
        degrees_of_freedom(given.C_xx, given.H.T, given.C_ee)
    with pytest.raises(ValueError, match="C_ee: expected a symmetric matrix"):
        log_evidence(given._replace(C_ee=np.triu(np.ones((6, 6))) + 5 * np.eye(6)))
