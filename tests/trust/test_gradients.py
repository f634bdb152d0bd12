"""Gradients agree with finite differences and torch.func; integrated gradients with their axioms and closed forms."""

import numpy as np
import pytest
import torch
from torch import nn

from course_lib.assimilation import lorenz63
from course_lib.trust.gradients import input_gradient, input_jacobian, integrated_gradients
from course_lib.trust.known_truth import formula


def network(outputs, seed):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        layers = [nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, outputs)]
        return nn.Sequential(*layers).double()


def points(seed, n, size=6):
    return np.random.default_rng(seed).standard_normal((size, n))


def values(model, x):
    with torch.no_grad():
        return model(torch.as_tensor(x)).numpy()


@pytest.mark.parametrize("seed", range(3))
def test_jacobian_equals_torchs_own(seed):
    model, x = network(3, seed), points(seed, 4)
    theirs = torch.func.vmap(torch.func.jacrev(model))(torch.as_tensor(x)).detach().numpy()
    np.testing.assert_allclose(input_jacobian(model, x), theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_jacobian_of_the_lorenz_tendency_is_the_one_on_paper(seed):
    x = 10 * points(seed, 3)
    expected = [[[-10, 10, 0], [28 - c, -1, -a], [b, a, -8 / 3]] for a, b, c in x]
    np.testing.assert_allclose(input_jacobian(lorenz63.tendency, x), expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_gradient_equals_finite_differences(seed):
    model = nn.Sequential(network(1, seed), nn.Flatten(0))
    x, s = points(seed, 4), 1e-6
    gradient = input_gradient(model, x)
    for j, shift in enumerate(s * np.eye(4)):
        np.testing.assert_allclose(gradient[:, j], (values(model, x + shift) - values(model, x - shift)) / (2 * s), atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("one_for_all", [True, False])
def test_integrated_gradients_add_up_to_the_change(seed, one_for_all):
    model = nn.Sequential(network(1, seed), nn.Flatten(0))
    x, baseline = points(seed, 4), points(seed + 9, 4)
    baseline = baseline[0] if one_for_all else baseline
    found = integrated_gradients(model, x, baseline)
    start = np.broadcast_to(baseline, x.shape).copy()
    np.testing.assert_allclose(found.sum(axis=1), values(model, x) - values(model, start), atol=1e-10)


@pytest.mark.parametrize("nodes", [1, 5])
def test_integrated_gradients_of_the_formula_split_the_product_evenly(nodes):
    # The gradient of a quadratic is linear along the way: one node is exact.
    x = points(0, 6)
    expected = np.column_stack([x[:, 0], 0 * x[:, 0], x[:, 2] ** 2 / np.sqrt(2), *[x[:, 3] * x[:, 4] / 2] * 2, 0 * x[:, 0]])
    np.testing.assert_allclose(integrated_gradients(formula, x, np.zeros(6), nodes), expected, atol=1e-13)


def test_integrated_gradients_of_a_linear_model_are_weight_times_change():
    w, x = np.array([2.0, -3.0, 0.5]), points(1, 3)
    found = integrated_gradients(lambda rows: rows @ torch.as_tensor(w), x, np.ones(3))
    np.testing.assert_allclose(found, w * (x - 1), rtol=1e-12)


def test_integrated_gradient_sees_a_saturated_unit_where_the_gradient_does_not():
    def saturated(rows):  # 1 − relu(1 − x), Sundararajan's example
        return 1 - torch.relu(1 - rows[:, 0])

    assert input_gradient(saturated, [[2.0]]) == 0
    assert abs(integrated_gradients(saturated, [[2.0]], [0.0], 400)[0, 0] - 1) < 0.002


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: input_jacobian(formula, points(0, 6)), "model: expected outputs that depend on x"),
        (lambda: input_jacobian(lambda x: torch.ones(6, 2), points(0, 4)), "model: expected outputs that depend on x"),
        (lambda: input_gradient(network(1, 0), points(0, 4)), r"model: expected one output.*\(6,\), got \(6, 1\)"),
        (lambda: input_gradient(formula, [[np.nan] * 6]), "x: expected finite"),
        (lambda: input_gradient(formula, np.ones(6)), "x: expected shape"),
        (lambda: integrated_gradients(formula, points(0, 6), np.zeros(5)), "baseline: expected shape"),
        (lambda: integrated_gradients(formula, points(0, 6), np.zeros((2, 6))), "baseline: expected shape"),
        (lambda: integrated_gradients(formula, points(0, 6), np.zeros(6), 0), "nodes: expected a whole number"),
    ],
)
def test_bad_input_is_named(function, message):
    with pytest.raises(ValueError, match=message):
        function()
