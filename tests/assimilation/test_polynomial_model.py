"""The polynomial model: its derivatives, and regression of its coefficients."""

import numpy as np
import pytest
from sklearn.preprocessing import PolynomialFeatures

from course_lib.assimilation import lorenz63
from course_lib.assimilation.polynomial_model import (
    lorenz63_coefficients,
    monomial_derivatives,
    monomials,
    polynomial_step,
    regress,
    step_derivatives,
)

SEEDS = range(3)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_monomials_are_those_of_scikit_learn(n):
    x = np.random.default_rng(n).normal(size=(7, n))
    np.testing.assert_allclose(monomials(x), PolynomialFeatures(2).fit_transform(x))


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_of_monomials_equal_central_differences(seed):
    x, h = np.random.default_rng(seed).normal(size=(4, 3)), 1e-5
    numeric = np.stack([(monomials(x + h * e) - monomials(x - h * e)) / (2 * h) for e in np.eye(3)], axis=-1)
    np.testing.assert_allclose(monomial_derivatives(x), numeric, atol=1e-9)


def test_step_with_lorenz_coefficients_is_lorenz_63():
    x = 10 * np.random.default_rng(0).normal(size=(20, 3))
    np.testing.assert_allclose(polynomial_step(lorenz63_coefficients(), x, 0.05), lorenz63.step(x, dt=0.05), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_derivatives_of_a_step_equal_central_differences(seed):
    rng = np.random.default_rng(seed)
    A, x, h = 0.3 * rng.normal(size=(10, 3)), rng.normal(size=(4, 3)), 1e-5
    value, by_state, by_coefficients = step_derivatives(A, x, 0.1)
    np.testing.assert_allclose(value, polynomial_step(A, x, 0.1), rtol=1e-13)

    def slope(up, down):
        return (up - down) / (2 * h)

    states = [slope(polynomial_step(A, x + h * e, 0.1), polynomial_step(A, x - h * e, 0.1)) for e in np.eye(3)]
    moves = np.eye(30).reshape(30, 10, 3) * h
    coefficients = [slope(polynomial_step(A + move, x, 0.1), polynomial_step(A - move, x, 0.1)) for move in moves]
    np.testing.assert_allclose(by_state, np.stack(states, -1), atol=1e-8)
    np.testing.assert_allclose(by_coefficients, np.stack(coefficients, -1), atol=1e-8)
    assert step_derivatives(A, x, 0.1, by_coefficients=False)[2].shape == (4, 3, 0)


def test_regression_on_a_perfect_trajectory_finds_lorenz_63_exactly():
    run = lorenz63.trajectory(300, 1, np.random.default_rng(0))[0]
    found = regress(np.zeros((10, 3)), run, lorenz63.DT, steps=15)
    np.testing.assert_allclose(found, lorenz63_coefficients(), atol=1e-6)


def test_regression_leaves_the_other_coefficients_alone():
    run = lorenz63.trajectory(300, 1, np.random.default_rng(1))[0]
    free = np.zeros((10, 3), bool)
    free[1, 1] = True
    start = lorenz63_coefficients(lorenz63.Parameters(rho=20.0))
    np.testing.assert_allclose(regress(start, run, lorenz63.DT, free), lorenz63_coefficients(), atol=1e-8)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="coefficients: expected shape"):
        polynomial_step(np.zeros((9, 3)), np.zeros((2, 3)), 0.1)
    with pytest.raises(ValueError, match="dt: expected a positive number"):
        step_derivatives(np.zeros((10, 3)), np.zeros((2, 3)), 0.0)
    with pytest.raises(ValueError, match="free: expected booleans"):
        regress(np.zeros((10, 3)), np.zeros((5, 3)), 0.1, np.zeros((10, 3), bool))
