import numpy as np
import pytest
import scipy.signal
from kymatio.numpy import Scattering2D

from course_lib.invariance.frames import nonexpansive, tight
from course_lib.invariance.paths import paths_2d
from course_lib.invariance.reference import cascade, coarser_filter, reflected, scattering_reference, subsample
from course_lib.invariance.wavelets import FilterBank, littlewood_paley, morlet_bank


@pytest.mark.parametrize(("size", "J", "L"), [(32, 2, 8), (32, 3, 4), (30, 3, 3), (28, 2, 5), (8, 3, 8), (9, 1, 2)])
def test_reference_equals_kymatio(size, J, L):
    images = np.random.default_rng(size + J).normal(size=(2, size, size))
    expected = Scattering2D(J, (size, size), L)(images)
    ours = scattering_reference(images, J, L)
    assert ours.shape == expected.shape
    scale = np.abs(expected).max(axis=(0, 2, 3), keepdims=True)
    assert np.abs((ours - expected) / scale).max() < 1e-5
    np.testing.assert_allclose(ours, expected, atol=1e-6)


def test_batch_with_several_axes_gives_what_each_image_gives_alone():
    images = np.random.default_rng(12).normal(size=(2, 3, 8, 8))
    many = scattering_reference(images, 2, 2)
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(many[i, j], scattering_reference(images[i, j], 2, 2), atol=1e-14)


@pytest.mark.parametrize("max_order", [0, 1])
def test_lower_orders_are_the_first_coefficients(max_order):
    image = np.random.default_rng(1).normal(size=(16, 16))
    count = len(paths_2d(2, 4, max_order))
    assert np.array_equal(scattering_reference(image, 2, 4, max_order), scattering_reference(image, 2, 4)[:count])


def test_one_path_is_wavelet_modulus_wavelet_modulus_average():
    size, J, L = 16, 2, 3
    bank, image = morlet_bank(size, J, L), np.random.default_rng(2).normal(size=(size, size))

    def convolved(x, filter_hat):  # by direct sums in space
        kernel = np.fft.ifft2(filter_hat)
        tiled = np.pad(x, size, mode="wrap")
        return scipy.signal.convolve(tiled, kernel, mode="full", method="direct")[size : 2 * size, size : 2 * size]

    place = [path.name for path in paths_2d(J, L)].index("S2(j=0,1 θ=2,1)")
    U1 = np.abs(convolved(image, bank.psi[0, 2]))
    U2 = np.abs(convolved(U1, bank.psi[1, 1]))
    ours = cascade(image, bank, keep_all=True)
    np.testing.assert_allclose(ours[0], convolved(image, bank.phi).real, atol=1e-12)
    np.testing.assert_allclose(ours[1 + 2], convolved(U1, bank.phi).real, atol=1e-12)
    np.testing.assert_allclose(ours[place], convolved(U2, bank.phi).real, atol=1e-12)


def test_coarse_grids_cost_little_accuracy():
    bank = morlet_bank(64, 3, 4)
    image = np.random.default_rng(3).normal(size=(64, 64))
    fine, coarse = cascade(image, bank, keep_all=True)[:, ::8, ::8], cascade(image, bank)
    for order in (0, 1, 2):
        chosen = [path.order == order for path in paths_2d(3, 4)]
        error = np.linalg.norm(coarse[chosen] - fine[chosen]) / np.linalg.norm(fine[chosen])
        assert error < (1e-6, 0.01, 0.03)[order]


@pytest.mark.parametrize("step", [1, 2, 4])
def test_subsample_is_the_transform_of_every_other_pixel(step):
    x = np.random.default_rng(4).normal(size=(3, 8, 8))
    np.testing.assert_allclose(np.fft.ifft2(subsample(np.fft.fft2(x), step)), x[..., ::step, ::step], atol=1e-14)


def test_coarser_filter_keeps_a_band_limited_filter_at_the_kept_pixels():
    size, step = 16, 2
    low = np.abs(np.fft.fftfreq(size, 1 / size)) < size // (2 * step)
    filter_hat = np.random.default_rng(5).normal(size=(size, size)) * low[:, None] * low
    kernel = np.fft.ifft2(filter_hat)
    np.testing.assert_allclose(np.fft.ifft2(coarser_filter(filter_hat, step)), step**2 * kernel[::step, ::step], atol=1e-14)


@pytest.mark.parametrize(("size", "J", "expected"), [(8, 1, 12), (30, 3, 40), (32, 5, 96)])
def test_reflected_mirrors_at_the_outermost_pixels(size, J, expected):
    x = np.random.default_rng(6).normal(size=(size, size))
    padded = reflected(x, 2**J)
    before = (expected - size) // 2
    assert padded.shape == (expected, expected)
    np.testing.assert_array_equal(padded[before : before + size, before : before + size], x)
    np.testing.assert_array_equal(padded[before - 1], padded[before + 1])
    np.testing.assert_array_equal(padded[:, before + size], padded[:, before + size - 2])


