"""The data have the distribution that they claim, and their importances are those of the definitions."""

import numpy as np
import pytest
import torch

from course_lib.trust.known_truth import NAMES, NOISE, formula, sample, true_importance


@pytest.mark.parametrize("correlation", [-0.9, 0.0, 0.6, 0.99])
def test_predictors_have_the_covariance_and_targets_the_noise(correlation):
    x, y = sample(20_000, correlation, np.random.default_rng(0))
    expected = np.eye(len(NAMES))
    expected[0, 1] = expected[1, 0] = correlation
    assert (abs(np.cov(x.T) - expected) < 4 * np.sqrt(2 / len(x))).all()
    noise = y - formula(x)
    assert abs(noise.std() / NOISE - 1) < 4 / np.sqrt(2 * len(x))
    assert (abs(np.corrcoef(noise, x.T)[0, 1:]) < 4 / np.sqrt(len(x))).all()


def test_the_three_terms_have_mean_zero_and_variance_one():
    x, _ = sample(200_000, 0.5, np.random.default_rng(1))
    terms = np.array([x[:, 0], (x[:, 2] ** 2 - 1) / np.sqrt(2), x[:, 3] * x[:, 4]])
    np.testing.assert_allclose(formula(x), terms.sum(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(terms.mean(axis=1), 0, atol=0.01)
    np.testing.assert_allclose(np.cov(terms), np.eye(3), atol=0.04)


def test_only_the_proxy_depends_on_the_correlation():
    a, b = (sample(30, rho, np.random.default_rng(2)) for rho in (0.1, 0.9))
    same = [j for j in range(6) if np.array_equal(a.x[:, j], b.x[:, j])]
    assert same == [0, 2, 3, 4, 5]
    assert np.array_equal(a.y, b.y)


def test_formula_takes_tensors():
    x, _ = sample(10, 0.5, np.random.default_rng(3))
    np.testing.assert_allclose(formula(torch.as_tensor(x)).numpy(), formula(x), rtol=1e-15)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_importances_are_variances_given_the_others(correlation):
    # E Var(f given all but j) by pairs of draws of x_j that share the rest: half the mean squared difference.
    rng = np.random.default_rng(4)
    x, _ = sample(200_000, correlation, rng)
    other = sample(200_000, correlation, rng).x
    truth = true_importance(correlation)
    for j in range(6):
        drawn = x.copy()
        drawn[:, j] = other[:, j]
        if j < 2:
            drawn[:, j] = correlation * x[:, 1 - j] + np.sqrt(1 - correlation**2) * rng.standard_normal(len(x))
        squares = (formula(drawn) - formula(x)) ** 2
        assert abs(squares.mean() - truth["conditional"][j]) <= 4 * squares.std() / np.sqrt(len(x))
        assert truth["drop-column"][j] == truth["conditional"][j] / 2


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_importance_by_permutation_is_the_squared_change_that_an_independent_draw_makes(correlation):
    rng = np.random.default_rng(5)
    x, other = (sample(200_000, correlation, rng).x for _ in range(2))
    truth = true_importance(correlation)["permutation"]
    for j in range(6):
        drawn = x.copy()
        drawn[:, j] = other[:, j]
        squares = (formula(drawn) - formula(x)) ** 2
        assert abs(squares.mean() - truth[j]) <= 4 * squares.std() / np.sqrt(len(x))


@pytest.mark.parametrize("correlation", [1, -1.0, np.nan, "0.5", True])
@pytest.mark.parametrize("function", [lambda rho: sample(5, rho, np.random.default_rng(0)), true_importance])
def test_impossible_correlations_are_refused(function, correlation):
    with pytest.raises(ValueError, match="correlation: expected a number between -1 and 1"):
        function(correlation)


def test_empty_samples_are_refused():
    with pytest.raises(ValueError, match="size: expected a whole number"):
        sample(0, 0.5, np.random.default_rng(0))
