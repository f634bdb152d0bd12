import numpy as np
import pytest
from kymatio.numpy import HarmonicScattering3D, Scattering2D

from course_lib.invariance.paths import DensityPath, Path, SeriesPath, paths_2d, paths_3d
from course_lib.invariance.scattered import Scattered


@pytest.mark.parametrize(("J", "L"), [(1, 8), (2, 3), (3, 4)])
def test_paths_are_those_of_kymatio_in_its_order(J, L):
    transform = Scattering2D(J, (8, 8), L, out_type="list")
    listed = transform(np.ones((1, 8, 8)))
    assert [(path.j, path.theta) for path in paths_2d(J, L)] == [(entry["j"], entry["theta"]) for entry in listed]


def test_number_of_angles_is_by_default_that_of_kymatio():
    assert len(paths_2d(2)) == Scattering2D(2, (8, 8))(np.ones((8, 8))).shape[0]


@pytest.mark.parametrize("J", [1, 2, 5])
@pytest.mark.parametrize("L", [1, 4, 8])
def test_number_of_paths_by_order(J, L):
    orders = np.bincount([path.order for path in paths_2d(J, L)], minlength=3)
    assert list(orders) == [1, J * L, L**2 * J * (J - 1) // 2]
    assert len(paths_2d(J, L, 1)) == 1 + J * L
    assert paths_2d(J, L, 0) == (Path(),)


def test_course_setting_has_681_paths():
    assert len(paths_2d(5, 8)) == 681


def test_names_are_unique():
    names = [path.name for path in paths_2d(4, 8)]
    assert len(set(names)) == len(names)
    names = [path.name for path in paths_3d(2, 3, (0.5, 1, 2))]
    assert len(set(names)) == len(names)
    assert SeriesPath().name == "S0"


@pytest.mark.parametrize(("J", "L", "max_order"), [(0, 1, 2), (2, 0, 1), (1, 2, 1)])
def test_densities_have_as_many_paths_as_kymatio_has_coefficients(J, L, max_order):
    powers = (0.5, 2.0)
    coefficients = HarmonicScattering3D(J, (4, 4, 4), L, max_order=max_order, integral_powers=powers)(np.ones((1, 4, 4, 4)))
    assert len(paths_3d(J, L, powers, max_order)) == len(powers) + coefficients.size
    assert paths_3d(J, L, powers, 0) == (DensityPath((), None, 0.5), DensityPath((), None, 2.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 8), "J: expected a whole number, at least 1, got 0"),
        ((2, 1.5), "L: expected a whole number, at least 1, got 1.5"),
        ((2, 8, 3), "max_order: expected 0, 1 or 2, got 3"),
    ],
)
def test_paths_refuse_bad_numbers(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        paths_2d(*arguments)


def test_order_picks_the_paths_of_one_order_and_mean_averages_over_space():
    paths = paths_2d(2, 2)
    values = np.random.default_rng(0).normal(size=(3, len(paths), 4, 4)).astype(np.float32)
    scattered = Scattered(values, paths)
    for m, part in enumerate((slice(0, 1), slice(1, 5), slice(5, None))):
        assert scattered.order(m).paths == paths[part]
        np.testing.assert_array_equal(scattered.order(m).values, values[:, part])
    np.testing.assert_allclose(scattered.mean(), values.astype(float).sum(axis=(2, 3)) / 16, atol=1e-15)
    assert scattered.mean().dtype == float
    assert scattered.order(3).values.shape == (3, 0, 4, 4)
    with pytest.raises(ValueError, match=r"^m: expected a whole number"):
        scattered.order(-1)
