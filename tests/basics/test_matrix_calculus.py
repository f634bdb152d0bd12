"""Closed derivatives against automatic differentiation and against differences of function values."""

import numpy as np
import pytest
import torch

from course_lib.basics.matrix_calculus import (
    inverse_change,
    least_squares_gradient,
    log_det_gradient,
    quadratic_form_gradient,
    trace_inverse_gradient,
    trace_product_gradient,
)
from course_lib.learning.differences import finite_difference_gradient

SEEDS = range(5)


def quadratic(rng):
    A, x = rng.normal(size=(4, 4)), rng.normal(size=4)
    return lambda x, A=A: x @ _like(A, x) @ x, x, quadratic_form_gradient(A, x)


def trace_product(rng):
    A, X = rng.normal(size=(2, 3, 4))
    return lambda X: (X.T @ _like(A, X)).trace(), X, trace_product_gradient(X, A)


def log_det(rng):
    Sigma = rng.normal(size=(4, 4)) + 4 * np.eye(4)
    return lambda Sigma: _slogdet(Sigma), Sigma, log_det_gradient(Sigma)


def log_det_of_a_negative_determinant(rng):
    Sigma = rng.normal(size=(4, 4)) + 4 * np.diag([1.0, 1.0, 1.0, -1.0])
    assert np.linalg.det(Sigma) < 0
    return lambda Sigma: _slogdet(Sigma), Sigma, log_det_gradient(Sigma)


def trace_inverse(rng):
    Sigma, S = rng.normal(size=(4, 4)) + 4 * np.eye(4), rng.normal(size=(4, 4))
    inverse = {np.ndarray: np.linalg.inv, torch.Tensor: torch.linalg.inv}
    return lambda Sigma: (inverse[type(Sigma)](Sigma) @ _like(S, Sigma)).trace(), Sigma, trace_inverse_gradient(Sigma, S)


def least_squares(rng):
    X, y, theta = rng.normal(size=(7, 3)), rng.normal(size=7), rng.normal(size=3)
    loss = lambda theta: ((_like(X, theta) @ theta - _like(y, theta)) ** 2).sum()  # noqa: E731
    return loss, theta, least_squares_gradient(X, y, theta)


CASES = [quadratic, trace_product, log_det, log_det_of_a_negative_determinant, trace_inverse, least_squares]


def _like(constant, variable):
    return torch.tensor(constant) if isinstance(variable, torch.Tensor) else constant


def _slogdet(Sigma):
    return (torch if isinstance(Sigma, torch.Tensor) else np).linalg.slogdet(Sigma)[1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_gradient_equals_autograd(case, seed):
    function, at, gradient = case(np.random.default_rng(seed))
    variable = torch.tensor(at, requires_grad=True)
    function(variable).backward()
    assert gradient.shape == at.shape
    np.testing.assert_allclose(gradient, variable.grad.numpy(), rtol=0, atol=1e-11 * max(1, np.abs(gradient).max()))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", CASES)
def test_gradient_equals_central_differences(case, seed):
    function, at, gradient = case(np.random.default_rng(seed))
    differences = finite_difference_gradient(function, at, order=2)
    np.testing.assert_allclose(gradient, differences, rtol=0, atol=2e-7 * max(1, np.abs(gradient).max()))


@pytest.mark.parametrize("seed", SEEDS)
def test_antisymmetric_part_of_a_matrix_does_not_count(seed):
    rng = np.random.default_rng(seed)
    A, x = rng.normal(size=(4, 4)), rng.normal(size=4)
    symmetric = (A + A.T) / 2
    np.testing.assert_allclose(quadratic_form_gradient(A, x), 2 * symmetric @ x, rtol=0, atol=1e-13)
    np.testing.assert_allclose(quadratic_form_gradient(A - A.T, x), np.zeros(4), rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_change_of_the_inverse_is_of_first_order(seed):
    rng = np.random.default_rng(seed)
    X, dX = rng.normal(size=(4, 4)) + 4 * np.eye(4), rng.normal(size=(4, 4))
    step = 1e-5
    central = (np.linalg.inv(X + step * dX) - np.linalg.inv(X - step * dX)) / (2 * step)
    np.testing.assert_allclose(inverse_change(X, dX), central, rtol=0, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_least_squares_gradient_vanishes_at_the_solution_only(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(9, 3)), rng.normal(size=9)
    theta = np.linalg.lstsq(X, y, rcond=None)[0]
    assert np.abs(least_squares_gradient(X, y, theta)).max() < 1e-12
    assert np.abs(least_squares_gradient(X, y, theta + 0.1)).max() > 0.01


def test_gradient_of_the_trace_is_a_copy():
    A = np.ones((2, 3))
    trace_product_gradient(np.zeros((2, 3)), A)[0, 0] = 5
    assert A[0, 0] == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadratic_form_gradient(np.ones((2, 3)), np.ones(2)), r"A: expected shape \(2, 2\), got \(2, 3\)"),
        (lambda: quadratic_form_gradient(np.eye(2), np.ones((2, 1))), r"x: expected shape \(any,\), got \(2, 1\)"),
        (lambda: quadratic_form_gradient(np.eye(2), [1.0, np.nan]), "x: expected finite numbers"),
        (lambda: trace_product_gradient(np.ones((2, 3)), np.ones((3, 2))), r"A: expected shape \(2, 3\), got \(3, 2\)"),
        (lambda: inverse_change(np.ones((2, 2)), np.eye(2)), "X: expected an invertible matrix, but its least singular"),
        (lambda: inverse_change(np.eye(2), np.eye(3)), r"dX: expected shape \(2, 2\), got \(3, 3\)"),
        (lambda: log_det_gradient(np.ones((2, 3))), r"Sigma: expected a square matrix, got shape \(2, 3\)"),
        (lambda: log_det_gradient([[0.0]]), "Sigma: expected an invertible matrix, but its least singular value is 0"),
        (lambda: log_det_gradient([[np.inf]]), "Sigma: expected finite numbers"),
        (lambda: trace_inverse_gradient(np.eye(2), np.eye(3)), r"S: expected shape \(2, 2\), got \(3, 3\)"),
        (lambda: least_squares_gradient(np.ones((4, 2)), np.ones(3), np.ones(2)), r"X: expected shape \(3, 2\), got \(4, 2\)"),
        (lambda: least_squares_gradient(np.ones((3, 2)), np.full(3, np.nan), np.ones(2)), "y: expected finite numbers"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
