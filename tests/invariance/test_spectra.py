"""The Fourier modulus and the ring spectrum, against translations, Parseval, pure waves, SciPy and white noise."""

import numpy as np
import pytest
from scipy.stats import binned_statistic

from course_lib.invariance.spectra import fourier_modulus, isotropic_spectrum


@pytest.fixture(params=range(3))
def rng(request):
    return np.random.default_rng(request.param)


def test_modulus_is_that_of_the_defining_sum(rng):
    x = rng.normal(size=5)
    t = np.arange(5)
    by_hand = [abs(sum(x * np.exp(-2j * np.pi * k * t / 5))) / np.sqrt(5) for k in range(5)]
    assert fourier_modulus(x, dimensions=1) == pytest.approx(by_hand)


def test_modulus_forgets_periodic_translations_and_reflection_through_a_point(rng):
    images = rng.normal(size=(2, 3, 12, 12))
    moved = np.roll(images, tuple(rng.integers(1, 12, 2)), axis=(-2, -1))
    assert fourier_modulus(moved) == pytest.approx(fourier_modulus(images), abs=1e-12)
    assert fourier_modulus(images[..., ::-1, ::-1]) == pytest.approx(fourier_modulus(images), abs=1e-12)


def test_modulus_keeps_the_norm(rng):
    images, signals = rng.normal(size=(4, 9, 9)), rng.normal(size=(4, 10))
    assert np.linalg.norm(fourier_modulus(images), axis=(1, 2)) == pytest.approx(np.linalg.norm(images, axis=(1, 2)))
    assert np.linalg.norm(fourier_modulus(signals, 1), axis=1) == pytest.approx(np.linalg.norm(signals, axis=1))


@pytest.mark.parametrize(("row", "column"), [(3, 0), (0, 5), (3, 4), (5, 5), (8, 0)])
def test_a_wave_lies_on_the_ring_of_its_wavenumber(row, column):
    i, j = np.mgrid[:16, :16]
    spectrum = isotropic_spectrum(np.cos(2 * np.pi * (row * i + column * j) / 16))
    assert np.flatnonzero(spectrum > 1e-9).tolist() == [round(np.hypot(row, column))]


@pytest.mark.parametrize("size", [8, 9, 16])
def test_ring_spectrum_is_scipys_binned_mean(rng, size):
    images = rng.normal(size=(2, size, size))
    k = np.fft.fftfreq(size, 1 / size)
    radius = np.hypot(k[:, None], k).ravel()
    bins = np.arange(size // 2 + 2) - 0.5
    for image, spectrum in zip(images, isotropic_spectrum(images), strict=True):
        power = np.abs(np.fft.fft2(image).ravel() / size) ** 2
        assert spectrum == pytest.approx(binned_statistic(radius, power, "mean", bins).statistic)


def test_ring_spectrum_of_many_images_is_that_of_each(rng):
    images = rng.normal(size=(2, 3, 8, 8))
    found = isotropic_spectrum(images)
    assert found.shape == (2, 3, 5)
    assert found[1, 2] == pytest.approx(isotropic_spectrum(images[1, 2]))


def test_white_noise_has_its_variance_on_every_ring(rng):
    mean = isotropic_spectrum(3 * rng.normal(size=(400, 16, 16))).mean(axis=0)
    # Each entry averages at least 400 squared normal variables: a relative error of sqrt(2 / 400), here four of them.
    assert mean == pytest.approx(np.full(9, 9.0), rel=4 * np.sqrt(2 / 400))


def test_ring_spectrum_forgets_quarter_turns(rng):
    images = rng.normal(size=(3, 10, 10))
    assert isotropic_spectrum(np.rot90(images, axes=(-2, -1))) == pytest.approx(isotropic_spectrum(images))


@pytest.mark.parametrize("function", [fourier_modulus, isotropic_spectrum])
@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.ones((2, 3)), r"images: expected square images, shape \(\.\.\., N, N\), got \(2, 3\)"),
        (np.ones(4), r"images: expected shape \(\.\.\., any, any\), got \(4,\)"),
        (np.ones((0, 4, 4)), r"images: expected shape .* got \(0, 4, 4\)"),
        (np.full((4, 4), np.nan), "images: expected finite numbers, got NaN or infinity in 16 places"),
        ("abc", "images: expected an array of numbers"),
    ],
)
def test_other_than_square_finite_images_are_refused(function, images, message):
    with pytest.raises(ValueError, match=message):
        function(images)


@pytest.mark.parametrize(("dimensions", "message"), [(3, "dimensions: expected 1 or 2, got 3"), (0, "dimensions: .* got 0")])
def test_other_than_one_or_two_dimensions_are_refused(dimensions, message):
    with pytest.raises(ValueError, match=message):
        fourier_modulus(np.ones((4, 4)), dimensions)
