import numpy as np
import pytest
from scipy.integrate import quad

from course_lib.basics.divergence import kl_gaussians, kl_quadrature
from course_lib.basics.partition import best_gaussian, bound, double_well, log_boltzmann, log_partition

GRID = np.linspace(-6, 6, 2401)
BETAS = pytest.mark.parametrize("beta", [0.25, 1.0, 3.0, 20.0])


def well(beta):
    return lambda x: double_well(x, beta)


def log_gaussian(mean, sigma):
    return -0.5 * ((GRID - mean) / sigma) ** 2 - 0.5 * np.log(2 * np.pi * sigma**2)


def closed_form(beta, mean, sigma):
    """−β E(x² − 1)² + entropy, with the moments of a Gaussian written out."""
    energy = mean**4 + 6 * mean**2 * sigma**2 + 3 * sigma**4 - 2 * (mean**2 + sigma**2) + 1
    return -beta * energy + 0.5 * np.log(2 * np.pi * np.e * sigma**2)


def test_double_well_rests_at_plus_and_minus_one():
    np.testing.assert_allclose(double_well([-1, 0, 1, 2], 3.0), [0, -3, 0, -27])


@BETAS
def test_log_partition_equals_scipys_quadrature(beta):
    expected, _ = quad(lambda x: np.exp(-beta * (x * x - 1) ** 2), -6, 6, points=[-1, 1], epsabs=1e-14, epsrel=1e-13, limit=200)
    np.testing.assert_allclose(log_partition(well(beta), GRID), np.log(expected), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("mean", "variance"), [(0.0, 0.5), (-0.5, 0.04), (1.0, 0.3)])
def test_gaussian_integral_and_its_best_gaussian_are_exact(mean, variance):
    def f(x):
        return 3 - (x - mean) ** 2 / (2 * variance)

    exact = 3 + 0.5 * np.log(2 * np.pi * variance)
    np.testing.assert_allclose(log_partition(f, GRID), exact, rtol=1e-12)
    best = best_gaussian(f, 0.3, 0.5)
    np.testing.assert_allclose([best.mean, best.sigma, best.bound], [mean, variance**0.5, exact], rtol=1e-6, atol=1e-6)


def test_large_exponents_do_not_overflow():
    np.testing.assert_allclose(log_partition(lambda x: double_well(x, 1.0) + 5000, GRID), log_partition(well(1.0), GRID) + 5000)


@BETAS
def test_boltzmann_is_a_density_in_proportion_to_the_exponential(beta):
    log_p = log_boltzmann(well(beta), GRID)
    np.testing.assert_allclose(np.trapezoid(np.exp(log_p), GRID), 1, rtol=1e-12)
    np.testing.assert_allclose(np.diff(log_p), np.diff(double_well(GRID, beta)), atol=1e-9)


@BETAS
@pytest.mark.parametrize(("mean", "sigma"), [(0.0, 1.0), (1.0, 0.3), (-2.0, 0.1)])
def test_bound_equals_the_closed_form(beta, mean, sigma):
    np.testing.assert_allclose(bound(well(beta), mean, sigma), closed_form(beta, mean, sigma), rtol=1e-12, atol=1e-12)


@BETAS
@pytest.mark.parametrize("seed", range(5))
def test_gap_to_the_bound_is_the_divergence_for_any_gaussian(beta, seed):
    rng = np.random.default_rng(seed)
    mean, sigma = rng.normal(), rng.uniform(0.1, 0.6)
    gap = log_partition(well(beta), GRID) - bound(well(beta), mean, sigma)
    assert gap > 0
    divergence = kl_quadrature(log_gaussian(mean, sigma), log_boltzmann(well(beta), GRID), GRID)
    np.testing.assert_allclose(gap, divergence, rtol=1e-8)


def test_gap_of_a_gaussian_target_is_the_divergence_of_two_gaussians():
    gap = log_partition(lambda x: -0.5 * (x - 1) ** 2 / 0.25, GRID) - bound(lambda x: -0.5 * (x - 1) ** 2 / 0.25, 0.0, 0.7)
    np.testing.assert_allclose(gap, kl_gaussians([0.0], [[0.49]], [1.0], [[0.25]]), rtol=1e-11)


@pytest.mark.parametrize("beta", [2.0, 5.0, 20.0])
def test_best_gaussians_are_where_theory_puts_them(beta):
    """At m = 0: 3s⁴ − s² = 1/(4β). Beside it, where β > 3/2: m² = 1 − 3s² and 24βs⁴ − 8βs² + 1 = 0."""
    wide = best_gaussian(well(beta), 0.0, 0.6)
    np.testing.assert_allclose([wide.mean, 3 * wide.sigma**4 - wide.sigma**2], [0, 1 / (4 * beta)], atol=1e-7)
    narrow = best_gaussian(well(beta), 1.0, 0.2)
    variance = (8 * beta - np.sqrt(64 * beta**2 - 96 * beta)) / (48 * beta)
    np.testing.assert_allclose([narrow.mean, narrow.sigma], [np.sqrt(1 - 3 * variance), np.sqrt(variance)], rtol=1e-6)
    mirror = best_gaussian(well(beta), -1.0, 0.2)
    np.testing.assert_allclose([-mirror.mean, mirror.sigma, mirror.bound], narrow, rtol=1e-6)


def test_one_well_at_low_temperature_misses_half_of_the_states():
    gap = log_partition(well(200.0), GRID) - best_gaussian(well(200.0), 1.0, 0.03).bound
    np.testing.assert_allclose(gap, np.log(2), atol=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: double_well(0.0, -1.0), "beta: expected a positive number"),
        (lambda: double_well([np.nan], 1.0), "x: expected finite"),
        (lambda: log_partition(well(1.0), np.linspace(-1, 1, 50)), r"grid: exp\(f\) has not died out"),
        (lambda: log_partition(well(1.0), np.linspace(-6, 6, 50) ** 3), "grid: expected at least three evenly spaced"),
        (lambda: log_partition(well(1.0), [0.0]), "grid: expected at least three evenly spaced"),
        (lambda: log_partition(well(1.0), GRID[::-1]), "grid: expected at least three evenly spaced"),
        (lambda: log_partition(lambda x: x[:3], GRID), r"f\(x\): expected shape"),
        (lambda: log_boltzmann(lambda x: x * np.nan, GRID), r"f\(x\): expected finite"),
        (lambda: bound(well(1.0), 0.0, 0.0), "sigma: expected a positive number"),
        (lambda: bound(well(1.0), np.inf, 1.0), "mean: expected finite"),
        (lambda: best_gaussian(lambda x: 0 * x, 0.0, 1.0), "f: the bound has no maximum"),
    ],
)
def test_bad_arguments_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
