"""Lorenz-63 against its published equilibria, symmetry, contraction and exponent; derivatives against autograd."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import lorenz63
from course_lib.assimilation.adjoint import lorenz63_tangent
from course_lib.assimilation.lorenz63 import (
    Parameters,
    parameter_adjoint,
    step,
    system,
    tendency,
    tendency_adjoint,
    tendency_tangent,
    trajectory,
)
from course_lib.assimilation.lyapunov import largest_exponent, log_growth

SEEDS = [0, 1, 2]


def points(seed, count=6):
    return 8 * np.random.default_rng(seed).standard_normal((count, 3)) + [0, 0, 24]


def test_tendency_vanishes_at_the_three_equilibria():
    side = np.sqrt(8 / 3 * 27)
    np.testing.assert_allclose(tendency(np.array([[0.0, 0, 0], [side, side, 27], [-side, -side, 27]])), 0, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_flow_keeps_the_symmetry(seed):
    x, mirror = points(seed), np.array([-1.0, -1.0, 1.0])
    np.testing.assert_allclose(step(mirror * x), mirror * step(x), rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_of_the_tendency_are_those_of_autograd(seed):
    rng = np.random.default_rng(seed)
    x, dx, dual = points(seed, 1)[0], rng.standard_normal(3), rng.standard_normal(3)
    theta = torch.tensor([9.0, 30.0, 2.0], dtype=torch.double)
    of_state, of_theta = torch.autograd.functional.jacobian(
        lambda x, theta: tendency(x, Parameters(*theta)), (torch.tensor(x), theta)
    )
    parameters = Parameters(*theta.tolist())
    np.testing.assert_allclose(tendency_tangent(x, dx, parameters), of_state.numpy() @ dx, rtol=1e-13)
    np.testing.assert_allclose(tendency_adjoint(x, dual, parameters), of_state.numpy().T @ dual, rtol=1e-13)
    np.testing.assert_allclose(parameter_adjoint(x, dual), of_theta.numpy().T @ dual, rtol=1e-13)


def test_trace_of_the_jacobian_is_the_known_contraction_of_volumes():
    jacobian = np.stack([tendency_tangent(points(0), e * np.ones((6, 1))) for e in np.eye(3)], axis=-1)
    np.testing.assert_allclose(np.trace(jacobian, axis1=-2, axis2=-1), -(10 + 1 + 8 / 3), rtol=1e-13)


def test_step_of_tensors_equals_that_of_arrays():
    x = points(3)
    np.testing.assert_allclose(step(torch.tensor(x)).numpy(), step(x), rtol=1e-14)


def test_mean_of_the_long_run_obeys_the_balance_of_the_equations():
    # d(x²/2σ)/dt = xy − x², dz/dt = xy − βz: both vanish on average over a long run.
    x, y, z = trajectory(1500, 40, np.random.default_rng(0)).reshape(-1, 3).T
    assert np.isclose(np.mean(x * y), np.mean(x * x), rtol=0.005)
    assert np.isclose(np.mean(x * y), 8 / 3 * np.mean(z), rtol=0.005)


def test_largest_exponent_is_the_published_one():
    start = trajectory(1, 300, np.random.default_rng(1))[:, 0]
    exponents = largest_exponent(step, lorenz63_tangent, start, np.ones_like(start), 1000, 200, lorenz63.DT)
    assert abs(exponents.mean() - lorenz63.LYAPUNOV) < 3 * exponents.std() / np.sqrt(300)
    assert exponents.std() / np.sqrt(300) < 0.003


def test_growth_in_a_linear_model_is_the_logarithm_of_its_greatest_eigenvalue():
    M = np.diag([1.5, 0.5])
    found = largest_exponent(lambda x: x @ M, lambda x, dx: dx @ M, [1.0, 1.0], [1.0, 1.0], 20, 60, 0.1)
    assert np.isclose(found, np.log(1.5) / 0.1, rtol=1e-12)
    first = log_growth(lambda x: x @ M, lambda x, dx: dx @ M, [0.0, 0.0], [3.0, 4.0], 1)
    assert np.isclose(first[0], np.log(np.hypot(4.5, 2.0) / 5), rtol=1e-12)
    at_once = largest_exponent(lambda x: x @ M, lambda x, dx: dx @ M, [1.0, 1.0], [1.0, 0.0], 1, 0, 0.1)
    assert np.isclose(at_once, np.log(1.5) / 0.1, rtol=1e-12)  # along its direction there is nothing to wait for


@pytest.mark.parametrize("length", [1e-9, 1e-3, 1e6])
def test_growth_does_not_depend_on_the_length_of_the_perturbation(length):
    x, dx = points(0), points(1)
    expected = log_growth(step, lorenz63_tangent, x, dx, 3)
    np.testing.assert_allclose(log_growth(step, lorenz63_tangent, x, length * dx, 3), expected, rtol=1e-9, atol=1e-12)


def test_growth_refuses_a_perturbation_of_zero():
    with pytest.raises(ValueError, match="dx: expected perturbations that are not zero"):
        log_growth(step, lorenz63_tangent, [1.0, 1.0, 1.0], [0.0, 0.0, 0.0], 1)


def test_growth_over_no_step_is_refused():
    x, dx = points(0), points(1)
    with pytest.raises(ValueError, match="steps: expected a whole number, at least 1"):
        log_growth(step, lorenz63_tangent, x, dx, 0)
    with pytest.raises(ValueError, match="steps: expected a whole number, at least 1"):
        largest_exponent(step, lorenz63_tangent, x, dx, 0, 5, lorenz63.DT)


def test_background_of_the_system_is_that_of_the_attractor_to_two_per_cent():
    x = trajectory(1500, 100, np.random.default_rng(1)).reshape(-1, 3)
    assert system().mean[:2].tolist() == [0, 0]  # by symmetry
    np.testing.assert_allclose(x[:, 2].mean(), system().mean[2], rtol=0.02)
    np.testing.assert_allclose(x.var(axis=0), np.diag(system().covariance), rtol=0.02)


def test_system_observes_the_chosen_coordinates():
    partial = system(observed=(2, 0), observation_error=0.5, model_error=0.1)
    np.testing.assert_array_equal(partial.H, [[0, 0, 1], [1, 0, 0]])
    np.testing.assert_allclose(partial.R, 0.25 * np.eye(2))
    np.testing.assert_allclose(partial.Q, 0.01 * np.eye(3))


@pytest.mark.parametrize("observed", [(), (3,), (0, -1)])
def test_system_refuses_coordinates_that_do_not_exist(observed):
    with pytest.raises(ValueError, match="observed: expected some of the coordinates"):
        system(observed)


@pytest.mark.parametrize("bad", [np.zeros(2), np.zeros((3, 4)), torch.zeros(4)])
def test_state_of_another_length_is_refused(bad):
    with pytest.raises(ValueError, match=r"x: expected shape \(\.\.\., 3\)"):
        tendency(bad)
