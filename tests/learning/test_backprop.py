import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from course_lib.learning.activations import ACTIVATIONS, activation
from course_lib.learning.backprop import forward, layer, loss_and_gradient, multiply_adds
from course_lib.learning.differences import finite_difference_gradient
from course_lib.learning.losses import LOSSES
from course_lib.learning.parameters import Layer, from_vector, init, to_vector

DEPTHS = {1: [3, 2], 2: [3, 5, 2], 3: [3, 5, 4, 2], 4: [3, 6, 5, 4, 1]}
TORCH = {
    "identity": lambda a: a,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "tanh": torch.tanh,
    "square": torch.nn.functional.mse_loss,
    "absolute": torch.nn.functional.l1_loss,
    "huber": torch.nn.functional.huber_loss,
}


def problem(sizes, seed, samples=6):
    """Parameters with non-zero biases, inputs, targets."""
    rng = np.random.default_rng(seed)
    theta = [Layer(W, rng.normal(size=b.shape) / 2) for W, b in init(sizes, rng)]
    return theta, rng.normal(size=(samples, sizes[0])), rng.normal(size=(samples, sizes[-1]))


def torch_loss_and_gradient(theta, x, y, f0="tanh", f1="identity", loss="square"):
    parameters = [torch.tensor(array, requires_grad=True) for layer in theta for array in layer]
    h = torch.tensor(x)
    names = [f0] * (len(theta) - 1) + [f1]
    for name, W, b in zip(names, parameters[::2], parameters[1::2], strict=True):
        h = TORCH[name](h @ W + b)
    value = TORCH[loss](h, torch.tensor(y), reduction="sum") / len(x)
    return value.item(), np.concatenate([part.ravel() for part in torch.autograd.grad(value, parameters)])


def assert_close(found, expected, relative):
    assert np.linalg.norm(found - expected) <= relative * np.linalg.norm(expected)


