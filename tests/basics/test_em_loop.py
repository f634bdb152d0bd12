"""The loop of EM on a hill of one parameter, −(θ − 3)², each M step of which halves the distance to the top."""

import numpy as np
import pytest

from course_lib.basics.em_loop import climb


def climbed(theta, max_steps=100, tolerance=0.0, count=1, steps=None):
    def m_step(theta, gap, step):
        if steps is not None:
            steps.append(step)
        return theta + gap / 2

    return climb(theta, lambda theta: (-((theta - 3) ** 2), 3 - theta), m_step, max_steps, tolerance, count)


def test_path_begins_with_the_guess_and_has_the_value_of_each_model():
    steps = []
    path, values, converged = climbed(-1.0, max_steps=3, steps=steps)
    assert path == (-1.0, 1.0, 2.0, 2.5)
    np.testing.assert_array_equal(values, [-16.0, -4.0, -1.0, -0.25])
    assert not converged
    assert steps == [1, 2, 3]


def test_no_step_leaves_the_guess_as_it_is():
    path, values, converged = climbed(1.0, max_steps=0)
    assert (path, values.tolist(), converged) == ((1.0,), [-4.0], False)


@pytest.mark.parametrize(("tolerance", "count", "steps"), [(0.2, 1, 3), (0.1, 2, 3), (0.8, 1, 2), (5.0, 1, 1)])
def test_it_stops_at_the_first_step_that_gains_less_than_the_tolerance_for_each_observation(tolerance, count, steps):
    path, values, converged = climbed(1.0, tolerance=tolerance, count=count)
    gains = np.diff(values)
    assert converged
    assert len(path) == steps + 1
    assert gains[-1] < tolerance * count
    assert (gains[:-1] >= tolerance * count).all()


@pytest.mark.parametrize(("tolerance", "made"), [(0.0, 4), (1e-9, 1)])
def test_a_step_that_loses_ends_the_climb_unless_the_tolerance_is_zero(tolerance, made):
    path, values, converged = climb(
        2.0, lambda theta: (-((theta - 3) ** 2), None), lambda theta, *_: theta - 1, 4, tolerance, 1
    )
    assert path == (2.0, 1.0, 0.0, -1.0, -2.0)[: made + 1]
    np.testing.assert_array_equal(values, [-1.0, -4.0, -9.0, -16.0, -25.0][: made + 1])
    assert converged == (tolerance > 0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"max_steps": -1}, "max_steps: expected a whole number, at least 0"),
        ({"tolerance": -1.0}, "tolerance: expected a positive"),
    ],
)
def test_wrong_settings_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        climbed(1.0, **wrong)
