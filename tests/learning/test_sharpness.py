import numpy as np
import pytest
import torch

from course_lib.learning.backprop import loss_and_gradient
from course_lib.learning.parameters import from_vector, init, to_vector
from course_lib.learning.sharpness import hessian_product, largest_eigenvalue


def matrix(eigenvalues, seed):
    axes, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))
    return axes * np.array(eigenvalues, float) @ axes.T


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "eigenvalues",
    [
        [1, 2, 7],
        [-9, 1, 4],
        [-4, 0, 4],
        [-7, -3, -2],
        [5, 5, 1],
        [3],
        [-3],
        [0, 0],
        [-5, 1, 2, 3, 4.9],
        [1e-6, 1e-4],
        [-0.5, 0.1, 0.3],
    ],
    ids=str,
)
def test_power_iteration_finds_the_largest_eigenvalue(eigenvalues, seed):
    A = matrix(eigenvalues, seed)
    start = np.random.default_rng(seed + 100).normal(size=len(eigenvalues))
    found = largest_eigenvalue(lambda v: A @ v, start)
    assert found == pytest.approx(max(eigenvalues), abs=1e-4 * max(map(abs, eigenvalues)))


@pytest.mark.parametrize("seed", range(5))
def test_hessian_product_and_eigenvalue_equal_those_of_torch(seed):
    rng = np.random.default_rng(seed)
    theta = init([2, 4, 3, 1], rng)
    x, y = rng.normal(size=(30, 2)), rng.normal(size=(30, 1))
    vector = to_vector(theta)

    def loss(flat):
        h, at = torch.tensor(x), 0
        for W, b in theta:
            weights = flat[at : at + W.size].reshape(W.shape)
            h = h @ weights + flat[at + W.size : at + W.size + b.size]
            at += W.size + b.size
            h = torch.tanh(h) if at < flat.numel() else h
        return torch.mean((h - torch.tensor(y)) ** 2)

    hessian = torch.autograd.functional.hessian(loss, torch.tensor(vector)).numpy()
    v = rng.normal(size=vector.size)
    v /= np.linalg.norm(v)

    def gradient(flat):
        return to_vector(loss_and_gradient(from_vector(flat, theta), x, y)[1])

    product = hessian_product(gradient, vector, v)
    np.testing.assert_allclose(product, hessian @ v, atol=1e-8 * np.abs(hessian).max())
    found = largest_eigenvalue(lambda u: hessian_product(gradient, vector, u), v)
    assert found == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"start": np.zeros(3)}, "not zero"), ({"start": np.array([1, np.nan])}, "start"), ({"tolerance": 0}, "tolerance")],
)
def test_bad_arguments_are_named(changes, message):
    with pytest.raises(ValueError, match=message):
        largest_eigenvalue(**{"product": lambda v: v, "start": np.ones(3), **changes})


def test_vector_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"v: expected shape \(3,\)"):
        hessian_product(lambda theta: theta, np.ones(3), np.ones(2))
