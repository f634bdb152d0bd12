import numpy as np
import pytest
import torch

from course_lib.learning.activations import ACTIVATIONS, activation
from course_lib.learning.differences import finite_difference_gradient

TORCH = {
    "identity": lambda a: a,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "softplus": lambda a: torch.logaddexp(torch.zeros_like(a), a),
    "tanh": torch.tanh,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_value_and_slope_equal_torch(name):
    a = np.concatenate([[0.5, -0.5, 30.0, -30.0, 700.0, -700.0], np.random.default_rng(0).normal(scale=4, size=200)])
    theirs = torch.tensor(a, requires_grad=True)
    h = TORCH[name](theirs)
    h.sum().backward()
    f = activation(name)
    np.testing.assert_allclose(f.value(a), h.detach().numpy(), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(f.slope(a, f.value(a)), theirs.grad.numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slope_equals_finite_differences(name):
    a = np.random.default_rng(1).uniform(0.1, 3, size=50) * np.repeat([1, -1], 25)  # away from the kink of relu
    f = activation(name)
    np.testing.assert_allclose(f.slope(a, f.value(a)), finite_difference_gradient(lambda a: f.value(a).sum(), a), atol=1e-10)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_rise_and_keep_their_argument(name):
    a = np.linspace(-5, 5, 101)
    before = a.copy()
    f = activation(name)
    h = f.value(a)
    assert np.all(np.diff(h) >= 0)
    assert np.all(f.slope(a, h) >= 0)
    np.testing.assert_array_equal(a, before)


def test_relu_has_slope_zero_at_its_kink_as_in_torch():
    at_zero = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    torch.relu(at_zero).backward()
    f = activation("relu")
    assert f.slope(np.zeros(1), f.value(np.zeros(1)))[0] == at_zero.grad[0] == 0


def test_known_values():
    assert activation("sigmoid").value(np.array(0.0)) == 0.5
    assert activation("softplus").value(np.array(0.0)) == pytest.approx(np.log(2), abs=1e-15)
    np.testing.assert_array_equal(activation("relu").value(np.array([-1.0, 0.0, 2.0])), [0, 0, 2])


def test_unknown_activation_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'tanhh'.*identity, relu, sigmoid, softplus, tanh"):
        activation("tanhh")
