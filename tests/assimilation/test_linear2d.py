"""The linear 2-d system: its rotation, its noise, and which observation belongs to which state."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d


def test_two_hundred_steps_are_one_turn_and_fifty_a_quarter():
    x = np.array([3.0, 3.0])
    quarter = np.linalg.matrix_power(linear2d.M, 50) @ x
    np.testing.assert_allclose(quarter, [3.0, -3.0], atol=1e-12)
    np.testing.assert_allclose(np.linalg.matrix_power(linear2d.M, 200) @ x, x, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_step_of_tensors_keeps_their_precision_and_equals_that_of_arrays(dtype):
    x = torch.randn(4, 3, 2, generator=torch.Generator().manual_seed(0), dtype=dtype)
    moved = linear2d.step(x)
    assert moved.dtype == dtype
    torch.testing.assert_close(moved, torch.tensor(linear2d.step(x.double().numpy())).to(dtype))


def test_step_multiplies_each_state_by_the_matrix():
    x = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_allclose(linear2d.step(x), [linear2d.M @ row for row in x], rtol=1e-14)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_errors_have_the_stated_standard_deviations_and_an_observation_belongs_to_the_state_of_its_time(seed):
    data = linear2d.experiment(40, 2000, seed)
    before = np.concatenate([data.initial[:, None], data.states[:, :-1]], axis=1)
    for error, sigma in (
        (data.initial - [3.0, 3.0], 0.01),
        (data.states - linear2d.step(before), 0.01),
        (data.observations - data.states, 0.1),
    ):
        count = error.size
        assert abs(error.mean()) < 5 * sigma / np.sqrt(count)
        assert abs(error.std() / sigma - 1) < 5 / np.sqrt(2 * count)


def test_a_longer_experiment_begins_like_a_shorter_one():
    short, long = linear2d.experiment(5, 3, 7), linear2d.experiment(9, 3, 7)
    np.testing.assert_array_equal(long.observations[:, :5], short.observations)


def test_the_matrix_form_is_the_same_system():
    model, system = linear2d.linear_gaussian(), linear2d.system()
    x = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(x @ model.M.T, system.step(x))
    for name in ("H", "Q", "R", "mean", "covariance"):
        np.testing.assert_array_equal(getattr(model, name), getattr(system, name))
