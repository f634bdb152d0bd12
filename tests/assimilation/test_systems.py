"""Runge–Kutta against the exponential and its order; simulated experiments against their own laws; bad input."""

import numpy as np
import pytest
import torch
from scipy.linalg import expm

from course_lib.assimilation.systems import System, rk4_step, simulate

A = np.array([[-0.1, 2.0], [-2.0, -0.3]])


def linear_system(**changes):
    fields = {
        "step": lambda x: x @ np.array([[0.9, 0.2], [-0.2, 0.9]]).T,
        "H": np.array([[1.0, 0.5]]),
        "Q": np.array([[0.3, 0.1], [0.1, 0.2]]),
        "R": np.array([[0.25]]),
        "mean": np.array([1.0, -1.0]),
        "covariance": np.array([[0.5, -0.2], [-0.2, 0.4]]),
    }
    return System(**fields | changes)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rk4_step_is_the_taylor_series_of_the_exponential_to_order_four(seed):
    x, dt = np.random.default_rng(seed).standard_normal((5, 2)), 0.1
    powers = [np.eye(2), dt * A, (dt * A) @ (dt * A) / 2]
    series = sum(powers) + np.linalg.matrix_power(dt * A, 3) / 6 + np.linalg.matrix_power(dt * A, 4) / 24
    np.testing.assert_allclose(rk4_step(lambda x: x @ A.T, x, dt), x @ series.T, rtol=1e-14)


def test_rk4_error_after_a_fixed_time_falls_with_the_fourth_power_of_the_step():
    x, errors = np.array([1.0, 2.0]), []
    for count in (20, 40):
        y = x
        for _ in range(count):
            y = rk4_step(lambda x: x @ A.T, y, 2 / count)
        errors.append(np.linalg.norm(y - expm(2 * A) @ x))
    assert 15 < errors[0] / errors[1] < 17


def test_rk4_step_of_tensors_equals_that_of_arrays_and_can_be_differentiated():
    x = np.random.default_rng(0).standard_normal((4, 2))
    tensor = torch.tensor(x, requires_grad=True)
    stepped = rk4_step(lambda x: -(x**3), tensor, 0.1)
    np.testing.assert_allclose(stepped.detach().numpy(), rk4_step(lambda x: -(x**3), x, 0.1), rtol=1e-15)
    stepped.sum().backward()
    assert torch.isfinite(tensor.grad).all()


@pytest.mark.parametrize("dt", [0, -0.1, np.nan, "a"])
def test_rk4_step_refuses_a_time_step_that_is_not_positive(dt):
    with pytest.raises(ValueError, match="dt: expected a positive number"):
        rk4_step(lambda x: x, 1.0, dt)


def test_simulated_noise_has_the_covariances_of_the_system():
    system = linear_system()
    run = simulate(system, 4, 40_000, np.random.default_rng(0))
    before = np.concatenate([run.initial[:, None], run.states[:, :-1]], axis=1)
    samples = {
        "Q": (run.states - system.step(before)).reshape(-1, 2),
        "R": (run.observations - run.states @ system.H.T).reshape(-1, 1),
        "covariance": run.initial - system.mean,
    }
    for name, noise in samples.items():
        expected = getattr(system, name)
        found = noise.T @ noise / len(noise)
        error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / len(noise))
        assert (abs(found - expected) < 4 * error).all(), name
        assert (abs(noise.mean(axis=0)) < 4 * np.sqrt(np.diag(expected) / len(noise))).all(), name


def test_without_model_error_states_follow_the_step_exactly():
    system = linear_system(Q=np.zeros((2, 2)))
    run = simulate(system, 5, 3, np.random.default_rng(0))
    x = run.initial
    for k in range(5):
        x = system.step(x)
        np.testing.assert_array_equal(run.states[:, k], x)


def test_observation_with_index_k_belongs_to_the_state_with_index_k():
    run = simulate(linear_system(R=np.zeros((1, 1))), 6, 2, np.random.default_rng(0))
    np.testing.assert_allclose(run.observations, run.states @ np.array([[1.0], [0.5]]), rtol=1e-14)


def test_longer_experiment_begins_like_a_shorter_one():
    short, long = (simulate(linear_system(), steps, 2, np.random.default_rng(7)) for steps in (3, 8))
    np.testing.assert_array_equal(long.states[:, :3], short.states)
    np.testing.assert_array_equal(long.observations[:, :3], short.observations)


def test_spin_up_continues_the_same_run():
    system = linear_system(Q=np.zeros((2, 2)))
    whole = simulate(system, 9, 2, np.random.default_rng(7))
    later = simulate(system, 1, 2, np.random.default_rng(7), spin_up=5)
    np.testing.assert_allclose(later.initial, whole.states[:, 4], rtol=1e-14)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Q": np.array([[1.0, 0.5], [0.0, 1.0]])}, "Q: expected a symmetric matrix"),
        (
            {"Q": np.array([[1.0, 2.0], [2.0, 1.0]])},
            "Q: expected a positive semi-definite matrix, but",
        ),
        ({"R": np.eye(2)}, r"R: expected shape \(1, 1\), got \(2, 2\)"),
        ({"H": np.eye(3)}, r"H: expected shape \(any, 2\), got \(3, 3\)"),
        ({"mean": np.array([np.nan, 0.0])}, "mean: expected finite numbers"),
        ({"step": lambda x: 1e200 * x**3}, "step: state at step .*: expected finite numbers"),
        ({"step": lambda x: x[:, :1]}, "step: state at step 1: expected shape"),
    ],
)
def test_simulate_names_the_field_that_is_wrong(changes, message):
    with pytest.raises(ValueError, match=message):
        simulate(linear_system(**changes), 5, 2, np.random.default_rng(0))


def test_one_step_of_one_sequence_is_an_experiment_too():
    run = simulate(linear_system(), 1, 1, np.random.default_rng(0))
    assert [part.shape for part in run] == [(1, 2), (1, 1, 2), (1, 1, 1)]


@pytest.mark.parametrize(("steps", "size", "spin_up"), [(0, 1, 0), (1, 0, 0), (1, 1, -1), (1.5, 1, 0)])
def test_simulate_refuses_numbers_out_of_range(steps, size, spin_up):
    with pytest.raises(ValueError, match="expected a whole number"):
        simulate(linear_system(), steps, size, np.random.default_rng(0), spin_up)
