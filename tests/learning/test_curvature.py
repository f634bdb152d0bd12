"""Speed and stability of descent, as the theory predicts them from the Hessian and as descent shows them."""

import numpy as np
import pytest

from course_lib.learning.curvature import (
    best_heavy_ball,
    best_learning_rate,
    condition_number,
    contraction,
    largest_stable_learning_rate,
)
from course_lib.learning.descent import gradient_descent
from tests.learning.problems import SEEDS, bowl


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_converges_below_and_diverges_above_the_largest_stable_rate(seed, momentum):
    hessian, axes, _ = bowl(seed)
    limit = largest_stable_learning_rate(hessian, momentum)
    ends = [
        gradient_descent(lambda theta: hessian @ theta, axes.sum(axis=1), factor * limit, 20_000, momentum)[-1]
        for factor in (0.998, 1.002)
    ]
    assert np.linalg.norm(ends[0]) < 1e-3
    assert np.linalg.norm(ends[1]) > 1e3
    assert contraction(hessian, 0.998 * limit, momentum) < 1 < contraction(hessian, 1.002 * limit, momentum)
    assert contraction(hessian, limit, momentum) == pytest.approx(1, abs=1e-7)  # a root: √ of the rounding


@pytest.mark.parametrize("seed", SEEDS)
def test_error_along_each_eigenvector_shrinks_as_predicted(seed):
    hessian, axes, eigenvalues = bowl(seed)
    learning_rate = 0.9 * largest_stable_learning_rate(hessian)
    path = gradient_descent(lambda theta: hessian @ theta, axes.sum(axis=1), learning_rate, 10)
    expected = (1 - learning_rate * eigenvalues) ** np.arange(11)[:, None]
    np.testing.assert_allclose(path @ axes, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_rate_contracts_faster_than_the_best_and_its_factor_is_that_of_kappa(seed):
    hessian, _, eigenvalues = bowl(seed, condition=10.0 ** (1 + seed / 2))
    kappa = eigenvalues[-1] / eigenvalues[0]
    best = best_learning_rate(hessian)
    assert condition_number(hessian) == pytest.approx(kappa, rel=1e-10)
    assert contraction(hessian, best) == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-10)
    others = best * np.concatenate([np.linspace(0.05, 0.99, 40), np.linspace(1.01, 2, 40)])
    assert min(contraction(hessian, float(rate)) for rate in others) > contraction(hessian, best)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("momentum", [0.2, 0.6, 0.95])
def test_contraction_with_momentum_is_the_spectral_radius_of_the_step(seed, momentum):
    hessian, _, _ = bowl(seed)
    learning_rate = (0.3 + 0.2 * seed) * largest_stable_learning_rate(hessian, momentum)
    identity, zero = np.eye(4), np.zeros((4, 4))
    step = np.block([[(1 + momentum) * identity - learning_rate * hessian, -momentum * identity], [identity, zero]])
    expected = np.abs(np.linalg.eigvals(step)).max()
    assert contraction(hessian, learning_rate, momentum) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_best_heavy_ball_contracts_with_the_square_root_of_kappa(seed):
    hessian, _, eigenvalues = bowl(seed, condition=100.0)
    learning_rate, momentum = best_heavy_ball(hessian)
    root = np.sqrt(eigenvalues[-1] / eigenvalues[0])
    expected = (root - 1) / (root + 1)
    # At Polyak's choice two roots coincide, which turns a rounding of 1e-16 into 1e-8.
    assert contraction(hessian, learning_rate, momentum) == pytest.approx(expected, abs=1e-6)
    rng = np.random.default_rng(seed)
    others = zip(
        learning_rate * rng.uniform(0.2, 2, 300), np.clip(momentum * rng.uniform(0.2, 1.4, 300), 0, 0.999), strict=True
    )
    assert min(contraction(hessian, float(rate), float(beta)) for rate, beta in others) > expected - 1e-6


def test_one_step_of_the_best_rate_solves_a_round_bowl():
    path = gradient_descent(lambda theta: 2 * theta, [3.0, -7.0], best_learning_rate(2 * np.eye(2)), 1)
    np.testing.assert_array_equal(path[-1], [0.0, 0.0])


@pytest.mark.parametrize(
    "function",
    [condition_number, largest_stable_learning_rate, best_learning_rate, best_heavy_ball, lambda h: contraction(h, 0.1)],
)
@pytest.mark.parametrize(
    "bad",
    [np.ones(3), np.ones((2, 3)), [[1.0, 0.5], [0.0, 1.0]], np.diag([1.0, np.nan]), np.diag([1.0, 0.0]), np.diag([1.0, -2.0])],
)
def test_curvature_names_a_hessian_that_is_none(function, bad):
    with pytest.raises(ValueError, match=r"(?s)^hessian: expected .* (got|is) "):
        function(bad)


def test_curvature_names_bad_rates():
    with pytest.raises(ValueError, match=r"^learning_rate: expected a positive number, got -1"):
        contraction(np.eye(2), -1.0)
    with pytest.raises(ValueError, match=r"^momentum: expected .* got 1"):
        contraction(np.eye(2), 0.1, 1.0)
    with pytest.raises(ValueError, match=r"^momentum: expected .* got -1"):
        largest_stable_learning_rate(np.eye(2), -1.0)
