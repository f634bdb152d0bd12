"""The bank in the plane against kymatio's filters; the transform against direct convolution; the energy it keeps."""

import numpy as np
import pytest
from kymatio.scattering2d.filter_bank import filter_bank
from scipy.ndimage import convolve

from course_lib.invariance.morlet import morlet_bank_1d
from course_lib.invariance.morlet_plane import direction, gaussian_2d, grid_frequencies, morlet_2d
from course_lib.invariance.wavelets import (
    PI_IN_KYMATIO,
    angles,
    averaged_modulus,
    littlewood_paley,
    morlet_bank,
    wavelet_transform,
)

#: kymatio sums its filters in single precision.
SINGLE = 4e-7


@pytest.mark.parametrize(
    ("size", "J", "L"), [(32, 2, 8), (32, 3, 8), (48, 4, 8), (32, 3, 4), (40, 2, 6), (33, 2, 3), (32, 2, 1)]
)
def test_bank_is_kymatios(size, J, L):
    theirs = filter_bank(size, size, J, L)
    ours = morlet_bank(size, J, L)
    assert ours.psi.shape == (J, L, size, size)
    for wavelet in theirs["psi"]:
        expected = wavelet["levels"][0]
        assert ours.psi[wavelet["j"], wavelet["theta"]] == pytest.approx(expected, abs=SINGLE)
    assert ours.phi == pytest.approx(theirs["phi"]["levels"][0], abs=SINGLE)


def test_kymatio_truncates_the_widest_wavelets_of_the_smallest_image_and_we_do_not():
    # At 2^J = size its two copies on either side end at 2.5 standard deviations of the longest window.
    theirs = np.array([wavelet["levels"][0] for wavelet in filter_bank(32, 32, 5)["psi"]]).reshape(5, 8, 32, 32)
    gap = np.abs(morlet_bank(32, 5).psi - theirs).max(axis=(1, 2, 3))
    assert (gap[:3] < SINGLE).all()
    assert 1e-3 < gap[4] < 1e-2


def sampled_morlet(size, sigma, xi, theta, slant, copies=6):
    """The wavelet in space, from its definition: a wave under an oblique Gaussian, with its periodic copies, mean removed."""
    places = np.arange(size) + size * np.arange(-copies, copies + 1)[:, None]
    wave = np.zeros((size, size), complex)
    window = np.zeros((size, size))
    for row in places:
        for column in places:
            u = np.cos(theta) * row[:, None] + np.sin(theta) * column
            v = np.cos(theta) * column - np.sin(theta) * row[:, None]
            bell = slant / (2 * np.pi * sigma**2) * np.exp(-(u**2 + (slant * v) ** 2) / (2 * sigma**2))
            window += bell
            wave += bell * np.exp(1j * xi * u)
    return wave - wave.sum() / window.sum() * window


@pytest.mark.parametrize("theta", [0.0, 0.3, -np.pi / 2, 2.0])
@pytest.mark.parametrize(("sigma", "xi", "slant"), [(0.8, 3 * np.pi / 4, 0.5), (1.6, 1.0, 1.0), (3.0, 0.6, 0.4)])
def test_plane_wavelet_is_the_transform_of_its_definition(theta, sigma, xi, slant):
    expected = np.fft.fft2(sampled_morlet(20, sigma, xi, theta, slant))
    assert np.abs(expected.imag).max() < 1e-12
    assert morlet_2d(20, sigma, xi, theta, slant) == pytest.approx(expected.real, abs=1e-12)


@pytest.mark.parametrize("theta", [0.0, 0.5, 1.9])
def test_window_has_mass_one_and_the_asked_widths(theta):
    window = np.fft.fftshift(np.fft.ifft2(gaussian_2d(96, 4.0, theta=theta, slant=0.5)).real)
    places = np.stack(np.mgrid[-48:48, -48:48])
    assert window.sum() == pytest.approx(1)
    assert np.einsum("aij,bij,ij", places, places, window) == pytest.approx(
        16 * np.outer(direction(theta), direction(theta))
        + 64 * np.outer(direction(theta + np.pi / 2), direction(theta + np.pi / 2)),
        rel=1e-6,
        abs=1e-6,
    )


def test_window_is_by_default_turned_by_nothing():
    np.testing.assert_array_equal(gaussian_2d(32, 2.0, slant=0.5), gaussian_2d(32, 2.0, theta=0.0, slant=0.5))


def test_wavelets_have_mean_zero_and_answer_best_at_their_own_frequency():
    bank = morlet_bank(64, 3)
    assert (bank.psi[..., 0, 0] == 0).all()
    assert bank.phi[0, 0] == pytest.approx(np.pi / PI_IN_KYMATIO)
    omega = grid_frequencies(64)
    for j in range(1, 3):
        for theta, psi in zip(angles(8), bank.psi[j], strict=True):
            row, column = np.unravel_index(psi.argmax(), psi.shape)
            # The correction pushes the peak outwards by a few per cent; the grid is 0.1 wide.
            expected = 3 * np.pi / 4 / 2**j * direction(theta)
            assert [omega[row], omega[column]] == pytest.approx(expected, abs=0.1 + 0.05 * np.abs(expected).max())


@pytest.mark.parametrize("L", [1, 3, 4, 8])
def test_angles_share_half_a_turn_evenly(L):
    assert np.diff(angles(L)) == pytest.approx(np.full(L - 1, -np.pi / L))
    assert len(angles(L)) == L


