"""Checks of predictors say which one is wrong, and let good ones through unchanged."""

import numpy as np
import pytest

from course_lib.trust.predictors import checked_targets, complete_predictors, finite_loss, predicted, predictor_number


def test_good_predictors_come_through_as_doubles():
    x = complete_predictors("x", [[1, 2], [3, 5]])
    assert x.dtype == float
    assert np.array_equal(x, [[1, 2], [3, 5]])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([[1.0, 2.0]], "x: expected shape"),
        ([[1.0, 2.0], [3.0]], "x: expected an array of numbers, one predictor a column"),
        ([["a"], ["b"]], "x: expected an array of numbers, one predictor a column"),
        (np.empty((3, 0)), "x: expected shape"),
        ([[1.0, np.inf], [2.0, 3.0]], "missing.*1 of predictor 1"),
        ([[1.0, 4.0], [2.0, 4.0]], r"x: predictor 1 is constant \(4\)"),
        ([[1.0, None], [2.0, 4.0]], "missing.*1 of predictor 1"),
    ],
)
def test_bad_predictors_are_named(value, message):
    with pytest.raises(ValueError, match=message):
        complete_predictors("x", value)


def test_targets_keep_their_shape():
    assert checked_targets([[1, 2], [3, 4]], 2).shape == (2, 2)


@pytest.mark.parametrize("value", [[1.0, 2.0], 3.0, [[1.0, 2.0, 3.0]]])
def test_targets_of_another_length_are_refused(value):
    with pytest.raises(ValueError, match="y: expected 3 targets"):
        checked_targets(value, 3)


def test_numbers_of_predictors_may_be_numpys():
    assert predictor_number(np.int64(2), 3) == 2


@pytest.mark.parametrize("value", [-1, 3, 1.0, "1", True, None])
def test_what_is_no_number_of_a_predictor_is_refused(value):
    with pytest.raises(ValueError, match="j: expected the number of a predictor, 0 to 2, got"):
        predictor_number(value, 3)


def test_predictions_are_shaped_like_the_targets():
    x, y = np.arange(6.0).reshape(3, 2), np.zeros(3)
    np.testing.assert_array_equal(predicted(lambda x: x.sum(axis=1), x, y), [1, 5, 9])
    with pytest.raises(ValueError, match=r"predict: expected predictions shaped like y, \(3,\), got \(3, 1\)"):
        predicted(lambda x: x.sum(axis=1, keepdims=True), x, y)


@pytest.mark.parametrize("value", [np.nan, np.inf, [1.0]])
def test_losses_that_are_no_finite_number_are_refused(value):
    with pytest.raises(ValueError, match=r"loss: expected a finite number, got .* with all predictors"):
        finite_loss(value, "with all predictors")
