import numpy as np
import pytest

from course_lib.invariance.gaussian_fields import wavenumbers
from course_lib.invariance.sea import sea_surface, wave_spectrum


def test_frequency_spectrum_along_the_wind_is_that_of_pierson_and_moskowitz():
    # E(k) dk = E(ω) dω with ω² = g k: the two-dimensional spectrum is E(ω) dω/dk / k. The peak is at 15 waves.
    k = np.arange(1.0, 64)
    omega, peak = np.sqrt(k), np.sqrt(15.0)
    frequency = omega**-5 * np.exp(-1.25 * (peak / omega) ** 4)
    expected = frequency * 0.5 / omega / k
    measured = wave_spectrum(128, 15, 0.0)[0, 1:64]
    np.testing.assert_allclose(measured / measured[14], expected / expected[14], rtol=1e-10)
    assert k[np.argmax(frequency)] == 15


@pytest.mark.parametrize("wind", [0.0, 0.9, 2.0])
def test_no_wave_runs_across_the_wind(wind):
    power = wave_spectrum(65, 10, wind)
    along, across = wavenumbers(65, wind)
    angle = np.arctan2(across, along)
    sideways = np.abs(np.cos(angle)) < 0.1
    assert power[sideways].max() < 1e-3 * power.max()
    axis = np.angle(np.sum(power * np.exp(2j * (angle + wind)))) / 2
    assert abs(np.sin(axis - wind)) < 0.02  # of a grid of squares the mean direction is that of the wind up to a degree


@pytest.mark.parametrize("seed", range(3))
def test_surface_has_unit_variance_and_mean_zero(seed):
    surface = sea_surface(256, 15, 0.5, np.random.default_rng(seed))
    assert abs(surface.mean()) < 1e-12
    assert abs(surface.var() - 1) < 0.15


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="peak: expected a positive number"):
        wave_spectrum(64, -1, 0)
    with pytest.raises(ValueError, match="spread: expected a positive number"):
        wave_spectrum(64, 5, 0, 0)
