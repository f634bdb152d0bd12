"""The groups against the axioms and against other ways to count; averages against projections and closed forms."""

from math import factorial

import numpy as np
import pytest

from course_lib.invariance.groups import (
    cube_rotations,
    equivariance_defect,
    invariance_defect,
    orbit,
    orbit_average,
    permutations,
    product,
    quarter_turns,
    translations,
)

SEEDS = range(4)
IMAGE, POINTS = (6, 6), (4, 3)
GROUPS = {
    "translations": (translations(6), IMAGE, 36),
    "coarse translations": (translations(6, step=2), IMAGE, 9),
    "quarter turns": (quarter_turns(), IMAGE, 4),
    "symmetries of the square": (quarter_turns(reflections=True), IMAGE, 8),
    "permutations": (permutations(4), POINTS, factorial(4)),
    "cube rotations": (cube_rotations(), POINTS, 24),
    "symmetries of the cube": (cube_rotations(reflections=True), POINTS, 48),
    "turned and renumbered": (product(cube_rotations(), permutations(4)), POINTS, 24 * 24),
    "moved and turned": (product(translations(6, step=3), quarter_turns()), IMAGE, 16),
}
each_group = pytest.mark.parametrize(("group", "shape", "order"), GROUPS.values(), ids=GROUPS)


def rows(x, group):
    """The orbit as a set of rows, rounded so that equal ones are the same."""
    return {tuple(row) for row in np.round(orbit(x, group).reshape(len(group), -1), 9)}


@each_group
def test_orbit_of_a_random_array_has_one_point_for_each_element(group, shape, order):
    x = np.random.default_rng(0).normal(size=shape)
    assert len(rows(x, group)) == len(group) == order


@each_group
def test_orbit_holds_the_array_itself_and_is_the_same_from_any_of_its_points(group, shape, order):
    x = np.random.default_rng(1).normal(size=shape)
    here = rows(x, group)
    assert tuple(np.round(x, 9).ravel()) in here
    for g in group[:: max(1, order // 6)]:
        assert rows(g(x), group) == here


@each_group
def test_actions_are_linear_and_keep_lengths(group, shape, order):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(2, *shape))
    for g in group[:: max(1, order // 8)]:
        np.testing.assert_allclose(g(x + 3 * y), g(x) + 3 * g(y), atol=1e-13)
        assert np.linalg.norm(g(x)) == pytest.approx(np.linalg.norm(x), rel=1e-13)


@each_group
def test_actions_take_batches_as_they_take_single_arrays(group, shape, order):
    x = np.random.default_rng(3).normal(size=(5, *shape))
    for g in group[:: max(1, order // 8)]:
        np.testing.assert_array_equal(g(x)[2], g(x[2]))


def test_rotations_keep_the_handedness_and_reflections_turn_it():
    frame = np.eye(3)
    assert [round(np.linalg.det(g(frame))) for g in cube_rotations()] == [1] * 24
    assert sorted(round(np.linalg.det(g(frame))) for g in cube_rotations(reflections=True)) == [-1] * 24 + [1] * 24


def test_a_single_point_has_no_other_number():
    x = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_array_equal(orbit(x, permutations(1)), [x])


def test_two_quarter_turns_are_two_reflections():
    x = np.random.default_rng(4).normal(size=IMAGE)
    np.testing.assert_array_equal(quarter_turns()[2](x), x[::-1, ::-1])


def linear(weights):
    return lambda x: np.sum(weights * x, axis=(-2, -1))


@each_group
@pytest.mark.parametrize("seed", SEEDS)
def test_orbit_average_is_invariant_and_averaging_again_changes_nothing(group, shape, order, seed):
    rng = np.random.default_rng(seed)
    weights, x = rng.normal(size=(2, *shape))
    average = orbit_average(lambda y: np.exp(0.3 * linear(weights)(y)), group)
    assert invariance_defect(average, x, group[:: max(1, order // 6)]) < 1e-12
    if order <= 48:
        np.testing.assert_allclose(orbit_average(average, group)(x), average(x), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_average_of_a_linear_function_over_translations_is_a_multiple_of_the_sum(seed):
    weights, x = np.random.default_rng(seed).normal(size=(2, *IMAGE))
    expected = weights.mean() * x.sum()
    np.testing.assert_allclose(orbit_average(linear(weights), translations(6))(x), expected, rtol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_average_of_an_outer_product_over_cube_rotations_is_isotropic(seed):
    x = np.random.default_rng(seed).normal(size=(1, 3))
    found = orbit_average(lambda y: y.T @ y, cube_rotations())(x)
    np.testing.assert_allclose(found, np.sum(x**2) / 3 * np.eye(3), atol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_average_is_the_invariant_function_nearest_in_the_mean_square(seed):
    rng = np.random.default_rng(seed)
    weights, x = rng.normal(size=(2, *POINTS))
    group = permutations(4)
    points = orbit(x, group)  # data with the symmetry
    f = np.tanh(linear(weights)(points))
    average = orbit_average(lambda y: np.tanh(linear(weights)(y)), group)(points)
    target = np.sin(points.sum(axis=(-2, -1)))  # invariant
    assert np.mean((f - target) ** 2) == pytest.approx(
        np.mean((average - target) ** 2) + np.mean((f - average) ** 2), rel=1e-12
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_invariance_defect_is_zero_for_an_invariant_and_known_for_a_coordinate(seed):
    x = np.random.default_rng(seed).normal(size=(4, 1))
    group = permutations(4)
    assert invariance_defect(lambda y: np.sort(y, axis=-2), x, group) == 0
    expected = max(abs(x - x[0]))[0] / abs(x[0, 0])
    assert invariance_defect(lambda y: y[0], x, group) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_convolution_commutes_with_translations_and_a_window_does_not(seed):
    rng = np.random.default_rng(seed)
    x, filter_hat = rng.normal(size=IMAGE), np.fft.fft2(rng.normal(size=IMAGE))
    group = translations(6)
    assert equivariance_defect(lambda y: np.fft.ifft2(np.fft.fft2(y) * filter_hat).real, x, group, group) < 1e-12
    window = np.outer(np.hanning(8)[1:-1], np.hanning(8)[1:-1])
    assert equivariance_defect(lambda y: window * y, x, group, group) > 0.1


def test_errors_name_the_argument():
    x = np.ones((4, 3))
    with pytest.raises(ValueError, match=r"^step: expected a divisor of the size 6, got 4"):
        translations(6, step=4)
    with pytest.raises(ValueError, match=r"^size: "):
        translations(0)
    with pytest.raises(ValueError, match=r"^count: expected a whole number, at least 1, got 0"):
        permutations(0)
    with pytest.raises(ValueError, match=r"^count: expected at most 8 points, got 9"):
        permutations(9)
    for average in (orbit, orbit_average):
        with pytest.raises(ValueError, match=r"^group: expected at least one"):
            average(x, [])
    for on_output in (cube_rotations(reflections=True), quarter_turns()):
        with pytest.raises(ValueError, match=rf"^on_output: expected one for each of the 24 .* got {len(on_output)}"):
            equivariance_defect(np.sort, x, permutations(4), on_output)
    with pytest.raises(ValueError, match=r"^f: expected a value other than zero"):
        invariance_defect(lambda y: 0 * y, x, permutations(4))
