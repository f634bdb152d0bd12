import numpy as np
import pytest

from course_lib.basics.arguments import covariance, finite_array, one_of, positive_number, whole_number


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (1.5, ()),
        ([1, 2, 3], (None,)),
        (np.ones((4, 2)), (None, 2)),
        (np.ones((4, 2)), (4, 2)),
        (np.ones(2), (..., 2)),
        (np.ones((5, 4, 2)), (..., 2)),
        (np.ones((3, 4), dtype=np.float32), (3, None)),
    ],
)
def test_fitting_array_passes_as_doubles(value, shape):
    array = finite_array("x", value, shape)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, value)


@pytest.mark.parametrize(
    ("value", "shape", "message"),
    [
        ([1, 2, 3], (None, 2), r"x: expected shape \(any, 2\), got \(3,\)"),
        ([1, 2, 3], (2,), r"x: expected shape \(2,\), got \(3,\)"),
        ([], (None,), r"x: expected shape \(any,\), got \(0,\)"),
        (np.ones((0, 2)), (..., 2), r"x: expected shape \(\.\.\., 2\), got \(0, 2\)"),
        (1.0, (..., 2), r"x: expected shape \(\.\.\., 2\), got \(\)"),
        ([1.0, np.nan], (None,), "x: expected finite numbers, got NaN or infinity in 1 places"),
        ([np.inf, -np.inf], (2,), "infinity in 2 places"),
        ("words", (None,), "x: expected an array of numbers, got 'words'"),
        ([[1], [1, 2]], (None, None), "x: expected an array of numbers"),
        (None, (), "x: expected finite numbers"),
        ([1j], (1,), "x: expected an array of numbers"),
    ],
)
def test_other_arrays_are_refused_by_name(value, shape, message):
    with pytest.raises(ValueError, match=message):
        finite_array("x", value, shape)


@pytest.mark.parametrize("value", [1, 0.1, np.float32(2), np.int64(3)])
def test_positive_numbers_pass(value):
    assert positive_number("rate", value) == value


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, True, "1", None, [1]])
def test_everything_else_is_no_positive_number(value):
    with pytest.raises(ValueError, match="rate: expected a positive number, got"):
        positive_number("rate", value)


@pytest.mark.parametrize(("value", "least"), [(0, 0), (3, 1), (np.int32(5), 5)])
def test_whole_numbers_pass(value, least):
    assert whole_number("steps", value, least) == value


@pytest.mark.parametrize(("value", "least"), [(-1, 0), (0, 1), (2.0, 0), (True, 0), ("3", 0), (None, 0)])
def test_everything_else_is_no_whole_number(value, least):
    with pytest.raises(ValueError, match=f"steps: expected a whole number, at least {least}"):
        whole_number("steps", value, least)


def test_known_name_gives_its_entry():
    assert one_of("loss", "huber", {"square": 2, "huber": 1}) == 1


@pytest.mark.parametrize("value", ["cube", "", None, 2, ["square"]])
def test_unknown_name_is_refused_with_the_known_ones(value):
    with pytest.raises(ValueError, match=r"loss: .* is not known; expected one of square, huber"):
        one_of("loss", value, {"square": 2, "huber": 1})


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [1, 3, 40])
def test_covariances_pass_unchanged(seed, size):
    factor = np.random.default_rng(seed).normal(size=(size, size + 1))
    matrix = factor @ factor.T * 10.0 ** (seed - 6)
    np.testing.assert_array_equal(covariance("K", matrix, size), matrix)


def test_what_is_positive_but_for_rounding_is_no_covariance():
    limit = 2 * np.finfo(float).eps
    np.testing.assert_array_equal(covariance("K", np.diag([1.0, 2 * limit])), np.diag([1.0, 2 * limit]))
    with pytest.raises(ValueError, match=r"its least eigenvalue is 2\.22e-16"):
        covariance("K", np.diag([1.0, limit / 2]))


@pytest.mark.parametrize(
    ("value", "size", "message"),
    [
        ([[1, 2], [2, 1]], None, "K: expected a positive definite matrix, but its least eigenvalue is -1"),
        (np.zeros((2, 2)), None, "K: expected a positive definite matrix, but its least eigenvalue is 0"),
        (np.ones((3, 3)), None, "K: expected a positive definite matrix, but its least eigenvalue is"),
        ([[1, 0.5], [0.4, 1]], None, r"K: expected a symmetric matrix, but K\[0, 1\] = 0\.5 and K\[1, 0\] = 0\.4"),
        (np.ones((2, 3)), None, r"K: expected a square matrix, got shape \(2, 3\)"),
        (np.eye(2), 3, r"K: expected shape \(3, 3\), got \(2, 2\)"),
        (1.0, None, r"K: expected shape \(any, any\), got \(\)"),
        ([[np.nan]], None, "K: expected finite numbers"),
    ],
)
def test_everything_else_is_no_covariance(value, size, message):
    with pytest.raises(ValueError, match=message):
        covariance("K", value, size)
