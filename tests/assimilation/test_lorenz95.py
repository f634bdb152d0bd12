import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from course_lib.assimilation import lorenz95


def states(seed, size=5):
    return 3 + 3 * np.random.default_rng(seed).normal(size=(size, 40))


def by_loops(x):
    n = len(x)
    return np.array([(x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + 8 for i in range(n)])


@pytest.mark.parametrize("seed", range(3))
def test_tendency_equals_the_formula_point_by_point(seed):
    x = states(seed)
    np.testing.assert_allclose(lorenz95.tendency(x), [by_loops(row) for row in x], rtol=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_advection_conserves_energy(seed):
    x = states(seed)
    advection = lorenz95.tendency(x) + x - 8
    assert np.abs(np.sum(x * advection, axis=-1)).max() < 1e-10 * np.sum(np.abs(x) ** 3)


@pytest.mark.parametrize("seed", range(3))
def test_step_follows_the_differential_equation_to_fourth_order(seed):
    x = states(seed, 1)[0]
    exact = solve_ivp(lambda t, x: by_loops(x), (0, 0.05), x, rtol=1e-12, atol=1e-12).y[:, -1]
    assert np.abs(lorenz95.step(x) - exact).max() < 0.05**4 * np.abs(exact).max() * 100
    assert np.abs(lorenz95.step(x) - exact).max() > 0


@pytest.mark.parametrize("shift", [1, 7, -3])
def test_a_rotated_state_makes_a_rotated_step(shift):
    x = states(0)
    np.testing.assert_array_equal(lorenz95.step(np.roll(x, shift, -1)), np.roll(lorenz95.step(x), shift, -1))


def test_constant_state_at_the_forcing_stays():
    np.testing.assert_allclose(lorenz95.step(np.full(40, 8.0)), 8.0, rtol=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_tangent_linear_equals_central_differences(seed):
    x, dx = states(seed), np.random.default_rng(seed + 10).normal(size=(5, 40))
    eps = 1e-5
    numeric = (lorenz95.step(x + eps * dx) - lorenz95.step(x - eps * dx)) / (2 * eps)
    np.testing.assert_allclose(lorenz95.tangent_linear(x, dx), numeric, atol=1e-8)


def test_tangent_linear_equals_autograd():
    x, dx = (torch.tensor(array) for array in (states(1), states(2)))
    _, expected = torch.autograd.functional.jvp(lorenz95.step, x, dx)
    torch.testing.assert_close(lorenz95.tangent_linear(x, dx), expected, rtol=1e-12, atol=1e-12)


def test_tangent_linear_of_unit_vectors_is_the_jacobian():
    x = states(3, 1)[0]
    rows = lorenz95.tangent_linear(x, np.eye(40))
    jacobian = torch.autograd.functional.jacobian(lorenz95.step, torch.tensor(x)).numpy()
    np.testing.assert_allclose(rows.T, jacobian, atol=1e-12)


def test_tensors_and_arrays_agree():
    x = states(4)
    np.testing.assert_allclose(lorenz95.step(torch.tensor(x)).numpy(), lorenz95.step(x), rtol=1e-14)


def test_half_of_the_observations_see_the_same_truth():
    every, half = (lorenz95.experiment(word, 5, 3, np.random.default_rng(0), spin_up=3) for word in ("all", "half"))
    np.testing.assert_array_equal(every.states, half.states)
    np.testing.assert_array_equal(every.observations[..., ::2], half.observations)
    np.testing.assert_array_equal(lorenz95.system("half").H @ every.states[0, 0], every.states[0, 0, ::2])


def test_noise_has_its_standard_deviations():
    initial, truth, observed = lorenz95.experiment("all", 100, 20, np.random.default_rng(1), spin_up=1)
    before = np.concatenate([initial[:, None], truth[:, :-1]], axis=1)
    model, observation = truth - lorenz95.step(before), observed - truth
    tolerance = 5 / np.sqrt(2 * model.size)
    assert abs(model.std() / 0.1 - 1) < tolerance
    assert abs(observation.std() - 1) < tolerance


def test_test_experiment_is_always_the_same_and_on_the_attractor():
    first, again = lorenz95.test_experiment(), lorenz95.test_experiment("half")
    assert first.states.shape == (64, 500, 40)
    assert again.observations.shape == (64, 500, 20)
    np.testing.assert_array_equal(first.states, again.states)
    # mean 2.34 and standard deviation 3.64 are those of the attractor (Lorenz and Emanuel 1998), also at the start
    for part in (first.initial, first.states):
        assert abs(part.mean() - 2.34) < 0.1
        assert abs(part.std() - 3.64) < 0.1


def test_climate_fits_other_sequences_and_is_the_same_around_the_ring():
    climate = lorenz95.climate()
    x = lorenz95.experiment("all", 200, 32, np.random.default_rng(2)).states.reshape(-1, 40)
    assert abs(climate.mean - x.mean()).max() < 0.05
    np.testing.assert_allclose(np.cov(x.T).diagonal().mean(), climate.covariance[0, 0], rtol=0.02)
    np.testing.assert_allclose(np.roll(climate.covariance, (1, 1), (0, 1)), climate.covariance, rtol=1e-14)
    np.testing.assert_allclose(climate.covariance, climate.covariance.T, rtol=1e-12)
    assert np.linalg.eigvalsh(climate.covariance)[0] > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: lorenz95.system("every"), "observed: 'every' is not known; expected one of all, half"),
        (lambda: lorenz95.test_experiment("none"), "observed"),
        (lambda: lorenz95.experiment("all", 0, 1, np.random.default_rng(0)), "steps"),
        (lambda: lorenz95.experiment("all", 1, 0, np.random.default_rng(0)), "size"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
