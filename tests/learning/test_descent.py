"""Descent on a line's loss: its derivatives, the path against torch's, bad input."""

import numpy as np
import pytest
import torch

from course_lib.learning.curvature import best_learning_rate, contraction, largest_stable_learning_rate
from course_lib.learning.descent import gradient_descent, line_gradient, line_hessian, line_loss
from tests.learning.problems import SEEDS, bowl


def line_data(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(1.0, 2.0, 30)
    return rng.normal(size=2), x, 3 * x - 1 + rng.normal(size=30)


def torch_loss(x, y):
    x, y = torch.tensor(x), torch.tensor(y)
    return lambda theta: torch.nn.functional.mse_loss(theta[0] * x + theta[1], y)


# The line's loss and its derivatives


@pytest.mark.parametrize("seed", SEEDS)
def test_loss_gradient_and_hessian_equal_torch(seed):
    theta, x, y = line_data(seed)
    loss, at = torch_loss(x, y), torch.tensor(theta, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(at), at)
    hessian = torch.autograd.functional.hessian(loss, at)
    assert line_loss(theta, x, y) == pytest.approx(loss(at).item(), rel=1e-13)
    np.testing.assert_allclose(line_gradient(theta, x, y), gradient.numpy(), rtol=1e-12)
    np.testing.assert_allclose(line_hessian(x), hessian.numpy(), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_and_hessian_equal_central_differences(seed):
    theta, x, y = line_data(seed)
    # The loss is quadratic: central differences are exact for any step, so a large one keeps rounding away.
    shifts = 0.5 * np.eye(2)
    gradient = [line_loss(theta + shift, x, y) - line_loss(theta - shift, x, y) for shift in shifts]
    hessian = [line_gradient(theta + shift, x, y) - line_gradient(theta - shift, x, y) for shift in shifts]
    np.testing.assert_allclose(line_gradient(theta, x, y), gradient, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(line_hessian(x), hessian, rtol=1e-11)


def test_loss_of_many_parameters_is_the_loss_of_each():
    _, x, y = line_data(0)
    thetas = np.random.default_rng(1).normal(size=(3, 4, 2))
    each = [[line_loss(theta, x, y) for theta in row] for row in thetas]
    np.testing.assert_allclose(line_loss(thetas, x, y), each, rtol=1e-14)


def test_loss_that_overflows_is_infinite():
    assert line_loss([1e200, 0.0], [1.0, 2.0], [0.0, 0.0]) == np.inf


@pytest.mark.parametrize("seed", SEEDS)
def test_descent_ends_at_the_least_squares_line(seed):
    theta, x, y = line_data(seed)
    hessian = line_hessian(x)
    steps = int(np.ceil(np.log(1e-14) / np.log(contraction(hessian, best_learning_rate(hessian)))))
    path = gradient_descent(lambda t: line_gradient(t, x, y), theta, best_learning_rate(hessian), steps)
    expected = np.linalg.lstsq(np.column_stack([x, np.ones_like(x)]), y, rcond=None)[0]
    np.testing.assert_allclose(path[-1], expected, rtol=1e-11)


# The path


def test_path_holds_the_first_guess_and_every_step():
    path = gradient_descent(lambda theta: 2 * theta, [1.0, -4.0], 0.25, 3)
    np.testing.assert_array_equal(path, [[1, -4], [0.5, -2], [0.25, -1], [0.125, -0.5]])
    np.testing.assert_array_equal(gradient_descent(lambda theta: 2 * theta, [1.0], 0.25, 0), [[1.0]])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9])
def test_path_equals_torch_sgd(seed, momentum):
    theta0, x, y = line_data(seed)
    learning_rate = 0.3 * largest_stable_learning_rate(line_hessian(x))
    path = gradient_descent(lambda theta: line_gradient(theta, x, y), theta0, learning_rate, 100, momentum)
    loss, theta = torch_loss(x, y), torch.tensor(theta0, requires_grad=True)
    optimiser, expected = torch.optim.SGD([theta], lr=learning_rate, momentum=momentum), [theta0]
    for _ in range(100):
        optimiser.zero_grad()
        loss(theta).backward()
        optimiser.step()
        expected.append(theta.detach().numpy().copy())
    np.testing.assert_allclose(path, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_momentum_path_obeys_polyaks_recurrence(seed):
    hessian, _, _ = bowl(seed)
    path = gradient_descent(lambda theta: hessian @ theta, np.ones(4), 0.01, 50, 0.8)
    before, here, after = path[:-2], path[1:-1], path[2:]
    np.testing.assert_allclose(after, here - 0.01 * here @ hessian + 0.8 * (here - before), atol=1e-13)


def test_descent_works_on_a_loss_that_is_not_quadratic():
    path = gradient_descent(lambda theta: 4 * theta * (theta**2 - 1), [0.3], 0.05, 300)
    np.testing.assert_allclose(path[-1], [1.0], rtol=1e-12)


def test_first_guess_is_left_alone_even_by_a_gradient_that_writes():
    def careless(theta):
        theta *= 2
        return theta

    theta0 = np.array([1.0, 2.0])
    path = gradient_descent(careless, theta0, 0.1, 2)
    np.testing.assert_array_equal(theta0, [1.0, 2.0])
    np.testing.assert_allclose(path[1], [0.8, 1.6])


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_divergence_ends_in_inf_without_a_warning(momentum):
    asked = []

    def gradient(theta):
        asked.append(theta)
        return 2 * theta

    path = gradient_descent(gradient, [1.0, -1.0], 1e3, 500, momentum)
    diverged = ~np.isfinite(path).all(axis=1)
    first = int(np.argmax(diverged))
    assert path.shape == (501, 2)
    assert 0 < first < 500
    assert np.isfinite(path[:first]).all()
    assert (path[first:] == np.inf).all()
    assert len(asked) == first


# Bad input

GOOD = {"theta": [0.0, 0.0], "x": [0.0, 1.0], "y": [1.0, 2.0]}


@pytest.mark.parametrize("function", [line_loss, line_gradient])
@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("theta", [1.0, 2.0, 3.0]),
        ("theta", 1.0),
        ("theta", [np.nan, 0.0]),
        ("theta", [np.inf, 0.0]),
        ("x", [[0.0, 1.0]]),
        ("x", []),
        ("x", [0.0, np.nan]),
        ("x", ["a", "b"]),
        ("y", [1.0, 2.0, 3.0]),
        ("y", [1.0, np.inf]),
        ("y", None),
    ],
)
def test_line_names_the_bad_argument(function, name, bad):
    with pytest.raises(ValueError, match=f"^{name}: expected .* got "):
        function(**{**GOOD, name: bad})


@pytest.mark.parametrize("bad", [[], [[1.0]], [0.0, np.inf]])
def test_hessian_of_a_line_names_bad_inputs(bad):
    with pytest.raises(ValueError, match=r"^x: expected .* got "):
        line_hessian(bad)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        *(("learning_rate", bad) for bad in (0, -0.1, np.nan, np.inf, "0.1", None, [0.1])),
        *(("momentum", bad) for bad in (-0.1, 1.0, 1.5, np.nan, "0.9", None)),
        *(("steps", bad) for bad in (-1, 2.5, "3", True)),
        *(("theta0", bad) for bad in (1.0, [], [[1.0]], [np.nan])),
        ("gradient", lambda theta: 1.0),
        ("gradient", lambda theta: np.ones(3)),
    ],
)
def test_descent_names_the_bad_argument(name, bad):
    good = {"gradient": lambda theta: theta, "theta0": [1.0, 2.0], "learning_rate": 0.1, "steps": 3, "momentum": 0.0}
    with pytest.raises(ValueError, match=f"^{name}: expected .* got "):
        gradient_descent(**{**good, name: bad})
