"""Valid time and climate against closed forms and SciPy; bad input."""

import numpy as np
import pytest
from scipy.signal import lfilter

from course_lib.assimilation.climate import autocorrelation, climate_distance, stays, valid_time

SEEDS = [0, 1, 2]


def test_valid_time_ends_before_the_first_error_above_the_threshold():
    truth = np.zeros((3, 5, 2))
    forecast = truth.copy()
    forecast[0, 3:, 0] = 0.41
    forecast[1, 2, 1] = np.nan  # failed, even though it comes back
    np.testing.assert_allclose(valid_time(forecast, truth, 1.0, 0.1), [0.3, 0.2, 0.5])
    np.testing.assert_allclose(valid_time(forecast, truth, 2.0, 0.1), [0.5, 0.2, 0.5])


def test_valid_time_of_an_exponentially_growing_error_is_the_logarithm_of_the_head_start():
    t = 0.01 * np.arange(1, 2001)
    forecast = (1e-3 * np.exp(0.9 * t))[:, None]
    assert abs(valid_time(forecast, 0 * forecast, 1.0, 0.01) - np.log(400) / 0.9) <= 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"forecast": np.zeros((4, 2))}, r"forecast: expected shape \(5, 2\), got \(4, 2\)"),
        ({"truth": np.full((5, 2), np.inf)}, "truth: expected finite"),
        ({"spread": 0.0}, "spread: expected a positive number"),
        ({"dt": -1.0}, "dt: expected a positive number"),
        ({"threshold": 0}, "threshold: expected a positive number"),
    ],
)
def test_valid_time_names_the_argument_that_is_wrong(change, message):
    usual = {"forecast": np.zeros((5, 2)), "truth": np.zeros((5, 2)), "spread": 1.0, "dt": 0.1}
    with pytest.raises(ValueError, match=message):
        valid_time(**usual | change)


@pytest.mark.parametrize("seed", SEEDS)
def test_climate_distance_of_gaussians_is_the_closed_form(seed):
    rng = np.random.default_rng(seed)
    reference = rng.standard_normal((40_000, 2)) * [1.0, 3.0]
    run = rng.standard_normal((50_000, 2)) * [1.5, 3.0] + [0.0, 1.5]
    # Same mean: E|Z| (1.5 − 1); same spread: the shift, both over the reference's standard deviation.
    np.testing.assert_allclose(climate_distance(run, reference), [0.5 * np.sqrt(2 / np.pi), 0.5], atol=0.02)


@pytest.mark.parametrize("seed", SEEDS)
def test_climate_distance_does_not_see_the_order(seed):
    rng = np.random.default_rng(seed)
    run = rng.standard_normal((4, 30, 3))
    np.testing.assert_allclose(climate_distance(rng.permutation(run.reshape(-1, 3)), run), 0, atol=1e-15)


def test_climate_distance_refuses_states_of_another_length_and_runs_that_blew_up():
    with pytest.raises(ValueError, match="run: expected shape"):
        climate_distance(np.ones((5, 2)), np.ones((5, 3)))
    with pytest.raises(ValueError, match="run: expected finite"):
        climate_distance(np.full((5, 3), np.inf), np.ones((5, 3)))


@pytest.mark.parametrize("seed", SEEDS)
def test_autocorrelation_of_an_autoregressive_series_is_a_power(seed):
    noise = np.random.default_rng(seed).standard_normal((20, 5000))
    series = lfilter([1], [1, -0.8], noise, axis=1)[:, 100:]
    np.testing.assert_allclose(autocorrelation(series, 6), 0.8 ** np.arange(6), atol=0.03)
    with pytest.raises(ValueError, match="lags: expected at most the length of the series, 4900"):
        autocorrelation(series, 4901)


def test_stays_of_a_square_wave_are_its_half_period():
    wave = np.where(np.arange(100) % 20 < 10, -1.0, 1.0)
    np.testing.assert_allclose(stays(wave[None].repeat(2, axis=0), 0.1), np.ones(16))
    assert len(stays(np.ones((3, 10)), 0.1)) == 0
