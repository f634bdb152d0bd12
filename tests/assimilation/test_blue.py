"""The best linear unbiased estimate against SciPy's minimiser, finite differences, samples, and every other gain."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.stats import chi2

from course_lib.assimilation.blue import (
    Problem,
    blue,
    cost,
    cost_gradient,
    cost_hessian,
    error_covariance,
    linear_estimate,
)
from course_lib.basics.gaussians import gain, posterior, sample

SEEDS = range(5)
SIZES = [(1, 1), (3, 2), (2, 5), (6, 1)]


def spd(rng, size):
    factor = rng.normal(size=(size, size + 2))
    return factor @ factor.T + 0.1 * np.eye(size)


def problem(seed, n, m, batch=()):
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(*batch, m))
    return Problem(rng.normal(size=(*batch, n)), spd(rng, n), d, rng.normal(size=(m, n)), spd(rng, m))


def test_cost_of_one_number_is_two_squared_distances_in_units_of_the_errors():
    assert cost([3.0], Problem([1.0], [[4.0]], [4.0], [[2.0]], [[0.25]])) == pytest.approx(2**2 / 4 + 2**2 / 0.25)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_gradient_and_hessian_equal_those_of_autograd(seed, n, m):
    given = problem(seed, n, m)
    x_f, C_xx, d, H, C_ee = map(torch.tensor, given)

    def twin(x):
        e, r = x - x_f, d - H @ x
        return r @ torch.linalg.solve(C_ee, r) + e @ torch.linalg.solve(C_xx, e)

    x = torch.tensor(np.random.default_rng(seed + 100).normal(size=n), requires_grad=True)
    value = twin(x)
    value.backward()
    at = x.detach().numpy()
    np.testing.assert_allclose(cost(at, given), value.item(), rtol=1e-10)
    np.testing.assert_allclose(cost_gradient(at, given), x.grad.numpy(), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(cost_hessian(given), torch.autograd.functional.hessian(twin, x).numpy(), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_equals_central_differences(seed):
    given, x, s = problem(seed, 4, 3), np.random.default_rng(seed).normal(size=4), 1e-5
    differences = [(cost(x + s * e, given) - cost(x - s * e, given)) / (2 * s) for e in np.eye(4)]
    np.testing.assert_allclose(cost_gradient(x, given), differences, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("form", ["observation", "state"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_estimate_is_where_the_cost_is_least(seed, n, m, form):
    given = problem(seed, n, m)
    found = blue(given, form)
    np.testing.assert_allclose(cost_gradient(found.x_a, given), 0, atol=1e-8)
    searched = minimize(cost, np.zeros(n), args=(given,), jac=cost_gradient, method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(found.x_a, searched.x, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found.C_aa, 2 * np.linalg.inv(cost_hessian(given)), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("form", ["observation", "state"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_estimate_is_the_posterior_of_gaussian_errors(seed, n, m, form):
    given = problem(seed, n, m)
    after = posterior(given.x_f, given.C_xx, given.H, np.zeros(m), given.C_ee, given.d)
    found = blue(given, form)
    np.testing.assert_allclose(found.x_a, after.mean, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(found.C_aa, after.covariance, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_least_cost_is_the_innovation_in_units_of_its_covariance(seed):
    given = problem(seed, 4, 3)
    innovation = given.d - given.H @ given.x_f
    expected = innovation @ np.linalg.solve(given.H @ given.C_xx @ given.H.T + given.C_ee, innovation)
    assert cost(blue(given).x_a, given) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_many_problems_at_once_are_each_solved(seed):
    given = problem(seed, 3, 2, batch=(4, 5))
    found = blue(given)
    assert found.x_a.shape == (4, 5, 3)
    for i in np.ndindex(4, 5):
        one = given._replace(x_f=given.x_f[i], d=given.d[i])
        np.testing.assert_allclose(found.x_a[i], blue(one).x_a, rtol=1e-12, atol=1e-12)
        assert cost(found.x_a, given)[i] == pytest.approx(cost(found.x_a[i], one), rel=1e-10)
        np.testing.assert_allclose(cost_gradient(np.ones(3), given)[i], cost_gradient(np.ones(3), one), rtol=1e-9, atol=1e-9)


def test_one_forecast_goes_with_many_data():
    given = problem(0, 3, 2)
    d = np.random.default_rng(1).normal(size=(7, 2))
    assert blue(given._replace(d=d)).x_a.shape == (7, 3)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_any_other_gain_has_a_larger_covariance_by_exactly_its_distance(seed, n, m):
    given, rng = problem(seed, n, m), np.random.default_rng(seed + 50)
    _, C_xx, _, H, C_ee = given
    best, least = gain(C_xx, H, C_ee), blue(given).C_aa
    for size in (1e-2, 1.0, 30.0):
        change = size * rng.normal(size=best.shape)
        excess = error_covariance(best + change, C_xx, H, C_ee) - least
        np.testing.assert_allclose(excess, change @ (H @ C_xx @ H.T + C_ee) @ change.T, rtol=1e-6, atol=1e-10 * (1 + size**2))
        assert np.linalg.eigvalsh(excess)[0] > -1e-9 * np.abs(excess).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_analysis_is_no_worse_than_the_forecast_or_the_data_alone(seed):
    given = problem(seed, 3, 5)
    found = blue(given).C_aa
    data_alone = np.linalg.inv(given.H.T @ np.linalg.solve(given.C_ee, given.H))
    assert np.linalg.eigvalsh(given.C_xx - found)[0] > -1e-10
    assert np.linalg.eigvalsh(data_alone - found)[0] > -1e-10


@pytest.mark.parametrize("shape", ["gaussian", "two-valued", "uniform"])
@pytest.mark.parametrize("seed", range(3))
def test_estimate_is_unbiased_with_the_covariance_it_claims_whatever_the_shape_of_the_errors(seed, shape):
    rng, size, (n, m) = np.random.default_rng(seed), 40_000, (3, 2)
    _, C_xx, _, H, C_ee = problem(seed, n, m)
    x_t = rng.normal(size=n) * 10

    def errors(C):
        white = {
            "gaussian": lambda: rng.standard_normal((size, len(C))),
            "two-valued": lambda: rng.choice([-1.0, 1.0], (size, len(C))),
            "uniform": lambda: rng.uniform(-np.sqrt(3), np.sqrt(3), (size, len(C))),
        }[shape]()
        return white @ np.linalg.cholesky(C).T

    found = blue(Problem(x_t + errors(C_xx), C_xx, H @ x_t + errors(C_ee), H, C_ee))
    error = found.x_a - x_t
    mean = error.mean(axis=0)
    assert size * mean @ np.linalg.solve(found.C_aa, mean) < chi2(n).ppf(1 - 1e-6)
    # The standard deviation of a sample covariance is that of Gaussian errors or, for these flatter shapes, less.
    v = np.diag(found.C_aa)
    assert (abs(error.T @ error / size - found.C_aa) < 5 * np.sqrt((np.outer(v, v) + found.C_aa**2) / size)).all()


@pytest.mark.parametrize("seed", range(3))
def test_joseph_form_tells_the_error_of_a_gain_made_with_wrong_covariances(seed):
    rng, size = np.random.default_rng(seed), 40_000
    _, C_xx, _, H, C_ee = problem(seed, 3, 2)
    wrong = gain(spd(rng, 3), H, spd(rng, 2))
    x_f, d = sample(np.zeros(3), C_xx, size, rng), sample(np.zeros(2), C_ee, size, rng)
    error = linear_estimate(wrong, Problem(x_f, C_xx, d, H, C_ee))
    expected = error_covariance(wrong, C_xx, H, C_ee)
    v = np.diag(expected)
    assert (abs(error.T @ error / size - expected) < 5 * np.sqrt((np.outer(v, v) + expected**2) / size)).all()


def test_extreme_gains_are_the_forecast_and_the_data():
    given = problem(0, 3, 3)._replace(H=np.eye(3))
    np.testing.assert_array_equal(linear_estimate(np.zeros((3, 3)), given), given.x_f)
    np.testing.assert_allclose(linear_estimate(np.eye(3), given), given.d, rtol=1e-14)
    np.testing.assert_allclose(error_covariance(np.eye(3), given.C_xx, np.eye(3), given.C_ee), given.C_ee, rtol=1e-14)


GOOD = problem(0, 3, 2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x_f": np.zeros(4)}, r"C_xx: expected shape \(4, 4\), got \(3, 3\)"),
        ({"x_f": [0.0, np.nan, 0.0]}, "x_f: expected finite numbers"),
        ({"d": [0.0, np.nan]}, "d: expected finite numbers"),
        ({"d": np.zeros(3)}, r"C_ee: expected shape \(3, 3\), got \(2, 2\)"),
        ({"H": np.ones((3, 2))}, r"H: expected shape \(2, 3\), got \(3, 2\)"),
        ({"C_xx": np.diag([1.0, 1.0, -1.0])}, "C_xx: expected a positive definite matrix"),
        ({"C_xx": np.diag([1.0, 1.0, 0.0])}, "C_xx: expected a positive definite matrix"),
        ({"C_ee": [[1.0, 0.5], [0.0, 1.0]]}, "C_ee: expected a symmetric matrix"),
        ({"x_f": np.zeros((4, 3)), "d": np.zeros((5, 2))}, r"d: leading axes \(5,\) do not fit those of x_f, \(4,\)"),
        ({"x_f": np.zeros((4, 6, 3)), "d": np.zeros((5, 2))}, r"d: leading axes \(5,\) do not fit those of x_f, \(4, 6\)"),
    ],
)
def test_bad_problem_is_refused_by_name(change, message):
    bad = GOOD._replace(**change)
    for use in (blue, lambda given: cost(np.zeros(3), given), lambda given: cost_gradient(np.zeros(3), given), cost_hessian):
        with pytest.raises(ValueError, match=message):
            use(bad)


def test_bad_state_gain_and_form_are_refused_by_name():
    with pytest.raises(ValueError, match=r"x: expected shape \(\.\.\., 3\), got \(2,\)"):
        cost(np.zeros(2), GOOD)
    with pytest.raises(ValueError, match=r"K: expected shape \(3, 2\), got \(2, 3\)"):
        linear_estimate(np.zeros((2, 3)), GOOD)
    with pytest.raises(ValueError, match=r"K: expected shape \(3, 2\), got \(2, 3\)"):
        error_covariance(np.zeros((2, 3)), GOOD.C_xx, GOOD.H, GOOD.C_ee)
    with pytest.raises(ValueError, match="form: 'dual' is not known; expected one of observation, state"):
        blue(GOOD, "dual")
