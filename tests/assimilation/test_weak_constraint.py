"""Weak-constraint 4D-Var: against the smoother where the model is linear, and by its gradient where it is not."""

import numpy as np
import pytest

from course_lib.assimilation import lorenz63
from course_lib.assimilation.alternating import assimilate, regression
from course_lib.assimilation.model_learning import polynomial
from course_lib.assimilation.polynomial_model import lorenz63_coefficients
from course_lib.assimilation.rotation_likelihood import TRUE, rotation_model
from course_lib.assimilation.systems import simulate
from course_lib.assimilation.weak_constraint import Window, model_error_moments, most_probable, trajectory_cost, uncertainty
from course_lib.basics.gaussians import log_density

MODEL = polynomial(lorenz63_coefficients(), lorenz63.DT)


def rotation(x):
    M = rotation_model(TRUE).M
    return x @ M.T, np.broadcast_to(M, (len(x), 2, 2))


def linear_case(seed, H):
    rng = np.random.default_rng(seed)
    # x_0 is as good as unknown: the window has no prior.
    model = rotation_model(TRUE)._replace(covariance=1e6 * np.eye(2), H=H, R=0.01 * np.eye(len(H)))
    return model, Window(rng.normal(size=(30, len(H))), H, TRUE.sigma_o)


@pytest.mark.parametrize("seed", range(3))
def test_cost_is_minus_the_log_density_of_model_errors_and_observations_but_for_a_constant(seed):
    _, window = linear_case(seed, np.array([[1.0, 0.5]]))
    M, trajectories = rotation_model(TRUE).M, np.random.default_rng(seed).normal(size=(2, 30, 2))

    def log_joint(x):
        misfit = log_density(window.observations - x @ window.H.T, np.zeros(1), TRUE.sigma_o**2 * np.eye(1))
        return misfit.sum() + log_density(x[1:] - x[:-1] @ M.T, np.zeros(2), TRUE.sigma_p**2 * np.eye(2)).sum()

    one, other = (trajectory_cost(rotation, x, window, TRUE.sigma_p) + log_joint(x) for x in trajectories)
    assert one == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("H", [np.eye(2), np.array([[1.0, 0.5]])])
@pytest.mark.parametrize("seed", range(2))
def test_linear_trajectory_and_its_covariances_are_the_smoothers(seed, H):
    model, window = linear_case(seed, H)
    exact, _ = assimilate(model, window.observations)
    x = most_probable(rotation, np.zeros((30, 2)), window, TRUE.sigma_p)
    found = uncertainty(rotation, x, window, TRUE.sigma_p)
    np.testing.assert_allclose(found.mean, exact.mean[1:], atol=1e-5)
    np.testing.assert_allclose(found.covariance, exact.covariance[1:], atol=1e-7)
    np.testing.assert_allclose(found.lag_one, exact.lag_one[1:], atol=1e-7)


def test_model_error_moments_add_up_to_the_em_estimate():
    model, window = linear_case(0, np.eye(2))
    exact, _ = assimilate(model, window.observations)
    x = most_probable(rotation, np.zeros((30, 2)), window, TRUE.sigma_p)
    point, variance = model_error_moments(rotation, uncertainty(rotation, x, window, TRUE.sigma_p))
    error = exact.mean[2:] - exact.mean[1:-1] @ model.M.T
    C, P = exact.lag_one[1:] @ model.M.T, exact.covariance[1:]
    own = P[1:] - C - C.transpose(0, 2, 1) + model.M @ P[:-1] @ model.M.T
    assert np.isclose(point, np.mean(error**2), rtol=1e-5)
    assert np.isclose(variance, np.mean(np.trace(own, axis1=1, axis2=2)) / 2, rtol=1e-5)
    assert regression(exact, spread=True)[1].trace() > regression(exact, spread=False)[1].trace()


@pytest.mark.parametrize("coordinates", [(0, 1, 2), (0, 2)])
def test_lorenz_trajectory_has_no_slope_left_and_is_nearer_than_the_observations(coordinates):
    system = lorenz63.system(coordinates, observation_error=1.0, model_error=0.1)
    run = simulate(system, 60, 1, np.random.default_rng(0), spin_up=300)
    window = Window(run.observations[0], system.H, 1.0)
    x = most_probable(MODEL, run.states[0] + np.random.default_rng(1).normal(size=(60, 3)), window, 0.1, steps=30)
    rng = np.random.default_rng(2)
    for _ in range(5):
        direction = rng.normal(size=x.shape)
        slope = [trajectory_cost(MODEL, x + h * direction, window, 0.1) for h in (1e-4, -1e-4)]
        curvature = slope[0] + slope[1] - 2 * trajectory_cost(MODEL, x, window, 0.1)
        assert curvature > 0
        assert abs(slope[0] - slope[1]) < 0.02 * curvature  # off by less than 1e-6 along this direction
    assert np.sqrt(np.mean((x - run.states[0]) ** 2)) < 0.5


def test_bad_input_is_refused_by_name():
    window = Window(np.zeros((5, 3)), np.eye(3), 1.0)
    with pytest.raises(ValueError, match="trajectory: expected shape"):
        trajectory_cost(MODEL, np.zeros((4, 3)), window, 0.1)
    with pytest.raises(ValueError, match="sigma_p: expected a positive number"):
        trajectory_cost(MODEL, np.zeros((5, 3)), window, 0.0)
    with pytest.raises(ValueError, match="observations: expected finite"):
        most_probable(MODEL, np.zeros((5, 3)), window._replace(observations=np.full((5, 3), np.nan)), 0.1)
    with pytest.raises(ValueError, match="steps: expected a whole number, at least 1"):
        most_probable(MODEL, np.ones((5, 3)), window, 0.1, steps=0)
