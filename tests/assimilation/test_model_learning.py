"""Learning Lorenz-63 from noisy data: better than regression on the data, also with a coordinate hidden."""

import numpy as np
import pytest

from course_lib.assimilation import lorenz63
from course_lib.assimilation.model_learning import forecast_error, learn, polynomial
from course_lib.assimilation.polynomial_model import lorenz63_coefficients, polynomial_step
from course_lib.assimilation.systems import simulate
from course_lib.assimilation.weak_constraint import Window, model_error_moments, uncertainty

EXACT = lorenz63_coefficients()


def observed(coordinates, steps, seed):
    system = lorenz63.system(coordinates, observation_error=1.0, model_error=0.1)
    run = simulate(system, steps, 1, np.random.default_rng(seed), spin_up=300)
    return run.states[0], Window(run.observations[0], system.H, 1.0)


def one_step_error(coefficients):
    return forecast_error(coefficients, lorenz63.trajectory(2, 200, np.random.default_rng(5)), lorenz63.DT, 1)[0]


@pytest.mark.parametrize("seed", range(2))
def test_alternation_beats_regression_on_noisy_data(seed):
    states, window = observed((0, 1, 2), 800, seed)
    path = learn(window, window.observations, np.zeros((10, 3)), lorenz63.DT, turns=8)
    assert one_step_error(path[-1].coefficients) < 0.7 * one_step_error(path[0].coefficients)
    off = [np.sqrt(np.mean((turn.trajectory - states) ** 2)) for turn in path]
    assert off[-1] < 0.55 * off[0]
    assert all(turn.sigma_p_point < turn.sigma_p for turn in path[1:])


def test_regression_on_the_true_trajectory_finds_the_size_of_the_model_error():
    states, window = observed((0, 1, 2), 800, 0)
    first = learn(window, states, np.zeros((10, 3)), lorenz63.DT, turns=0)[0]
    assert first.sigma_p == pytest.approx(0.1, rel=5 / np.sqrt(2 * states.size))  # five standard errors
    assert first.sigma_p_point == first.sigma_p


def test_total_variance_is_that_of_the_trajectory_and_of_its_spread():
    _, window = observed((0, 1, 2), 200, 0)
    before, after = learn(window, window.observations, np.zeros((10, 3)), lorenz63.DT, turns=1)
    spread = uncertainty(polynomial(before.coefficients, lorenz63.DT), after.trajectory, window, before.sigma_p)
    point, variance = model_error_moments(polynomial(after.coefficients, lorenz63.DT), spread)
    np.testing.assert_allclose([after.sigma_p_point**2, after.sigma_p**2], [point, point + variance], rtol=1e-9)


def test_hidden_coordinate_is_found_where_the_first_equation_is_known():
    states, window = observed((0, 2), 500, 0)
    x, z = window.observations.T
    first = np.column_stack([x, x + np.gradient(x, lorenz63.DT) / 10, z])
    free = np.ones((10, 3), bool)
    free[:, 0] = False
    path = learn(window, first, np.where(free, 0.0, EXACT), lorenz63.DT, turns=8, free=free)
    hidden = [np.sqrt(np.mean((turn.trajectory - states)[:, 1] ** 2)) for turn in path]
    assert hidden[-1] < 0.5 * hidden[0]
    np.testing.assert_array_equal(path[-1].coefficients[:, 0], EXACT[:, 0])


def test_forecast_error_is_zero_for_the_exact_model_and_grows_for_another():
    truth = lorenz63.trajectory(20, 30, np.random.default_rng(0))
    assert forecast_error(EXACT, truth, lorenz63.DT, 20).max() < 1e-8
    other = EXACT + 0.01 * (EXACT != 0)
    errors = forecast_error(other, truth, lorenz63.DT, 20)
    by_hand = polynomial_step(other, polynomial_step(other, truth[:, 0], lorenz63.DT), lorenz63.DT) - truth[:, 2]
    assert np.isclose(errors[1], np.sqrt(np.mean(np.sum(by_hand**2, axis=1))))
    assert errors[-1] > errors[0] > 0


def test_forecast_that_runs_to_infinity_has_infinite_error():
    explosive = np.zeros((10, 3))
    explosive[4:, :] = 50.0
    errors = forecast_error(explosive, lorenz63.trajectory(20, 5, np.random.default_rng(0)), lorenz63.DT, 20)
    assert np.isinf(errors[-1])


def test_more_leads_than_times_are_refused():
    with pytest.raises(ValueError, match="truth: 5 leads need at least 6 times, got 5"):
        forecast_error(EXACT, np.zeros((2, 5, 3)), lorenz63.DT, 5)
