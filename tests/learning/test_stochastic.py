"""The three algorithms against each other, against plain descent, torch's and closed forms; the drawing of batches."""

from itertools import islice

import numpy as np
import pytest
import torch

from course_lib.learning.descent import gradient_descent
from course_lib.learning.stochastic import batch_descent, decreasing_rate, mini_batch_descent, mini_batches, stochastic_descent

SEEDS = range(4)


def regression(seed, count=30, size=3):
    """Data of a linear model, its gradient on given rows, and a first guess."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, size))
    y = X @ rng.normal(size=size) + rng.normal(size=count)

    def gradient(theta, rows):
        return 2 * X[rows].T @ (X[rows] @ theta - y[rows]) / len(rows)

    return X, y, gradient, rng.normal(size=size)


def paths(gradient, theta0, learning_rate=0.05, steps=7, count=30):
    """A path of each algorithm."""
    return {
        "batch": batch_descent(gradient, theta0, count, learning_rate, steps),
        "stochastic": stochastic_descent(gradient, theta0, count, learning_rate, steps, np.random.default_rng(0)),
        "mini-batch": mini_batch_descent(gradient, theta0, count, learning_rate, steps, 4, np.random.default_rng(0)),
    }


# The algorithms


@pytest.mark.parametrize("seed", SEEDS)
def test_batch_descent_is_gradient_descent_on_the_mean_of_all_samples(seed):
    X, y, gradient, theta0 = regression(seed)
    expected = gradient_descent(lambda theta: 2 * X.T @ (X @ theta - y) / 30, theta0, 0.05, 7)
    np.testing.assert_allclose(batch_descent(gradient, theta0, 30, 0.05, 7), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_mini_batches_of_all_samples_are_batch_descent(seed):
    _, _, gradient, theta0 = regression(seed)
    found = mini_batch_descent(gradient, theta0, 30, 0.05, 7, 30, np.random.default_rng(seed))
    np.testing.assert_allclose(found, batch_descent(gradient, theta0, 30, 0.05, 7), rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_mini_batches_of_one_independent_sample_are_stochastic_descent(seed):
    _, _, gradient, theta0 = regression(seed)
    one = mini_batch_descent(gradient, theta0, 30, 0.05, 40, 1, np.random.default_rng(seed), "with replacement")
    np.testing.assert_array_equal(stochastic_descent(gradient, theta0, 30, 0.05, 40, np.random.default_rng(seed)), one)


@pytest.mark.parametrize("seed", SEEDS)
def test_mini_batch_descent_equals_torchs_sgd_on_the_same_batches(seed):
    X, y, gradient, theta0 = regression(seed)
    found = mini_batch_descent(gradient, theta0, 30, decreasing_rate(0.05, 6), 20, 4, np.random.default_rng(seed))

    theta = torch.tensor(theta0, requires_grad=True)
    optimizer = torch.optim.SGD([theta], lr=0.05)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: 1 / (1 + k / 6))
    for k, rows in enumerate(islice(mini_batches(30, 4, np.random.default_rng(seed)), 20)):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(torch.tensor(X[rows]) @ theta, torch.tensor(y[rows])).backward()
        optimizer.step()
        scheduler.step()
        np.testing.assert_allclose(theta.detach().numpy(), found[k + 1], rtol=0, atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_stochastic_descent_on_the_mean_of_numbers_with_rate_1_over_2k_is_the_running_mean(seed):
    rng = np.random.default_rng(seed)
    y, seen = rng.normal(size=20), []

    def gradient(theta, rows):
        seen.extend(rows)
        return 2 * (theta - y[rows])

    path = stochastic_descent(gradient, [9.0], 20, decreasing_rate(0.5, 1), 200, rng)
    expected = np.cumsum(y[seen]) / np.arange(1, 201)
    np.testing.assert_allclose(path[1:, 0], expected, rtol=0, atol=1e-12)


def test_the_expected_first_step_is_that_of_batch_descent():
    _, _, gradient, theta0 = regression(0)
    steps = np.array([gradient(theta0, [row]) for row in range(30)])
    found = [stochastic_descent(gradient, theta0, 30, 1.0, 1, np.random.default_rng(seed))[1] - theta0 for seed in range(4000)]
    error = steps.std(axis=0) / np.sqrt(4000)
    assert (abs(np.mean(found, axis=0) - (batch_descent(gradient, theta0, 30, 1.0, 1)[1] - theta0)) < 4 * error).all()


@pytest.mark.parametrize("name", ["batch", "stochastic", "mini-batch"])
def test_paths_start_at_the_first_guess_and_diverge_into_infinity(name):
    _, _, gradient, theta0 = regression(0)
    assert np.array_equal(paths(gradient, theta0, steps=0)[name], [theta0])
    diverged = paths(gradient, theta0, learning_rate=1e6, steps=100)[name]
    first = np.isinf(diverged).any(axis=1).argmax()
    assert first > 1
    assert np.isfinite(diverged[:first]).all()
    assert np.isposinf(diverged[first:]).all()


@pytest.mark.parametrize("name", ["batch", "stochastic", "mini-batch"])
def test_the_first_guess_is_left_as_it_is(name):
    _, _, gradient, theta0 = regression(0)
    before = theta0.copy()
    assert not np.array_equal(paths(gradient, theta0)[name][-1], before)
    assert np.array_equal(theta0, before)


# Drawing


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("count", "m", "per_epoch"), [(10, 3, 4), (10, 5, 2), (6, 1, 6), (6, 6, 1)])
def test_an_epoch_deals_out_every_sample_once(seed, count, m, per_epoch):
    order = mini_batches(count, m, np.random.default_rng(seed))
    epochs = [list(islice(order, per_epoch)) for _ in range(3)]
    for epoch in epochs:
        assert sorted(np.concatenate(epoch)) == list(range(count))
        assert all(len(rows) == m for rows in epoch[:-1])
    assert not all(np.array_equal(np.concatenate(epoch), np.concatenate(epochs[0])) for epoch in epochs)


def test_without_replacement_no_sample_comes_twice_in_a_batch_and_with_replacement_some_do():
    twice = {
        draw: np.mean([len(set(rows)) < 4 for rows in islice(mini_batches(10, 4, np.random.default_rng(0), draw), 4000)])
        for draw in ("without replacement", "with replacement")
    }
    assert twice["without replacement"] == 0
    expected = 1 - 10 * 9 * 8 * 7 / 10**4
    assert abs(twice["with replacement"] - expected) < 4 * np.sqrt(expected * (1 - expected) / 4000)


@pytest.mark.parametrize("draw", ["epochs", "without replacement", "with replacement"])
def test_all_samples_are_drawn_equally_often(draw):
    rows = np.concatenate(list(islice(mini_batches(8, 3, np.random.default_rng(1), draw), 6000)))
    shares = np.bincount(rows, minlength=8) / len(rows)
    assert (abs(shares - 1 / 8) < 4 * np.sqrt(1 / 8 / len(rows))).all()


# Learning rates


def test_decreasing_rate_meets_the_conditions_of_robbins_and_monro():
    rate = decreasing_rate(0.3, 7.0)
    gammas = np.array([rate(k) for k in range(200_000)])
    assert gammas[0] == 0.3
    # Σγ_k grows like γ₀ k₀ log k, without bound; Σγ_k² stays below γ₀² (1 + k₀), the bound by the integral.
    for k in (2_000, 20_000):
        assert gammas[k : 10 * k].sum() == pytest.approx(0.3 * 7 * np.log(10), rel=0.01)
    assert 0.3**2 * 7 < (gammas**2).sum() < 0.3**2 * (1 + 7)


# Bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate: expected a positive number, got 0.0"),
        ({"learning_rate": lambda k: 0.1 - k}, "learning_rate: expected a positive number, got -0.9"),
        ({"steps": -1}, "steps: expected a whole number, at least 0, got -1"),
        ({"count": 0}, "count: expected a whole number, at least 1, got 0"),
        ({"theta0": [np.nan, 0, 0]}, "theta0: expected finite numbers"),
        ({"theta0": [[0.0, 1.0, 2.0]]}, r"theta0: expected shape \(any,\)"),
        ({"gradient": lambda theta, rows: 1.0}, r"gradient: expected shape \(3,\) like theta0, got \(\)"),
    ],
)
@pytest.mark.parametrize("algorithm", [batch_descent, stochastic_descent, mini_batch_descent])
def test_bad_arguments_are_refused_by_name(algorithm, change, message):
    _, _, gradient, theta0 = regression(0)
    given = {"gradient": gradient, "theta0": theta0, "count": 30, "learning_rate": 0.1, "steps": 3} | change
    if algorithm is not batch_descent:
        given["rng"] = np.random.default_rng(0)
    if algorithm is mini_batch_descent:
        given["batch_size"] = 1
    with pytest.raises(ValueError, match=message):
        algorithm(**given)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((10, 0), "batch_size: expected a whole number, at least 1, got 0"),
        ((10, 11), "batch_size: expected at most the number of samples, 10, got 11"),
        ((10, 2.5), "batch_size: .* got 2.5"),
        ((0, 1), "count: expected a whole number, at least 1, got 0"),
    ],
)
def test_impossible_batches_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        mini_batches(*arguments, np.random.default_rng(0))


def test_an_unknown_way_of_drawing_is_refused():
    with pytest.raises(ValueError, match="draw: 'lottery' is not known; expected one of epochs, without replacement, with"):
        mini_batches(10, 2, np.random.default_rng(0), "lottery")


@pytest.mark.parametrize(("gamma0", "k0"), [(0, 1), (0.1, 0), (-0.1, 1), (np.nan, 1)])
def test_rates_that_are_not_positive_are_refused(gamma0, k0):
    with pytest.raises(ValueError, match="expected a positive number"):
        decreasing_rate(gamma0, k0)
