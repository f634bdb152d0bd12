import numpy as np
import pytest
import scipy.optimize

from course_lib.learning.differences import STENCILS, best_step, finite_difference_gradient


def bowl(theta):
    return np.sum(np.sin(theta) * np.exp(theta / 2))


def gradient_of_bowl(theta):
    return (np.cos(theta) + np.sin(theta) / 2) * np.exp(theta / 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("order", "accuracy"), [(1, 1e-7), (2, 1e-9), (4, 1e-11)])
def test_default_step_reaches_the_accuracy_of_its_order(order, accuracy, seed):
    theta = np.random.default_rng(seed).normal(size=(3, 2))
    error = finite_difference_gradient(bowl, theta, order=order) - gradient_of_bowl(theta)
    assert np.abs(error).max() < accuracy


@pytest.mark.parametrize(("order", "steps"), [(1, (1e-3, 1e-4)), (2, (1e-2, 1e-3)), (4, (1e-1, 1e-2))])
def test_truncation_error_falls_with_the_order_of_the_step(order, steps):
    theta = np.array([0.7])
    wide, narrow = (np.abs(finite_difference_gradient(bowl, theta, order, step) - gradient_of_bowl(theta))[0] for step in steps)
    assert wide / narrow == pytest.approx(10**order, rel=0.1)


@pytest.mark.parametrize("degree", range(1, 5))
def test_five_points_are_exact_for_polynomials_up_to_degree_four(degree):
    theta = np.array([1.0, -2.0, 0.5])
    found = finite_difference_gradient(lambda theta: np.sum(theta**degree), theta, order=4, step=0.25)
    np.testing.assert_allclose(found, degree * theta ** (degree - 1), rtol=1e-13)


def test_forward_differences_equal_scipy():
    theta = np.array([0.3, -0.4, 2.0])
    theirs = scipy.optimize.approx_fprime(theta, bowl, best_step(1))
    np.testing.assert_allclose(finite_difference_gradient(bowl, theta, order=1), theirs, atol=1e-7)


def test_step_grows_with_the_parameter():
    theta = np.array([1e8])
    found = finite_difference_gradient(lambda theta: np.sum(theta**2), theta)
    np.testing.assert_allclose(found, 2 * theta, rtol=1e-11)


@pytest.mark.parametrize(("order", "calls"), [(1, 6 + 1), (2, 2 * 6), (4, 4 * 6)])
def test_number_of_calls(order, calls):
    seen = []
    finite_difference_gradient(lambda theta: seen.append(1) or bowl(theta), np.ones((2, 3)), order=order)
    assert len(seen) == calls


def test_argument_keeps_its_values_and_the_result_its_shape():
    theta = np.arange(6.0).reshape(2, 3)
    assert finite_difference_gradient(bowl, theta).shape == (2, 3)
    np.testing.assert_array_equal(theta, np.arange(6.0).reshape(2, 3))


@pytest.mark.parametrize("order", STENCILS)
def test_weights_differentiate_a_straight_line_and_ignore_a_constant(order):
    offsets, weights = map(np.array, STENCILS[order])
    assert abs(weights.sum()) < 1e-15
    assert weights @ offsets == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"theta": [np.nan]}, "theta: .*NaN"),
        ({"theta": [np.inf]}, "theta: .*infinity"),
        ({"order": 3}, "order: expected 1, 2 or 4, got 3"),
        ({"step": 0.0}, "step: .*got 0.0"),
        ({"step": -1e-3}, "step: .*got -0.001"),
        ({"step": np.nan}, "step: .*got nan"),
        ({"function": lambda theta: np.nan}, "function: .*got nan"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        finite_difference_gradient(**{"function": bowl, "theta": [1.0], **arguments})
