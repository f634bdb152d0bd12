import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel

from course_lib.project.regression import (
    ALPHAS,
    best_alpha,
    folds_without_common_groups,
    gaussian_kernel,
    kernel_ridge,
    left_out,
    ridge,
)


def problem(seed, rows=60, columns=8):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)) * np.logspace(0, -3, columns)
    return X, X @ rng.normal(size=columns) + 0.1 * rng.normal(size=rows), rng.permutation(rows) % 4


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("alpha", [1e-9, 1e-3, 1.0])
def test_ridge_is_that_of_scikit_learn(seed, alpha):
    X, y, _ = problem(seed)
    expected = Ridge(alpha, fit_intercept=False, solver="svd").fit(X, y).coef_
    np.testing.assert_allclose(ridge(X, y, alpha), expected, rtol=1e-9)


def test_gaussian_kernel_is_that_of_scikit_learn():
    X, _, _ = problem(0)
    np.testing.assert_allclose(gaussian_kernel(X, X[:7], 0.8), rbf_kernel(X, X[:7], 1 / (2 * 0.8**2)), atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_kernel_ridge_is_that_of_scikit_learn(seed):
    X, y, _ = problem(seed)
    K = gaussian_kernel(X, X, 1.5)
    expected = KernelRidge(alpha=1e-4, kernel="precomputed").fit(K, y).dual_coef_
    np.testing.assert_allclose(kernel_ridge(K, y, 1e-4), expected, rtol=1e-8)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("alpha", [1e-6, 1e-2])
def test_left_out_predictions_are_those_of_fits_without_the_fold(seed, alpha):
    X, y, folds = problem(seed)
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    found = left_out(U, s**2, y, folds, alpha)
    for fold in range(4):
        out = folds == fold
        np.testing.assert_allclose(found[out], X[out] @ ridge(X[~out], y[~out], alpha), atol=1e-7)


def test_left_out_predictions_of_a_kernel_are_those_of_fits_without_the_fold():
    X, y, folds = problem(1)
    K = gaussian_kernel(X, X, 1.0)
    e, U = np.linalg.eigh(K)
    found = left_out(U, e, y, folds, 1e-3)
    for fold in range(4):
        out = folds == fold
        np.testing.assert_allclose(
            found[out], K[np.ix_(out, ~out)] @ kernel_ridge(K[np.ix_(~out, ~out)], y[~out], 1e-3), atol=1e-8
        )


def test_best_alpha_has_the_least_error_of_all():
    X, y, folds = problem(2)
    U, s, _ = np.linalg.svd(X, full_matrices=False)
    alpha, error = best_alpha(U, s**2, y, folds)
    every = [np.mean(np.abs(left_out(U, s**2, y, folds, a) - y)) for a in ALPHAS]
    assert error == min(every)
    assert alpha == ALPHAS[every.index(error)]


@pytest.mark.parametrize("seed", range(3))
def test_no_group_is_in_two_folds(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(9, size=100).astype(str)
    folds = folds_without_common_groups(groups, 5, rng)
    assert set(folds) == set(range(5))
    assert all(len(set(folds[groups == name])) == 1 for name in set(groups))


def test_fewer_groups_make_fewer_folds_and_a_single_one_is_divided():
    rng = np.random.default_rng(0)
    assert len(set(folds_without_common_groups(["a", "b", "b", "c"], 5, rng))) == 3
    assert set(folds_without_common_groups(["a"] * 20, 5, rng)) == set(range(5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge(np.ones((3, 2)), np.ones(4), 1.0), "y: expected shape"),
        (lambda: ridge(np.ones((3, 2)), np.ones(3), 0.0), "alpha: expected a positive number"),
        (lambda: kernel_ridge(np.full((2, 2), np.nan), np.ones(2), 1.0), "K: expected finite"),
        (lambda: gaussian_kernel(np.ones((3, 2)), np.ones((3, 3)), 1.0), "B: expected shape"),
        (lambda: folds_without_common_groups(["a", "b"], 1, np.random.default_rng(0)), "count: expected a whole number"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