def away_from_kinks(theta, x, f0, f1):
    """The samples for which no pre-activation is so small that a finite difference could step over the kink of a relu."""
    if "relu" not in (f0, f1):
        return np.ones(len(x), bool)
    h, near = x, np.zeros(len(x), bool)
    for index, (W, b) in enumerate(theta):
        near |= (np.abs(h @ W + b) < 0.02).any(axis=1)
        h = activation(f0 if index < len(theta) - 1 else f1).value(h @ W + b)
    return ~near


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("f1", ACTIVATIONS)
@pytest.mark.parametrize("f0", ACTIVATIONS)
def test_loss_and_gradient_equal_torch_autograd(f0, f1, depth, seed):
    theta, x, y = problem(DEPTHS[depth], seed)
    value, gradient = loss_and_gradient(theta, x, y, f0, f1)
    expected_value, expected = torch_loss_and_gradient(theta, x, y, f0, f1)
    assert value == pytest.approx(expected_value, rel=1e-12)
    assert_close(to_vector(gradient), expected, relative=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("f0", ACTIVATIONS)
def test_gradient_equals_finite_differences(f0, depth, seed):
    theta, x, y = problem(DEPTHS[depth], seed, samples=30)
    keep = away_from_kinks(theta, x, f0, "identity")
    x, y = x[keep][:6], y[keep][:6]
    assert len(x) == 6
    _, gradient = loss_and_gradient(theta, x, y, f0)
    differences = finite_difference_gradient(lambda v: loss_and_gradient(from_vector(v, theta), x, y, f0)[0], to_vector(theta))
    assert_close(to_vector(gradient), differences, relative=1e-10)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_has_the_gradient_of_torch(loss, seed):
    theta, x, y = problem([3, 5, 2], seed)
    value, gradient = loss_and_gradient(theta, x, y, loss=loss)
    expected_value, expected = torch_loss_and_gradient(theta, x, y, loss=loss)
    assert value == pytest.approx(expected_value, rel=1e-12)
    assert_close(to_vector(gradient), expected, relative=1e-12)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("f1", ["identity", "sigmoid"])
@pytest.mark.parametrize("f0", ["tanh", "sigmoid", "softplus"])
def test_two_two_one_network_equals_its_formulas_written_out(f0, f1, seed):
    rng = np.random.default_rng(seed)
    w0, w1, x, y = rng.normal(size=(2, 2)), rng.normal(size=2), rng.normal(size=2), rng.normal()
    derivative = {
        "tanh": lambda a: 1 / np.cosh(a) ** 2,
        "sigmoid": lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2,
        "softplus": lambda a: 1 / (1 + np.exp(-a)),
        "identity": lambda a: 1.0,
    }
    a0 = [w0[0, j] * x[0] + w0[1, j] * x[1] for j in range(2)]
    h = [activation(f0).value(a) for a in a0]
    a1 = w1[0] * h[0] + w1[1] * h[1]
    yhat = activation(f1).value(a1)
    dL_dyhat = 2 * (yhat - y)
    dL_dw1 = [dL_dyhat * derivative[f1](a1) * h[j] for j in range(2)]
    dL_dh = [dL_dyhat * derivative[f1](a1) * w1[j] for j in range(2)]
    dL_dw0 = [[dL_dh[j] * derivative[f0](a0[j]) * x[i] for j in range(2)] for i in range(2)]

    theta = [Layer(w0, np.zeros(2)), Layer(w1[:, None], np.zeros(1))]
    value, gradient = loss_and_gradient(theta, x[None], [[y]], f0, f1)
    assert forward(theta, x[None], f0, f1).item() == pytest.approx(yhat, rel=1e-14)
    assert value == pytest.approx((yhat - y) ** 2, rel=1e-13)
    np.testing.assert_allclose(gradient[1].W[:, 0], dL_dw1, rtol=1e-12)
    np.testing.assert_allclose(gradient[0].W, dL_dw0, rtol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_linear_network_has_the_gradient_of_least_squares(seed):
    theta, x, y = problem([4, 2], seed, samples=20)
    (W, b) = theta[0]
    residual = x @ W + b - y
    value, gradient = loss_and_gradient(theta, x, y, f1="identity")
    assert value == pytest.approx(np.mean(np.linalg.norm(residual, axis=1) ** 2), rel=1e-14)
    np.testing.assert_allclose(gradient[0].W, 2 / 20 * x.T @ residual, rtol=1e-12)
    np.testing.assert_allclose(gradient[0].b, 2 * residual.mean(axis=0), rtol=1e-12)


def test_least_squares_solution_has_no_gradient():
    _, x, y = problem([4, 2], 0, samples=20)
    solution = np.linalg.lstsq(np.c_[x, np.ones(20)], y, rcond=None)[0]
    _, gradient = loss_and_gradient([Layer(solution[:4], solution[4])], x, y)
    assert np.abs(to_vector(gradient)).max() < 1e-14


@pytest.mark.parametrize("loss", LOSSES)
def test_batch_gives_the_mean_of_its_samples(loss):
    theta, x, y = problem([3, 5, 2], 0)
    value, gradient = loss_and_gradient(theta, x, y, loss=loss)
    singles = [loss_and_gradient(theta, x[k : k + 1], y[k : k + 1], loss=loss) for k in range(len(x))]
    assert value == pytest.approx(np.mean([single for single, _ in singles]), rel=1e-13)
    mean = np.mean([to_vector(single) for _, single in singles], axis=0)
    assert_close(to_vector(gradient), mean, relative=1e-13)


def test_outputs_are_summed():
    theta, x, y = problem([3, 4, 2], 0)
    (W, b) = theta[1]
    apart = [loss_and_gradient([theta[0], Layer(W[:, [k]], b[[k]])], x, y[:, [k]])[0] for k in range(2)]
    assert loss_and_gradient(theta, x, y)[0] == pytest.approx(sum(apart), rel=1e-14)


@pytest.mark.parametrize("f0", ACTIVATIONS)
def test_forward_is_the_output_that_the_loss_sees(f0):
    theta, x, y = problem([3, 5, 2], 0)
    assert loss_and_gradient(theta, x, y, f0)[0] == pytest.approx(np.sum((forward(theta, x, f0) - y) ** 2) / len(x), rel=1e-14)
    assert loss_and_gradient(theta, x, forward(theta, x, f0), f0)[0] == 0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["identity", "sigmoid", "softplus", "tanh"])
def test_backward_is_the_transpose_of_the_linearised_layer(name, seed):
    """⟨v, J u⟩ = ⟨Jᵀ v, u⟩, with J u from a difference along u."""
    rng = np.random.default_rng(seed)
    h, W, b, v = rng.normal(size=(6, 3)), rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=(6, 4))
    u = [rng.normal(scale=0.1, size=array.shape) for array in (h, W, b)]
    f = activation(name)
    along = finite_difference_gradient(
        lambda t: np.sum(v * layer(h + t * u[0], W + t * u[1], b + t * u[2], f)[0]), np.array(0.0)
    )
    (dW, db), dh = layer(h, W, b, f)[1](v)
    assert np.sum(dh * u[0]) + np.sum(dW * u[1]) + np.sum(db * u[2]) == pytest.approx(along.item(), rel=1e-10)


def test_backward_leaves_out_the_input_when_told():
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(6, 3)), rng.normal(size=(3, 4)), rng.normal(size=4)
    _, backward = layer(*arrays, activation("tanh"))
    gradient, dh = backward(np.ones((6, 4)), to_input=False)
    assert dh is None
    np.testing.assert_array_equal(gradient.W, backward(np.ones((6, 4)))[0].W)


def test_equal_hidden_units_stay_equal():
    _, x, y = problem([3, 4, 1], 0)
    theta = [Layer(np.full((3, 4), 0.3), np.zeros(4)), Layer(np.full((4, 1), 0.2), np.zeros(1))]
    (dW, _), (dV, _) = loss_and_gradient(theta, x, y)[1]
    np.testing.assert_allclose(dW, dW[:, [0, 0, 0, 0]], rtol=1e-13)
    np.testing.assert_allclose(dV, dV[[0, 0, 0, 0]], rtol=1e-13)
    assert np.abs(dW).max() > 1e-3


