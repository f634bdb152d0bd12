"""What a filter accepts, and in which form it gets it; the filter's own tests show what it refuses."""

import numpy as np
import pytest

from course_lib.assimilation.state_space import LinearGaussian, check_model, check_observations


def test_entries_become_arrays_of_doubles_and_all_but_the_observation_error_may_be_zero():
    zero = [[0, 0], [0, 0]]
    found = check_model(LinearGaussian([[1, 2], [3, 4]], zero, [[1, 0]], [[2]], [5, 6], zero))
    assert all(entry.dtype == float for entry in found)
    for entry, expected in zip(found, ([[1, 2], [3, 4]], zero, [[1, 0]], [[2]], [5, 6], zero), strict=True):
        np.testing.assert_array_equal(entry, expected)
    with pytest.raises(ValueError, match="R: expected a positive definite matrix"):
        check_model(found._replace(R=np.zeros((1, 1))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"M": np.eye(3)[:2]}, r"M: expected shape \(2, 2\)"),
        ({"H": np.ones((1, 3))}, r"H: expected shape"),
        ({"Q": np.eye(3)}, "Q: expected shape"),
        ({"R": np.eye(2)}, "R: expected shape"),
        ({"mean": np.zeros(3)}, "mean: expected shape"),
        ({"covariance": np.eye(1)}, "covariance: expected shape"),
        ({"covariance": np.diag([1.0, -1.0])}, "covariance: expected a positive semi-definite matrix"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused_by_name(change, message):
    model = LinearGaussian(np.eye(2), np.eye(2), np.ones((1, 2)), np.eye(1), np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match=message):
        check_model(model._replace(**change))
    with pytest.raises(ValueError, match="model: expected a LinearGaussian, got tuple"):
        check_model(tuple(model))


@pytest.mark.parametrize("shape", [(4, 2), (0, 2), (3, 4, 2), (5, 3, 4, 2), (3, 0, 2)])
def test_observations_may_be_many_sequences_or_none_at_any_time_and_may_be_missing(shape):
    y = np.full(shape, np.nan)
    y[..., :1] = 7
    np.testing.assert_array_equal(check_observations(y.tolist() if y.size else y, 2), y)


@pytest.mark.parametrize("y", [np.zeros(2), np.zeros((4, 1)), np.zeros((4, 3)), np.zeros((0, 4, 2)), np.zeros((3, 0, 4, 2))])
def test_observations_of_another_shape_are_told_the_right_one(y):
    with pytest.raises(ValueError, match=r"^observations: expected shape \(\.\.\., T, 2\), one row a time, got \("):
        check_observations(y, 2)


def test_observations_that_are_no_numbers_or_infinite_are_refused():
    with pytest.raises(ValueError, match=r"^observations: expected an array of numbers, got \[\['a', 'b'\]\]"):
        check_observations([["a", "b"]], 2)
    for infinite in (np.inf, -np.inf):
        with pytest.raises(ValueError, match=r"^observations: expected finite numbers, or NaN"):
            check_observations([[1.0, np.nan], [infinite, 0.0]], 2)
