"""Tangent linear and adjoint: finite differences, the dot-product test, autograd; 4D-Var against all three."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import fourdvar, lorenz63
from course_lib.assimilation.adjoint import (
    lorenz63_adjoint,
    lorenz63_parameter_gradient,
    lorenz63_tangent,
    rk4_adjoint,
    rk4_stages,
    rk4_tangent,
)
from course_lib.assimilation.systems import System, rk4_step, simulate

SEEDS = [0, 1, 2]


def draws(seed, count=3):
    rng = np.random.default_rng(seed)
    x = 8 * rng.standard_normal((5, 3)) + [0, 0, 24]
    return x, *(rng.standard_normal((5, 3)) for _ in range(count))


@pytest.mark.parametrize("seed", SEEDS)
def test_tangent_equals_central_differences(seed):
    x, dx, _, _ = draws(seed)
    h = 1e-5
    difference = (lorenz63.step(x + h * dx) - lorenz63.step(x - h * dx)) / (2 * h)
    np.testing.assert_allclose(lorenz63_tangent(x, dx), difference, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_dot_product_test(seed):
    x, u, v, _ = draws(seed)
    forward = np.sum(lorenz63_tangent(x, u) * v, axis=-1)
    backward = np.sum(u * lorenz63_adjoint(x, v), axis=-1)
    np.testing.assert_allclose(forward, backward, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_adjoint_and_parameter_gradient_are_those_of_autograd(seed):
    x, dual, _, _ = draws(seed)
    state = torch.tensor(x, requires_grad=True)
    theta = torch.tensor([10.0, 28.0, 8 / 3], dtype=torch.double).repeat(5, 1).requires_grad_()
    lorenz63.step(state, lorenz63.Parameters(*theta.unbind(-1))).backward(torch.tensor(dual))
    of_state, of_theta = lorenz63_parameter_gradient(x, dual)
    np.testing.assert_allclose(of_state, state.grad, rtol=1e-12)
    np.testing.assert_allclose(of_theta, theta.grad, rtol=1e-11, atol=1e-13)
    np.testing.assert_array_equal(of_state, lorenz63_adjoint(x, dual))


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_of_a_step_of_any_tendency_are_those_of_autograd(seed):
    """For dx/dt = sin(A x), of which nothing here knows but its Jacobian cos(A x) A."""
    rng = np.random.default_rng(seed)
    A, x, dx, dual = rng.normal(size=(4, 4)), *rng.normal(size=(3, 4))

    def tendency(x):
        return torch.sin(torch.tensor(A) @ x) if torch.is_tensor(x) else np.sin(A @ x)

    M = torch.autograd.functional.jacobian(lambda x: rk4_step(tendency, x, 0.3), torch.tensor(x)).numpy()
    tangent = rk4_tangent(tendency, lambda x, v: np.cos(A @ x) * (A @ v), x, dx, 0.3)
    adjoint, stages, _ = rk4_adjoint(tendency, lambda x, v: A.T @ (np.cos(A @ x) * v), x, dual, 0.3)
    np.testing.assert_allclose(tangent, M @ dx, rtol=1e-12)
    np.testing.assert_allclose(adjoint, M.T @ dual, rtol=1e-12)
    np.testing.assert_array_equal(stages, rk4_stages(tendency, x, 0.3))


def test_stages_refuse_a_time_step_that_is_not_positive():
    with pytest.raises(ValueError, match="dt: expected a positive number"):
        rk4_stages(lorenz63.tendency, np.ones(3), 0.0)


# 4D-Var


def window(seed, steps=8, **options):
    system = lorenz63.system(**options)
    return system, simulate(system, steps, 1, np.random.default_rng(seed), spin_up=100)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("observed", [(0, 1, 2), (0,)])
@pytest.mark.parametrize("background", [True, False])
def test_gradient_of_the_cost_equals_autograd_and_central_differences(seed, observed, background):
    system, run = window(seed, observed=observed)
    y, x = run.observations[0], run.initial[0] + 0.5
    value, gradient = fourdvar.cost_and_gradient(x, y, system, lorenz63_adjoint, background)

    state = initial = torch.tensor(x, requires_grad=True)
    loss = torch.zeros((), dtype=torch.double)
    if background:
        loss = 0.5 * ((initial - torch.tensor(system.mean)) ** 2 / torch.tensor(np.diag(system.covariance))).sum()
    for observation in y:
        state = lorenz63.step(state)
        loss = loss + 0.5 * ((state[list(observed)] - torch.tensor(observation)) ** 2).sum()
    loss.backward()
    assert np.isclose(value, loss.item(), rtol=1e-12)
    np.testing.assert_allclose(gradient, initial.grad, rtol=1e-10, atol=1e-10)

    h = 1e-5
    for i, e in enumerate(np.eye(3)):
        up, down = (fourdvar.cost(x + sign * h * e, y, system, background) for sign in (1, -1))
        assert np.isclose(gradient[i], (up - down) / (2 * h), rtol=1e-5, atol=1e-4)


def test_batch_of_initial_states_gives_what_each_gives_alone():
    system, run = window(0)
    x = run.initial[0] + np.random.default_rng(1).standard_normal((4, 3))
    value, gradient = fourdvar.cost_and_gradient(x, run.observations[0], system, lorenz63_adjoint)
    for i in range(4):
        alone = fourdvar.cost_and_gradient(x[i], run.observations[0], system, lorenz63_adjoint)
        np.testing.assert_allclose(value[i], alone[0], rtol=1e-13)
        np.testing.assert_allclose(gradient[i], alone[1], rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_fit_of_a_linear_model_is_weighted_least_squares(seed):
    rng = np.random.default_rng(seed)
    M, H = 0.7 * rng.standard_normal((2, 2)), rng.standard_normal((1, 2))
    B, R = np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([[0.25]])
    system = System(lambda x: x @ M.T, H, np.zeros((2, 2)), R, np.array([1.0, -1.0]), B)
    y = simulate(system, 6, 1, rng).observations[0]
    found = fourdvar.fit(np.zeros(2), y, system, lambda x, dual: dual @ M)
    G = np.concatenate([H @ np.linalg.matrix_power(M, t) for t in range(1, 7)])
    A = G.T @ G / 0.25 + np.linalg.inv(B)
    np.testing.assert_allclose(
        found.initial, np.linalg.solve(A, G.T @ y[:, 0] / 0.25 + np.linalg.solve(B, system.mean)), atol=1e-6
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_fit_finds_the_initial_state_of_a_short_window_without_noise(seed):
    system, run = window(seed, steps=6, observation_error=1e-4)
    guess = run.initial + np.random.default_rng(seed).standard_normal((1, 3))
    found = fourdvar.fit(guess, run.observations, system._replace(R=np.eye(3)), lorenz63_adjoint, background=False)
    np.testing.assert_allclose(found.initial, run.initial, atol=0.05)
    assert found.cost < 1e-6


@pytest.mark.parametrize(
    ("initial", "observations", "changes", "message"),
    [
        (np.ones(2), np.ones((4, 3)), {}, r"initial: expected shape \(\.\.\., 3\)"),
        (np.ones(3), np.ones((4, 2)), {}, r"observations: expected shape \(\.\.\., any, 3\)"),
        (np.ones(3), np.ones((0, 3)), {}, "observations: expected shape"),
        (np.ones(3), np.full((4, 3), np.nan), {}, "observations: expected finite"),
        (np.ones((2, 3)), np.ones((5, 4, 3)), {}, r"observations: expected one series or \(2,\) of them"),
        (np.ones(3), np.ones((4, 3)), {"R": -np.eye(3)}, "R: expected a positive definite"),
    ],
)
def test_cost_names_the_argument_that_is_wrong(initial, observations, changes, message):
    with pytest.raises(ValueError, match=message):
        fourdvar.cost(initial, observations, lorenz63.system()._replace(**changes))
