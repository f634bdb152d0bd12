"""Coverage and calibration: against SciPy's normal distribution, and the chances that theory gives."""

import numpy as np
import pytest
from scipy import stats

from course_lib.learning.calibration import calibration_curve, coverage, coverage_error, normal_coverage, pit

K = np.array([0.0, 0.5, 1.0, 1.96, 2.0, 3.0])


def predicted(seed, size=20_000, factor=1.0):
    """Observations drawn from predictions that differ from sample to sample, and those predictions with σ times a factor."""
    rng = np.random.default_rng(seed)
    mu, sigma = rng.normal(scale=5, size=size), np.exp(rng.normal(size=size))
    return mu + sigma * rng.normal(size=size), mu, factor * sigma


def test_normal_coverage_equals_scipy():
    np.testing.assert_allclose(normal_coverage(K), stats.norm.cdf(K) - stats.norm.cdf(-K), atol=1e-15)


@pytest.mark.parametrize("seed", range(4))
def test_right_predictions_cover_what_they_claim_within_the_sampling_error(seed):
    y, mu, sigma = predicted(seed)
    found, expected = coverage(y, mu, sigma, K[1:]), normal_coverage(K[1:])
    assert (np.abs(found - expected) < 4 * coverage_error(expected, len(y))).all()


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_sigma_that_is_wrong_by_a_factor_covers_as_a_band_of_that_many_sigma(factor):
    y, mu, sigma = predicted(0, factor=factor)
    expected = normal_coverage(factor)
    assert abs(coverage(y, mu, sigma) - expected) < 4 * coverage_error(expected, len(y))


def test_coverage_counts_the_samples_in_the_band_and_its_edge():
    y, k = np.array([-3.0, -1.0, 0.0, 0.5, 1.0, 2.5]), np.array([[0.5, 1.0], [2.0, 3.0]])
    np.testing.assert_array_equal(coverage(y, 0, 1, k), [[2 / 6, 4 / 6], [4 / 6, 1]])
    assert coverage(y, 0, 1).shape == ()


def test_coverage_error_is_the_scatter_of_counted_shares():
    shares = np.random.default_rng(0).binomial(50, 0.3, size=40_000) / 50
    assert shares.std() == pytest.approx(coverage_error(0.3, 50), rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_pit_of_right_predictions_is_uniform_and_of_narrow_ones_is_not(seed):
    assert stats.kstest(pit(*predicted(seed)), "uniform").pvalue > 0.001
    assert stats.kstest(pit(*predicted(seed, factor=0.7)), "uniform").pvalue < 1e-6


def test_pit_equals_scipy():
    y, mu, sigma = predicted(5, 100)
    np.testing.assert_allclose(pit(y, mu, sigma), stats.norm.cdf(y, mu, sigma), rtol=1e-10)


def test_calibration_curve_of_right_predictions_is_the_diagonal():
    levels = np.linspace(0, 1, 21)
    found = calibration_curve(*predicted(6), levels)
    assert (np.abs(found - levels) <= 4 * coverage_error(levels, 20_000)).all()
    assert (np.diff(found) >= 0).all()


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_calibration_curve_of_a_wrong_sigma_follows_the_formula(factor):
    levels = np.linspace(0.05, 0.95, 19)
    expected = stats.norm.cdf(factor * stats.norm.ppf(levels))
    found = calibration_curve(*predicted(7, factor=factor), levels)
    assert (np.abs(found - expected) < 4 * coverage_error(expected, 20_000)).all()


def test_calibration_curve_counts_what_lies_below_the_predicted_quantiles():
    y, mu, sigma = predicted(8, 50)
    levels = np.array([0.1, 0.5, 0.9])
    expected = [(y <= stats.norm.ppf(level, mu, sigma)).mean() for level in levels]
    np.testing.assert_array_equal(calibration_curve(y, mu, sigma, levels), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: coverage([1.0, np.nan], 0, 1), "y: expected finite"),
        (lambda: coverage([1.0], 0, 0), "sigma: expected positive numbers, got 0"),
        (lambda: coverage([1.0], 0, -2), "sigma: expected positive numbers, got -2"),
        (lambda: coverage([1.0], 0, 1, -1), "k: expected numbers that are not negative, got -1"),
        (lambda: pit([1.0, 2.0], [1.0, 2.0, 3.0], 1), r"mu, sigma: .*y's \(2,\), got \(3,\)"),
        (lambda: normal_coverage(-2), "k: expected numbers that are not negative"),
        (lambda: coverage_error(1.2, 10), "share: expected numbers between 0 and 1"),
        (lambda: coverage_error(-0.2, 10), "share: expected numbers between 0 and 1"),
        (lambda: coverage_error(0.5, 0), "size: expected a whole number"),
        (lambda: calibration_curve([1.0], 0, 1, [0.5, 1.5]), "levels: expected probabilities"),
        (lambda: calibration_curve([1.0], 0, 1, [-0.5, 0.5]), "levels: expected probabilities"),
        (lambda: calibration_curve([1.0], 0, 1, 0.5), r"levels: expected shape \(any,\)"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