@pytest.mark.parametrize("sizes", [[2, 16, 16, 1], [3, 2], [5, 7, 4, 6, 2]])
def test_multiply_adds_are_those_that_torch_counts(sizes):
    samples = 10
    theta, x, y = problem(sizes, 0, samples)
    parameters = [[torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)] for W, b in theta]
    with FlopCounterMode(display=False) as of_forward:
        h = torch.tensor(x)
        for W, b in parameters:
            h = torch.tanh(torch.addmm(b, h, W))
    with FlopCounterMode(display=False) as of_backward:
        torch.nn.functional.mse_loss(h, torch.tensor(y)).backward()
    counted = [mode.get_total_flops() // 2 // samples for mode in (of_forward, of_backward)]  # a multiply-add is two flops
    assert multiply_adds(sizes) == (counted[0], sum(counted))


@pytest.mark.parametrize("sizes", [[2, 16, 16, 1], [3, 2], [5, 7, 4, 6, 2]])
def test_multiply_adds_are_those_that_our_layers_make(sizes):
    made = []

    class Counting(np.ndarray):
        def __array_ufunc__(self, ufunc, method, *inputs, **options):
            plain = [np.asarray(each) for each in inputs]
            if ufunc is np.matmul:
                made.append(plain[0].shape[0] * plain[0].shape[1] * plain[1].shape[1])
            return np.asarray(getattr(ufunc, method)(*plain, **options)).view(Counting)

    samples = 10
    theta, x, _ = problem(sizes, 0, samples)
    h, backwards = x.view(Counting), []
    for W, b in theta:
        h, backward = layer(h, W.view(Counting), b, activation("tanh"))
        backwards.append(backward)
    in_forward = sum(made)
    for backward in reversed(backwards):
        _, h = backward(h, to_input=backward is not backwards[0])
    assert multiply_adds(sizes) == (in_forward / samples, sum(made) / samples)


@pytest.mark.parametrize("sizes", [[2, 1], [2, 4, 1], [5, 3, 3, 1], [1, 1, 1, 1]])
def test_a_gradient_costs_at_most_three_forward_passes(sizes):
    in_forward, in_gradient = multiply_adds(sizes)
    assert in_gradient <= 3 * in_forward


def test_arguments_are_not_changed():
    theta, x, y = problem([3, 5, 2], 0)
    before = to_vector(theta), x.copy(), y.copy()
    forward(theta, x, "relu")
    loss_and_gradient(theta, x, y, "relu", "sigmoid")
    for now, then in zip((to_vector(theta), x, y), before, strict=True):
        np.testing.assert_array_equal(now, then)


def spoilt(array, value):
    array = np.array(array)
    array.flat[0] = value
    return array


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"theta": []}, "theta: expected at least one layer"),
        ({"theta": [(np.ones(3), np.ones(5))]}, r"theta\[0\].W: expected shape \(any, any\), got \(3,\)"),
        ({"theta": [(np.ones((3, 5)), np.ones(4))]}, r"theta\[0\].b: expected shape \(5,\), got \(4,\)"),
        (
            {"theta": [(np.ones((3, 5)), np.ones(5)), (np.ones((4, 2)), np.ones(2))]},
            r"theta\[1\].W: expected shape \(5, any\), got \(4, 2\)",
        ),
        ({"theta": [(spoilt(np.ones((3, 2)), np.nan), np.ones(2))]}, r"theta\[0\].W: expected finite numbers"),
        ({"theta": [(np.ones((3, 2)), spoilt(np.ones(2), np.inf))]}, r"theta\[0\].b: expected finite numbers"),
        ({"x": np.ones((6, 4))}, r"x: expected shape \(any, 3\), got \(6, 4\)"),
        ({"x": np.ones(3)}, r"x: expected shape \(any, 3\), got \(3,\)"),
        ({"x": np.ones((0, 3))}, r"x: expected shape \(any, 3\), got \(0, 3\)"),
        ({"x": spoilt(np.ones((6, 3)), np.nan)}, "x: expected finite numbers, got NaN or infinity"),
        ({"y": np.ones((5, 2))}, r"y: expected shape \(6, 2\), got \(5, 2\)"),
        ({"y": np.ones(6)}, r"y: expected shape \(6, 2\), got \(6,\)"),
        ({"y": spoilt(np.ones((6, 2)), -np.inf)}, "y: expected finite numbers, got NaN or infinity"),
        ({"f0": "swish"}, "'swish' is not known; expected one of identity"),
        ({"f1": "swish"}, "'swish' is not known; expected one of identity"),
        ({"loss": "hinge"}, "'hinge' is not known; expected one of square"),
    ],
)
def test_bad_arguments_are_named(changes, message):
    theta, x, y = problem([3, 5, 2], 0)
    with pytest.raises(ValueError, match=message):
        loss_and_gradient(**{"theta": theta, "x": x, "y": y, **changes})


def test_forward_checks_its_input_too():
    theta, _, _ = problem([3, 5, 2], 0)
    with pytest.raises(ValueError, match=r"x: expected shape \(any, 3\), got \(6, 2\)"):
        forward(theta, np.ones((6, 2)))
