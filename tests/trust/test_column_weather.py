import numpy as np
import pytest

from course_lib.trust.column import HEIGHT, budget_matrix, column_physics, saturation, saturation_pressure
from course_lib.trust.column_weather import weather_samples


@pytest.fixture(scope="module")
def samples():
    return weather_samples(30, 8, np.random.default_rng(0))


def test_outputs_are_what_the_physics_makes_of_the_inputs(samples):
    assert samples.x.shape == (240, 14)
    np.testing.assert_array_equal(samples.y, column_physics(samples.x))
    np.testing.assert_allclose(np.concatenate(samples, axis=1) @ budget_matrix().T, 0, atol=1e-9)


def test_the_weather_is_that_of_the_earth(samples):
    q, T, surface, solar, rain = samples.x[:, :5], samples.x[:, 5:10], samples.x[:, 10], samples.x[:, 11], samples.y[:, 17]
    assert (q > 0).all()
    assert (np.diff(T, axis=1) < 0).all()  # colder with height
    relative = q / 1000 / saturation(T)
    assert 0.5 < relative.mean() < 1
    assert relative[:, :4].max() < 1.2
    assert (np.abs(T[:, 0] - surface) < 12).all()
    assert 0.3 < np.mean(solar == 0) < 0.7  # night
    assert 0.1 < np.mean(rain == 0) < 0.6
    assert 1 < rain.mean() < 6  # mm/day; the mean of the Earth is near 3
    assert 200 < samples.y[:, 15].mean() < 270  # W/m²; the mean of the Earth is near 240


def test_one_wind_carries_heat_and_vapour_from_the_surface(samples):
    q, T, surface, sensible, evaporation = (samples.x[:, j] for j in (0, 5, 10, 12, 13))
    vapour = saturation_pressure(surface)
    ratio = 0.622 * vapour / (1000 - vapour)  # of the masses of vapour and of dry air at 1000 hPa
    lack = 0.98 * ratio / (1 + ratio) - q / 1000  # over the sea, whose salt lowers the humidity by 2 %
    excess = surface - (T + 9.81 * HEIGHT[0] / 1004)
    np.testing.assert_allclose(evaporation * 1004 * excess, 86400 * lack * sensible, rtol=1e-9, atol=1e-9)


def test_seeds_decide_the_weather(samples):
    again = weather_samples(30, 8, np.random.default_rng(0))
    other = weather_samples(30, 8, np.random.default_rng(1))
    np.testing.assert_array_equal(again.x, samples.x)
    assert np.abs(other.x - samples.x).max() > 1


def test_a_warmer_surface_warms_and_moistens_the_air_above_it(samples):
    warm = weather_samples(30, 8, np.random.default_rng(0), warming=4)
    change = (warm.x - samples.x).mean(axis=0)
    assert change[10] == pytest.approx(4)
    assert (change[5:10] > 2).all()
    moister = warm.x[:, :5].mean(axis=0) / samples.x[:, :5].mean(axis=0) - 1
    assert (moister > 0.15).all()  # about 7 % a kelvin at the same relative humidity


def test_bad_arguments_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^columns: expected a whole number"):
        weather_samples(0, 3, rng)
    with pytest.raises(ValueError, match=r"^visits: expected a whole number"):
        weather_samples(3, 1.5, rng)
    with pytest.raises(ValueError, match=r"^warming: expected a finite number"):
        weather_samples(3, 1, rng, warming=np.nan)
