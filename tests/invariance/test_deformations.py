"""Deformations against shifts, turns, exact trigonometric images and derivatives taken in Fourier space."""

import numpy as np
import pytest
from scipy import ndimage

from course_lib.invariance.deformations import dilation, gradient_norm, jacobian, random_displacement, rotation, warp

SEEDS = range(4)


def smooth(rng, size, shape=()):
    """Random periodic images without fine detail, which a cubic spline reads between the pixels."""
    return ndimage.gaussian_filter(rng.normal(size=(*shape, size, size)), [0] * len(shape) + [3, 3], mode="wrap")


@pytest.mark.parametrize("seed", SEEDS)
def test_no_displacement_leaves_the_images_as_they_are(seed):
    x = np.random.default_rng(seed).normal(size=(2, 3, 12, 12))
    np.testing.assert_allclose(warp(x, np.zeros((2, 12, 12))), x, atol=1e-13)


@pytest.mark.parametrize("shift", [(1, 0), (0, 1), (-3, 5), (12, 13)])
def test_a_constant_displacement_rolls_the_image_round_its_edges(shift):
    x = np.random.default_rng(0).normal(size=(2, 12, 12))
    tau = np.ones((2, 12, 12)) * np.array(shift)[:, None, None]
    np.testing.assert_allclose(warp(x, tau), np.roll(x, shift, axis=(-2, -1)), atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_wave_is_read_at_the_displaced_places(seed):
    rng = np.random.default_rng(seed)
    tau = random_displacement(64, 3, 8, rng)
    phase = rng.uniform(0, 2 * np.pi)

    def wave(u, v):
        return np.sin(2 * np.pi * (2 * u + 3 * v) / 64 + phase)

    u, v = np.indices((64, 64))
    # Error of a cubic spline on a sine of wavenumber k: about k⁴ / 384 for small k, here 1e-5 of the amplitude or less.
    np.testing.assert_allclose(warp(wave(u, v), tau), wave(u - tau[0], v - tau[1]), atol=1e-4)


def test_images_of_a_batch_are_deformed_alike():
    rng = np.random.default_rng(5)
    x, tau = smooth(rng, 16, (2, 3)), random_displacement(16, 1.5, 4, rng)
    np.testing.assert_array_equal(warp(x, tau)[1, 2], warp(x[1, 2], tau))


@pytest.mark.parametrize("size", [9, 16])
@pytest.mark.parametrize("turns", range(4))
def test_rotation_by_right_angles_is_that_of_numpy(size, turns):
    x = np.random.default_rng(turns).normal(size=(size, size))
    np.testing.assert_allclose(warp(x, rotation(size, turns * np.pi / 2)), np.rot90(x, turns), atol=1e-11)


@pytest.mark.parametrize("angle", [0.1, -0.7, 2.0])
def test_gradient_of_a_rotation_is_twice_the_sine_of_half_its_angle(angle):
    assert gradient_norm(rotation(11, angle)) == pytest.approx(2 * abs(np.sin(angle / 2)), rel=1e-12)


@pytest.mark.parametrize("factor", [0.2, 0.01, 0.0, -0.1])
def test_gradient_of_a_dilation_is_its_factor(factor):
    tau = dilation(12, factor)
    assert gradient_norm(tau) == pytest.approx(abs(factor), abs=1e-14)
    np.testing.assert_allclose(jacobian(tau), np.broadcast_to(factor * np.eye(2), (12, 12, 2, 2)), atol=1e-14)


@pytest.mark.parametrize("factor", [0.1, 0.3])
def test_dilation_widens_a_bump_about_the_centre(factor):
    u = np.arange(64) - 31.5
    r2 = u[:, None] ** 2 + u**2
    wider = np.exp(-r2 * (1 - factor) ** 2 / (2 * 5**2))
    np.testing.assert_allclose(warp(np.exp(-r2 / (2 * 5**2)), dilation(64, factor)), wider, atol=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_jacobian_and_its_norm_are_those_taken_in_fourier_space(seed):
    tau = random_displacement(64, 3, 10, np.random.default_rng(seed))
    k = 2 * np.pi * np.fft.fftfreq(64)
    spectrum = np.fft.fft2(tau)
    exact = np.stack([np.fft.ifft2(1j * wave * spectrum).real for wave in (k[:, None], k)], axis=-1)
    exact = np.moveaxis(exact, 0, -2)
    inner = np.s_[1:-1, 1:-1]  # centred differences: an error of order (1 / smoothness)²
    np.testing.assert_allclose(jacobian(tau)[inner], exact[inner], atol=0.01 * abs(exact).max())
    assert gradient_norm(tau) == pytest.approx(np.linalg.norm(exact, ord=2, axis=(-2, -1)).max(), rel=0.02)


def test_norm_is_the_greatest_stretch_of_any_direction():
    u, v = np.indices((8, 8))
    assert gradient_norm(np.stack([0.3 * u + 0.4 * v, 0.0 * u])) == pytest.approx(0.5, rel=1e-12)  # not 0.4, not 0.7


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("smoothness", [2, 6])
def test_random_displacement_has_the_amplitude_no_mean_and_joins_at_the_edges(seed, smoothness):
    tau = random_displacement(32, 2.5, smoothness, np.random.default_rng(seed))
    assert np.linalg.norm(tau, axis=0).max() == pytest.approx(2.5, rel=1e-12)
    np.testing.assert_allclose(tau.mean(axis=(1, 2)), 0, atol=1e-13)
    inside = abs(np.diff(tau, axis=2)).max()
    assert abs(tau[:, :, 0] - tau[:, :, -1]).max() < 1.5 * inside


def test_random_displacement_has_the_correlation_of_white_noise_under_a_gaussian():
    # The correlation at a distance d is exp(-d² / 4 s²) for a Gaussian of standard deviation s.
    fields = np.stack([random_displacement(64, 1, 3, np.random.default_rng(seed)) for seed in range(200)])
    fields /= np.sqrt(np.mean(fields**2, axis=(1, 2, 3), keepdims=True))
    for d in (1, 3, 6):
        found = np.mean(fields * np.roll(fields, d, axis=-1))
        assert found == pytest.approx(np.exp(-(d**2) / 36), abs=0.02)


def test_amplitude_scales_the_displacement_and_the_seed_chooses_it():
    def drawn(amplitude, seed):
        return random_displacement(16, amplitude, 3, np.random.default_rng(seed))

    np.testing.assert_allclose(drawn(3, 1), 3 * drawn(1, 1), rtol=1e-13)
    assert np.array_equal(drawn(0, 1), np.zeros((2, 16, 16)))
    assert not np.allclose(drawn(1, 1), drawn(1, 2))


def test_arguments_are_left_as_they_were():
    x, tau = np.random.default_rng(1).normal(size=(8, 8)), np.random.default_rng(2).normal(size=(2, 8, 8))
    before = x.copy(), tau.copy()
    warp(x, tau)
    gradient_norm(tau)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(tau, before[1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: warp(np.ones((4, 5)), np.zeros((2, 4, 5))), r"^images: .*square"),
        (lambda: warp(np.ones((0, 4, 4)), np.zeros((2, 4, 4))), r"^images: "),
        (lambda: warp(np.full((4, 4), np.nan), np.zeros((2, 4, 4))), r"^images: .*finite"),
        (lambda: warp(np.ones((4, 4)), np.zeros((2, 5, 5))), r"^displacement: expected shape \(2, 4, 4\), got \(2, 5, 5\)"),
        (lambda: warp(np.ones((4, 4)), np.full((2, 4, 4), np.inf)), r"^displacement: .*finite"),
        (lambda: gradient_norm(np.zeros((4, 4))), r"^displacement: "),
        (lambda: jacobian(np.zeros((2, 2, 4))), r"^displacement: expected at least 3 × 3"),
        (lambda: random_displacement(2, 1, 1, np.random.default_rng()), r"^size: "),
        (lambda: random_displacement(8, -1, 1, np.random.default_rng()), r"^amplitude: expected a number, at least 0, got -1"),
        (lambda: random_displacement(8, np.nan, 1, np.random.default_rng()), r"^amplitude: .*finite"),
        (lambda: random_displacement(8, 1, 0, np.random.default_rng()), r"^smoothness: "),
        (lambda: random_displacement(8, 1, 9, np.random.default_rng()), r"^smoothness: expected at most the size"),
        (lambda: dilation(8, 1), r"^factor: expected a number between -1 and 1, got 1"),
        (lambda: dilation(8.5, 0.1), r"^size: "),
        (lambda: rotation(8, np.inf), r"^angle: "),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
