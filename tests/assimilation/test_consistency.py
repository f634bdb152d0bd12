import numpy as np
import pytest

from course_lib.assimilation.consistency import rank_histogram, spread


def test_spread_is_the_root_of_the_mean_variance():
    A = np.random.default_rng(0).normal(size=(4, 9, 3))
    covariances = np.array([np.cov(members.T) for members in A])
    np.testing.assert_allclose(spread(covariances), [np.sqrt(members.var(axis=0, ddof=1).mean()) for members in A])


def test_spread_of_one_covariance_is_a_number():
    assert spread(np.diag([1.0, 9.0])) == pytest.approx(np.sqrt(5))


@pytest.mark.parametrize("members", [1, 4, 20])
def test_histogram_is_flat_if_the_truth_is_one_of_them(members):
    rng = np.random.default_rng(members)
    E, x = rng.normal(size=(20_000, members, 3)), rng.normal(size=(20_000, 3))
    shares = rank_histogram(E, x)
    assert len(shares) == members + 1
    np.testing.assert_allclose(shares.sum(), 1)
    expected = 1 / (members + 1)
    np.testing.assert_allclose(shares, expected, atol=5 * np.sqrt(expected / 60_000))


def test_too_small_a_spread_makes_a_valley_and_a_bias_a_slope():
    rng = np.random.default_rng(0)
    E, x = rng.normal(size=(5000, 9, 2)), rng.normal(size=(5000, 2))
    narrow = rank_histogram(0.5 * E, x)
    assert narrow[0] > 2 * narrow[5] < 2 * narrow[9]
    assert rank_histogram(3 * E, x)[5] > 2 * rank_histogram(3 * E, x)[0]
    low = rank_histogram(E - 1, x)
    assert low[9] > 2 * low[5] > 2 * low[0]


def test_bad_arguments_are_named():
    for message, call in {
        r"covariance: expected shape \(..., n, n\), got \(3,\)": lambda: spread(np.zeros(3)),
        r"covariance: expected shape \(..., n, n\), got \(4, 3, 2\)": lambda: spread(np.zeros((4, 3, 2))),
        "state: expected shape": lambda: rank_histogram(np.zeros((2, 4, 3)), np.zeros((2, 4))),
        "E: expected finite": lambda: rank_histogram(np.full((4, 3), np.nan), np.zeros(3)),
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