def test_mean_of_a_wavelet_coefficient_is_zero_and_that_of_its_modulus_is_not():
    bank, image = morlet_bank(32, 3, 8), np.random.default_rng(7).normal(size=(32, 32)) + 5
    for psi in bank.psi.reshape(-1, 32, 32):
        details = np.fft.ifft2(np.fft.fft2(image) * psi)
        assert abs(details.mean()) < 1e-12
        assert np.abs(details).mean() > 0.01


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("make", [nonexpansive, tight])
def test_scattering_contracts_if_the_bank_does(seed, make):
    rng = np.random.default_rng(seed)
    bank = make(morlet_bank(32, 3, 4))
    x = rng.normal(size=(32, 32))
    others = [rng.normal(size=(32, 32)), x + 1e-6 * rng.normal(size=(32, 32)), np.roll(x, 1, axis=0), -x, 2 * x, x + 1]
    for y in others:
        difference = cascade(x, bank, keep_all=True) - cascade(y, bank, keep_all=True)
        assert np.linalg.norm(difference) <= np.linalg.norm(x - y) * (1 + 1e-12)


def test_constant_of_kymatios_bank_holds_and_one_would_not_do():
    bank = morlet_bank(32, 3, 8)
    A = littlewood_paley(bank).max()
    assert A > 1
    rng = np.random.default_rng(8)
    at_peak = np.unravel_index(np.argmax(littlewood_paley(bank)), (32, 32))
    wave = np.cos(2 * np.pi * np.tensordot(at_peak, np.indices((32, 32)), 1) / 32)
    for x, y in [(rng.normal(size=(32, 32)), rng.normal(size=(32, 32))), (wave, 0 * wave)]:
        ratio = np.linalg.norm(cascade(x, bank, keep_all=True) - cascade(y, bank, keep_all=True)) / np.linalg.norm(x - y)
        assert ratio <= A
    assert ratio > 1  # of the wave at the bank's largest sum


def test_tight_bank_shares_out_the_energy():
    bank, image = tight(morlet_bank(32, 2, 4)), np.random.default_rng(9).normal(size=(32, 32))

    def layer(x):
        return np.fft.ifft2(np.fft.fft2(x) * bank.phi).real, np.abs(np.fft.ifft2(np.fft.fft2(x) * bank.psi))

    average, U1 = layer(image)
    assert np.isclose(np.sum(average**2) + np.sum(U1**2), np.sum(image**2), rtol=1e-12)
    rest = sum(np.sum(layer(u)[1] ** 2) for u in U1.reshape(-1, 32, 32))
    first_two = np.sum(cascade(image, bank, 1, keep_all=True) ** 2)
    assert np.isclose(first_two + rest, np.sum(image**2), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_quarter_turn_turns_the_maps_and_their_angles(seed):
    J, L, size = 2, 4, 16
    bank = morlet_bank(size, J, L)
    x = np.random.default_rng(seed).normal(size=(size, size))

    def turned(maps):  # about the first pixel: maps[u] becomes maps[-u_column, u_row]
        return np.roll(np.rot90(maps, axes=(-2, -1)), 1, axis=-2)

    paths = paths_2d(J, L)
    moved = [path._replace(theta=tuple((theta + L // 2) % L for theta in path.theta)) for path in paths]
    order = [moved.index(path) for path in paths]
    before, after = cascade(x, bank, keep_all=True), cascade(turned(x), bank, keep_all=True)
    np.testing.assert_allclose(after, turned(before)[order], atol=1e-10)


def test_translation_moves_the_maps():
    bank, x = morlet_bank(16, 2, 3), np.random.default_rng(10).normal(size=(16, 16))
    before, after = cascade(x, bank, keep_all=True), cascade(np.roll(x, (3, 5), (0, 1)), bank, keep_all=True)
    np.testing.assert_allclose(after, np.roll(before, (3, 5), (-2, -1)), atol=1e-13)


def test_cascade_leaves_its_arguments_alone_and_takes_many_images():
    bank = morlet_bank(8, 1, 2)
    images = np.random.default_rng(11).normal(size=(2, 3, 8, 8))
    copy = images.copy()
    many = cascade(images, bank)
    assert np.array_equal(images, copy)
    assert many.shape == (2, 3, 3, 4, 4)
    np.testing.assert_allclose(many[1, 2], cascade(images[1, 2], bank), atol=1e-15)


@pytest.mark.parametrize(
    ("images", "J", "message"),
    [
        (np.ones((4, 8)), 1, "images: expected square"),
        (np.full((8, 8), np.nan), 1, "images: expected finite"),
        (np.ones((0, 8, 8)), 1, "images: expected shape"),
        (np.ones(8), 1, "images: expected shape"),
        (np.ones((8, 8)), 4, "J: 2\\^J must not exceed the size 8; expected at most 3, got 4"),
        (np.ones((8, 8)), 0, "J: expected a whole number"),
    ],
)
def test_reference_refuses_what_has_no_scattering(images, J, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        scattering_reference(images, J)


def test_cascade_refuses_a_size_without_coarse_grids_or_of_another_bank():
    bank = morlet_bank(10, 2, 2)
    with pytest.raises(ValueError, match=r"^images: expected a size that 2\^J = 4 divides, got 10"):
        cascade(np.ones((10, 10)), bank)
    assert cascade(np.ones((10, 10)), bank, keep_all=True).shape == (9, 10, 10)
    with pytest.raises(ValueError, match=r"^images: expected shape"):
        cascade(np.ones((8, 8)), FilterBank(bank.psi, bank.phi))