def test_quarter_turn_of_the_image_is_a_quarter_turn_of_the_angles():
    image = np.random.default_rng(0).normal(size=(16, 16))
    bank = morlet_bank(16, 2)
    means = np.abs(wavelet_transform(image, bank).details).mean(axis=(-2, -1))
    turned = np.abs(wavelet_transform(np.rot90(image), bank).details).mean(axis=(-2, -1))
    assert turned == pytest.approx(np.roll(means, 4, axis=1))


@pytest.mark.parametrize("seed", range(3))
def test_transform_is_direct_periodic_convolution(seed):
    image = np.random.default_rng(seed).normal(size=(12, 12))
    bank = morlet_bank(12, 2, L=3)
    details, average = wavelet_transform(image, bank)
    for j, k in np.ndindex(2, 3):
        # ndimage centres its kernel on the sample 6 of 12, where fftshift puts the wavelet's.
        kernel = np.fft.fftshift(np.fft.ifft2(bank.psi[j, k]))
        assert details[j, k].real == pytest.approx(convolve(image, kernel.real, mode="wrap"), abs=1e-12)
        assert details[j, k].imag == pytest.approx(convolve(image, kernel.imag, mode="wrap"), abs=1e-12)
    kernel = np.fft.fftshift(np.fft.ifft2(bank.phi).real)
    assert average == pytest.approx(convolve(image, kernel, mode="wrap"), abs=1e-12)


def test_opposite_wavelets_see_the_same_modulus_in_a_real_image():
    image = np.random.default_rng(0).normal(size=(24, 24))
    for theta in (0.0, 0.7):
        forth, back = (
            np.fft.ifft2(np.fft.fft2(image) * morlet_2d(24, 1.6, 1.2, angle, 0.5)) for angle in (theta, theta + np.pi)
        )
        assert np.abs(forth) == pytest.approx(np.abs(back), abs=1e-12)


@pytest.mark.parametrize("bank", [morlet_bank(16, 2, 4), morlet_bank(15, 3, 3), morlet_bank_1d(32, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_littlewood_paley_sum_is_the_factor_of_the_energy(bank, seed):
    x = np.random.default_rng(seed).normal(size=bank.phi.shape)
    details, average = wavelet_transform(x, bank)
    energy = np.sum(np.abs(details) ** 2) + np.sum(average**2)
    assert energy == pytest.approx(np.sum(littlewood_paley(bank) * np.abs(np.fft.fftn(x)) ** 2) / x.size)


def test_littlewood_paley_sum_of_one_wave_is_the_energy_of_its_transform():
    bank = morlet_bank(32, 3)
    A = littlewood_paley(bank)
    i, j = np.mgrid[:32, :32]
    for row, column in [(0, 0), (3, 0), (5, 9), (12, 12), (16, 16)]:
        wave = np.cos(2 * np.pi * (row * i + column * j) / 32)
        details, average = wavelet_transform(wave, bank)
        energy = np.sum(np.abs(details) ** 2) + np.sum(average**2)
        assert energy / np.sum(wave**2) == pytest.approx(A[row, column])
        assert A[row, column] == A[-row, -column]


def test_averaged_modulus_of_batches_on_line_and_plane():
    rng = np.random.default_rng(0)
    for bank, count in [(morlet_bank(16, 2, 3), 7), (morlet_bank_1d(32, 4), 5)]:
        x = rng.normal(size=(2, 3, *bank.phi.shape))
        S = averaged_modulus(x, bank)
        assert S.shape == (2, 3, count, *bank.phi.shape)
        details, average = wavelet_transform(x[1, 2], bank)
        assert S[1, 2, 0] == pytest.approx(average)
        axes = tuple(range(1, bank.phi.ndim + 1))
        # A Gaussian of mass one keeps the mean, but for kymatio's value of pi in the plane.
        means = np.abs(details).reshape(-1, *bank.phi.shape).mean(axis=axes) * bank.phi.flat[0]
        assert S[1, 2, 1:].mean(axis=axes) == pytest.approx(means)
        moved = averaged_modulus(np.roll(x, 5, axis=-1), bank)
        assert moved == pytest.approx(np.roll(S, 5, axis=-1), abs=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: morlet_bank(32, 6), r"J: 2\^J must not exceed the size 32; expected at most 5, got 6"),
        (lambda: morlet_bank(32, 0), "J: expected a whole number, at least 1, got 0"),
        (lambda: morlet_bank(32.0, 2), "size: expected a whole number, at least 1, got 32.0"),
        (lambda: morlet_bank(32, 2, 0), "L: expected a whole number, at least 1, got 0"),
        (lambda: angles(True), "L: expected a whole number, at least 1, got True"),
        (lambda: morlet_2d(8, -1.0, 1.0, 0.0, 0.5), "sigma: expected a positive number, got -1.0"),
        (lambda: morlet_2d(8, 1.0, 0.0, 0.0, 0.5), "xi: expected a positive number, got 0.0"),
        (lambda: gaussian_2d(8, 1.0, slant=0), "slant: expected a positive number, got 0"),
        (lambda: gaussian_2d(8, 1.0, center=1.0), r"center: expected shape \(2,\), got \(\)"),
        (
            lambda: wavelet_transform(np.ones((8, 9)), morlet_bank(8, 2)),
            r"images: expected shape \(\.\.\., 8, 8\), got \(8, 9\)",
        ),
        (lambda: averaged_modulus(np.ones((0, 8, 8)), morlet_bank(8, 2)), r"images: .* got \(0, 8, 8\)"),
        (lambda: averaged_modulus(np.full((8, 8), np.inf), morlet_bank(8, 2)), "images: expected finite numbers"),
    ],
)
def test_impossible_banks_and_images_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
