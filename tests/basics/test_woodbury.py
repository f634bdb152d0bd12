"""Updated inverses against fresh ones; where the formula must refuse; least squares one datum at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course_lib.basics.woodbury import add_datum, sherman_morrison, woodbury

SEEDS = range(5)


def well_conditioned(rng, n):
    return rng.normal(size=(n, n)) + 2 * n * np.eye(n)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "k"), [(1, 1), (6, 1), (6, 3), (6, 6), (3, 8)])
def test_woodbury_equals_a_fresh_inverse(seed, n, k):
    rng = np.random.default_rng(seed)
    A, U, V = well_conditioned(rng, n), rng.normal(size=(n, k)), rng.normal(size=(k, n))
    fresh = np.linalg.inv(A + U @ V)
    np.testing.assert_allclose(woodbury(np.linalg.inv(A), U, V), fresh, rtol=0, atol=1e-12 * max(1, np.abs(fresh).max() ** 2))


@pytest.mark.parametrize("seed", SEEDS)
def test_sherman_morrison_is_woodbury_with_one_column(seed):
    rng = np.random.default_rng(seed)
    inverse, u, v = np.linalg.inv(well_conditioned(rng, 5)), rng.normal(size=5), rng.normal(size=5)
    one, other = sherman_morrison(inverse, u, v), woodbury(inverse, u[:, None], v[None])
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-15)


@pytest.mark.parametrize("seed", SEEDS)
def test_taking_off_what_was_added_gives_the_inverse_back(seed):
    rng = np.random.default_rng(seed)
    inverse, U, V = np.linalg.inv(well_conditioned(rng, 5)), rng.normal(size=(5, 2)), rng.normal(size=(2, 5))
    np.testing.assert_allclose(woodbury(woodbury(inverse, U, V), -U, V), inverse, rtol=0, atol=1e-13)


@settings(deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 5))
def test_determinants_agree_so_that_one_is_zero_with_the_other(seed, n, k):
    rng = np.random.default_rng(seed)
    A, U, V = well_conditioned(rng, n), rng.normal(size=(n, k)), rng.normal(size=(k, n))
    core = np.eye(k) + V @ np.linalg.solve(A, U)
    # The update is refused exactly where A + U V is singular: the ratio of their determinants is det A.
    assert np.linalg.det(A + U @ V) == pytest.approx(np.linalg.det(A) * np.linalg.det(core), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_update_to_a_singular_matrix_is_refused(seed, size):
    rng = np.random.default_rng(seed)
    n = 5
    A = size * well_conditioned(rng, n)
    null = rng.normal(size=n)
    U, V = -(A @ null)[:, None], null[None] / (null @ null)  # (A + U V) null = 0
    assert np.abs((A + U @ V) @ null).max() < 1e-12 * np.abs(A).max() * np.abs(null).max() * n
    with pytest.raises(ValueError, match=r"^U, V: expected I \+ V A⁻¹ U to be invertible, but its least singular value is"):
        woodbury(np.linalg.inv(A), U, V)
    with pytest.raises(ValueError, match=r"^U, V: expected I \+ V A⁻¹ U to be invertible"):
        sherman_morrison(np.linalg.inv(A), U[:, 0], V[0])


def test_update_close_to_a_singular_matrix_is_made():
    np.testing.assert_allclose(sherman_morrison([[1.0]], [-1.0], [1 - 1e-9]), [[1e9]], rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_adding_data_one_by_one_equals_the_batch_solution(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 4)), rng.normal(size=60)
    P = np.linalg.inv(X[:5].T @ X[:5])
    theta = P @ X[:5].T @ y[:5]
    for i in range(5, 60):
        theta, P = add_datum(theta, P, X[i], y[i])
    np.testing.assert_allclose(theta, np.linalg.lstsq(X, y, rcond=None)[0], rtol=0, atol=1e-11)
    np.testing.assert_allclose(P, np.linalg.inv(X.T @ X), rtol=0, atol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_started_from_a_prior_it_is_ridge_regression(seed):
    rng = np.random.default_rng(seed)
    X, y, alpha = rng.normal(size=(30, 4)), rng.normal(size=30), 0.7
    theta, P = np.zeros(4), np.eye(4) / alpha
    for row, value in zip(X, y, strict=True):
        theta, P = add_datum(theta, P, row, value)
    expected = np.linalg.lstsq(np.vstack([X, np.sqrt(alpha) * np.eye(4)]), np.append(y, np.zeros(4)), rcond=None)[0]
    np.testing.assert_allclose(theta, expected, rtol=0, atol=1e-12)


def test_arguments_are_left_as_they_are():
    theta, P, x = np.zeros(2), np.eye(2), np.ones(2)
    add_datum(theta, P, x, 1.0)
    woodbury(P, x[:, None], x[None])
    for array, before in ((theta, np.zeros(2)), (P, np.eye(2)), (x, np.ones(2))):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: woodbury(np.ones((2, 3)), np.ones((2, 1)), np.ones((1, 2))),
            r"A_inverse: expected shape \(2, 2\), got \(2, 3\)",
        ),
        (lambda: woodbury(np.eye(2), np.ones((3, 1)), np.ones((1, 2))), r"U: expected shape \(2, any\), got \(3, 1\)"),
        (lambda: woodbury(np.eye(2), np.ones((2, 1)), np.ones((2, 1))), r"V: expected shape \(1, 2\), got \(2, 1\)"),
        (lambda: woodbury(np.eye(2), np.ones(2), np.ones(2)), r"U: expected shape \(2, any\), got \(2,\)"),
        (lambda: woodbury([[np.nan]], [[1.0]], [[1.0]]), "A_inverse: expected finite numbers"),
        (lambda: sherman_morrison(np.eye(3), np.ones(2), np.ones(2)), r"A_inverse: expected shape \(2, 2\), got \(3, 3\)"),
        (lambda: sherman_morrison(np.eye(2), np.ones(2), np.ones(3)), r"v: expected shape \(2,\), got \(3,\)"),
        (lambda: add_datum(np.zeros(2), np.eye(2), np.ones(3), 1.0), r"x: expected shape \(2,\), got \(3,\)"),
        (lambda: add_datum(np.zeros(2), np.eye(3), np.ones(2), 1.0), r"P: expected shape \(2, 2\), got \(3, 3\)"),
        (lambda: add_datum(np.zeros(2), np.eye(2), np.ones(2), np.nan), "y: expected finite numbers"),
        (lambda: add_datum(np.zeros(1), [[-1.0]], [1.0], 0.0), "U, V: expected I"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
