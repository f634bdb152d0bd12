"""Each form against a numerical maximum of the expected log-likelihood over its own parameters."""

import numpy as np
import pytest
from scipy.optimize import minimize

from course_lib.assimilation.forms import diagonal, full, isotropic, rotation
from course_lib.basics.gaussians import log_density
from tests.assimilation.kalman_models import spread

SEEDS = [0, 1, 2]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("form", "numbers"), [(isotropic, 1), (diagonal, 3)])
def test_variances_are_the_most_likely_ones_of_errors_with_that_second_moment(form, numbers, seed):
    C = spread(3, np.random.default_rng(seed))
    errors = np.sqrt(3) * np.linalg.cholesky(C).T  # three, whose second moment is C

    def minus(u):
        return -log_density(errors, np.zeros(3), np.diag(np.exp(u) * np.ones(3))).sum()

    best = minimize(minus, np.zeros(numbers), method="BFGS").x
    np.testing.assert_allclose(form(C), np.diag(np.exp(best) * np.ones(3)), rtol=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_regression_and_covariance_without_structure_are_those_of_least_squares(seed):
    rng = np.random.default_rng(seed)
    before, after = rng.normal(size=(2, 20, 3))
    exact = np.linalg.lstsq(before, after, rcond=None)[0].T
    np.testing.assert_allclose(full(after.T @ before, before.T @ before), exact, rtol=1e-9, atol=1e-12)
    C = spread(3, rng)
    np.testing.assert_array_equal(full(C), C)


@pytest.mark.parametrize("seed", SEEDS)
def test_rotation_is_the_nearest_one_that_singular_values_give(seed):
    rng = np.random.default_rng(seed)
    before, after = rng.normal(size=(2, 20, 2))
    S10, S00 = after.T @ before, before.T @ before
    U, _, V = np.linalg.svd(S10)  # Kabsch: the rotation that takes one cloud of points nearest to another
    np.testing.assert_allclose(rotation(S10, S00), U @ np.diag([1, np.linalg.det(U @ V)]) @ V, atol=1e-12)
