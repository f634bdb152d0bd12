import numpy as np
import pytest

from course_lib.invariance.gaussian_fields import gaussian_field, phase_twin, power_law, unit_variance, wavenumbers


@pytest.mark.parametrize("slope", [2.2, 3.0])
def test_mean_spectrum_of_many_fields_is_the_prescribed_one(slope):
    rng, power = np.random.default_rng(0), power_law(32, slope)
    count = 4000
    measured = sum(np.abs(np.fft.fft2(gaussian_field(power, rng))) ** 2 for _ in range(count)) / count / 32**2
    ratio = measured[power > 0] / power[power > 0]
    assert abs(ratio.mean() - 1) < 0.005  # 1023 ratios, each with an error of about 1 / sqrt(4000)
    assert np.abs(ratio - 1).max() < 6 * np.sqrt(2 / count)


def test_pixels_have_variance_one_and_the_kurtosis_of_a_gaussian():
    rng, power = np.random.default_rng(1), power_law(64, 0.5)
    values = np.concatenate([gaussian_field(power, rng).ravel() for _ in range(200)])
    assert abs(values.var() - 1) < 0.01
    assert abs(np.mean(values**4) / values.var() ** 2 - 3) < 0.03


@pytest.mark.parametrize("slope", [2.0, 2.5])
def test_isotropic_power_law_is_a_power_of_the_wavenumber(slope):
    power, k = power_law(64, slope), np.hypot(*wavenumbers(64))
    inside = k > 0
    np.testing.assert_allclose(power[inside] * k[inside] ** slope, power[0, 1], rtol=1e-12)
    assert power[0, 0] == 0
    assert power.mean() == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("angle", [0.3, 1.2, 2.5])
def test_stretching_multiplies_lengths_along_the_axis(angle):
    power = power_law(64, 2.0, stretch=1.7, angle=angle)[:32, :32]
    along, across = (component[:32, :32] for component in wavenumbers(64, angle))
    stretched = 1.7 * along**2 + across**2 / 1.7
    product = (power * stretched)[stretched > 0]
    np.testing.assert_allclose(product, product[0], rtol=1e-12)
    # Equal power at wave vectors whose length is 1.7 times shorter along the axis than across it: squares 1.7 and 1 / 1.7.
    assert np.isclose(np.sqrt(1.7 / (1 / 1.7)), 1.7)


def test_a_quarter_turn_of_the_axis_is_a_quarter_turn_of_the_spectrum():
    one, other = power_law(33, 2.3, 1.5, 0.4), power_law(33, 2.3, 1.5, 0.4 + np.pi / 2)
    np.testing.assert_allclose(np.fft.fftshift(other), np.rot90(np.fft.fftshift(one), -1), rtol=1e-10)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("size", [32, 33])
def test_twin_has_the_same_spectrum_and_mean_and_is_another_image(seed, size):
    rng = np.random.default_rng(seed)
    image = rng.exponential(size=(size, size)) - 3
    twin = phase_twin(image, rng)
    ours, theirs = np.abs(np.fft.fft2(image)), np.abs(np.fft.fft2(twin))
    np.testing.assert_allclose(theirs, ours, atol=1e-11 * ours.max())
    assert twin.mean() == pytest.approx(image.mean(), rel=1e-12)
    assert abs(np.corrcoef(image.ravel(), twin.ravel())[0, 1]) < 0.2


def test_twin_of_a_skewed_image_is_nearly_gaussian():
    rng = np.random.default_rng(3)
    image = rng.exponential(size=(128, 128))
    twin = phase_twin(image, rng)
    cubes = [np.mean((x - x.mean()) ** 3) / x.std() ** 3 for x in (image, twin)]
    assert cubes[0] > 1.5  # the law's own skewness is 2
    assert abs(cubes[1]) < 0.1


def test_wave_vectors_turn_with_the_axis():
    along, across = wavenumbers(8, 0.7)
    kx, ky = wavenumbers(8)
    np.testing.assert_allclose(along + 1j * across, (kx + 1j * ky) * np.exp(-0.7j), atol=1e-12)
    assert (kx[0, 1], ky[1, 0]) == (1, 1)


def test_smallest_grid_has_the_mean_and_the_alternating_wave_along_each_side():
    along, across = wavenumbers(2)
    np.testing.assert_array_equal(along, [[0, -1], [0, -1]])
    np.testing.assert_array_equal(across, [[0, 0], [-1, -1]])


def test_opposite_wave_vectors_may_differ_by_rounding():
    almost = np.ones((8, 8))
    almost[1, 2] += 1e-13
    one, other = (gaussian_field(power, np.random.default_rng(4)) for power in (np.ones((8, 8)), almost))
    np.testing.assert_allclose(one, other, atol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: gaussian_field(np.ones((4, 5)), rng), "power: expected a square array"),
        (lambda rng: gaussian_field(-np.ones((4, 4)), rng), "power: expected no negative entry"),
        (lambda rng: gaussian_field(np.arange(16.0).reshape(4, 4), rng), "power: expected the same entry"),
        (lambda rng: gaussian_field(np.full((4, 4), np.nan), rng), "power: expected finite numbers"),
        (lambda rng: phase_twin(np.ones((4, 5)), rng), "image: expected a square array"),
        (lambda rng: phase_twin(np.full((4, 4), np.inf), rng), "image: expected finite numbers"),
        (lambda rng: power_law(8, 0), "slope: expected a positive number"),
        (lambda rng: power_law(8, 2, -1), "stretch: expected a positive number"),
        (lambda rng: power_law(1, 2), "size: expected a whole number"),
        (lambda rng: unit_variance(np.zeros((4, 4))), "power: expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
