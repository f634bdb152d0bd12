import numpy as np
import pytest

from course_lib.assimilation import lorenz95
from course_lib.assimilation.extended_kalman import extended_kalman_filter
from course_lib.assimilation.kalman import LinearGaussian, kalman_filter, steady_state
from course_lib.assimilation.static import kalman_gain, optimal_interpolation, second_moment, tuned_background
from course_lib.assimilation.systems import simulate
from course_lib.basics.gaussians import Gaussian
from tests.assimilation.linear_systems import kalman_update, linear_system

SEEDS = range(3)


@pytest.fixture(params=SEEDS)
def case(request):
    M, system = linear_system(request.param)
    experiment = simulate(system, 200, 3, np.random.default_rng(request.param))
    return M, system, experiment, LinearGaussian(M, *system[2:3], system.H, system.R, system.mean, system.covariance)


def test_interpolation_with_the_steady_covariance_ends_as_the_kalman_filter(case):
    _, system, experiment, model = case
    steady = steady_state(model)
    found = optimal_interpolation(system, experiment.observations, np.zeros(4), steady.forecast_covariance)
    exact = kalman_filter(model, experiment.observations)
    np.testing.assert_allclose(found.analysis_mean[:, -20:], exact.analysis_mean[:, -20:], atol=1e-6)
    np.testing.assert_allclose(found.analysis_covariance, steady.analysis_covariance, atol=1e-8)
    np.testing.assert_allclose(kalman_gain(steady.forecast_covariance, system.H, system.R), steady.gain, atol=1e-10)


def test_tuning_finds_covariances_of_its_own_errors_and_nearly_the_best_ones(case):
    _, system, _, model = case
    start = Gaussian(np.zeros(4), 3 * np.eye(4))
    many = simulate(system, 300, 20, np.random.default_rng(9))
    B, forecast, analysis = tuned_background(system, many.observations, many.states, start, period=4, burn_in=50)
    found = optimal_interpolation(system, many.observations, start.mean, B)
    errors = (found.analysis_mean - many.states)[:, 50:].reshape(-1, 4)
    np.testing.assert_allclose(analysis, errors.T @ errors / len(errors), rtol=1e-9)
    best = np.trace(steady_state(model).analysis_covariance)
    assert np.trace(analysis) < 1.05 * best  # five per cent leave room for the finite sample
    assert np.trace(analysis) < np.trace(forecast)


def test_extended_filter_is_the_kalman_filter_where_the_model_is_linear(case):
    M, system, experiment, model = case
    y = experiment.observations.copy()
    y[0, 3, 1], y[1, 5], y[2, 0, 0] = np.nan, np.nan, np.nan
    found = extended_kalman_filter(system, lambda x, dx: dx @ M.T, y, Gaussian(np.zeros(4), np.eye(4)))
    exact = kalman_filter(model, y)
    for name in ("forecast_mean", "forecast_covariance", "analysis_mean", "analysis_covariance"):
        np.testing.assert_allclose(getattr(found, name), getattr(exact, name), atol=1e-10)


def test_inflation_multiplies_the_forecast_covariance_by_its_square(case):
    M, system, experiment, _ = case
    start = Gaussian(np.zeros(4), np.eye(4))
    plain, inflated = (
        extended_kalman_filter(system, lambda x, dx: dx @ M.T, experiment.observations[:, :1], start, factor)
        for factor in (1.0, 1.2)
    )
    np.testing.assert_allclose(inflated.forecast_covariance, 1.44 * plain.forecast_covariance, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_interpolation_updates_with_what_is_there(seed):
    _, system = linear_system(seed)
    y = np.random.default_rng(seed).normal(size=(2, 1, 2))
    y[0, 0, 1], y[1] = np.nan, np.nan
    B = np.eye(4) + 0.2
    found = optimal_interpolation(system, y, np.zeros(4), B)
    mean, P = kalman_update(np.zeros(4), B, y[0, 0, :1], system.H[:1], system.R[:1, :1])
    np.testing.assert_allclose(found.analysis_mean[0, 0], mean, atol=1e-13)
    np.testing.assert_allclose(found.analysis_covariance[0, 0], P, atol=1e-13)
    np.testing.assert_allclose(found.analysis_mean[1, 0], 0, atol=1e-15)


@pytest.mark.parametrize("period", [1, 2, 4])
def test_second_moment_is_unchanged_by_its_rotations(period):
    error = np.random.default_rng(0).normal(size=(30, 5, 8)) + np.arange(8)
    moment = second_moment(error, period)
    np.testing.assert_allclose(np.roll(moment, (period, period), (0, 1)), moment, atol=1e-12)
    flat = error.reshape(-1, 8)
    np.testing.assert_allclose(np.trace(moment), np.mean(np.sum(flat**2, axis=1)))
    np.testing.assert_allclose(second_moment(error, 8), flat.T @ flat / len(flat), atol=1e-12)


def test_extended_filter_on_lorenz95_beats_interpolation_and_the_observations():
    system, climate = lorenz95.system(), lorenz95.climate()
    experiment = lorenz95.experiment("all", 150, 4, np.random.default_rng(3))
    B, _, _ = tuned_background(system, experiment.observations, experiment.states, climate, rounds=2)
    oi = optimal_interpolation(system, experiment.observations, climate.mean, B)
    ekf = extended_kalman_filter(system, lorenz95.tangent_linear, experiment.observations, climate)
    error = [np.sqrt(np.mean((found.analysis_mean - experiment.states)[:, 100:] ** 2)) for found in (oi, ekf)]
    assert error[1] < error[0] < 0.6


def test_bad_arguments_are_named():
    _, system = linear_system(0)
    y, start = np.zeros((2, 3, 2)), Gaussian(np.zeros(4), np.eye(4))
    cases = {
        "B: expected a positive definite": lambda: optimal_interpolation(system, y, np.zeros(4), -np.eye(4)),
        "B: expected shape": lambda: optimal_interpolation(system, y, np.zeros(4), np.eye(3)),
        "start: expected shape": lambda: optimal_interpolation(system, y, np.zeros(3), np.eye(4)),
        "observations": lambda: optimal_interpolation(system, y[0], np.zeros(4), np.eye(4)),
        "period: expected a divisor of 8, got 3": lambda: second_moment(np.zeros((2, 8)), 3),
        "inflation": lambda: extended_kalman_filter(system, lambda x, dx: dx, y, start, 0.0),
        "step: forecast of cycle 2: expected finite": lambda: extended_kalman_filter(
            system._replace(step=lambda x: (x + 1) * 1e200), lambda x, dx: dx, y, start
        ),
        "ran off to infinity": lambda: tuned_background(
            system._replace(step=lambda x: (x + 1) * 1e200), y, np.zeros((2, 3, 4)), start, 4, burn_in=0
        ),
        "rounds": lambda: tuned_background(system, y, np.zeros((2, 3, 4)), start, rounds=0),
    }
    for message, call in cases.items():
        with pytest.raises(ValueError, match=message):
            call()
