"""Energy bounds, the bank that adds none, the bank that keeps all, and the way back."""

import numpy as np
import pytest

from course_lib.invariance.frames import energy, frame_bounds, nonexpansive, reconstruct, tight
from course_lib.invariance.morlet import morlet_bank_1d
from course_lib.invariance.wavelets import FilterBank, Transformed, littlewood_paley, morlet_bank, wavelet_transform

BANKS = [morlet_bank(16, 2), morlet_bank(15, 3, 3), morlet_bank_1d(32, 3)]


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize("seed", range(5))
def test_energy_of_real_noise_lies_between_the_bounds(bank, seed):
    x = np.random.default_rng(seed).normal(size=bank.phi.shape)
    low, high = frame_bounds(bank)
    assert low < energy(wavelet_transform(x, bank)) / np.sum(x**2) < high


def test_bounds_are_attained_by_waves():
    bank = morlet_bank(16, 2)
    A = littlewood_paley(bank)
    i, j = np.mgrid[:16, :16]
    for bound, place in zip(frame_bounds(bank), (A.argmin(), A.argmax()), strict=True):
        row, column = np.unravel_index(place, A.shape)
        wave = np.cos(2 * np.pi * (row * i + column * j) / 16)
        assert energy(wavelet_transform(wave, bank)) / np.sum(wave**2) == pytest.approx(bound)


@pytest.mark.parametrize("bank", BANKS)
def test_nonexpansive_bank_is_one_multiple_with_largest_factor_one(bank):
    scaled = nonexpansive(bank)
    assert frame_bounds(scaled)[1] == pytest.approx(1)
    ratio = scaled.psi[bank.psi > 1e-3] / bank.psi[bank.psi > 1e-3]
    assert np.ptp(ratio) < 1e-12
    assert frame_bounds(scaled)[0] == pytest.approx(frame_bounds(bank)[0] / frame_bounds(bank)[1])


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize("seed", range(3))
def test_nonexpansive_bank_brings_the_moduli_of_two_images_no_further_apart(bank, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, *bank.phi.shape))
    (X, X0), (Y, Y0) = (wavelet_transform(image, nonexpansive(bank)) for image in (x, y))
    apart = np.sum((np.abs(X) - np.abs(Y)) ** 2) + np.sum((X0 - Y0) ** 2)
    assert apart <= np.sum((x - y) ** 2)


@pytest.mark.parametrize("bank", BANKS)
@pytest.mark.parametrize("seed", range(3))
def test_tight_bank_keeps_the_energy_exactly(bank, seed):
    x = np.random.default_rng(seed).normal(size=bank.phi.shape)
    assert frame_bounds(tight(bank)) == pytest.approx((1, 1))
    assert energy(wavelet_transform(x, tight(bank))) == pytest.approx(np.sum(x**2))


@pytest.mark.parametrize("bank", [*BANKS, tight(BANKS[0]), nonexpansive(BANKS[1])])
@pytest.mark.parametrize("seed", range(3))
def test_image_comes_back_from_its_transform(bank, seed):
    x = np.random.default_rng(seed).normal(size=(2, 3, *bank.phi.shape))
    assert reconstruct(wavelet_transform(x, bank), bank) == pytest.approx(x, abs=1e-10)


def test_bank_that_is_deaf_to_a_frequency_has_no_way_back():
    bank = morlet_bank(8, 1, 4)
    deaf = FilterBank(bank.psi * (np.abs(np.fft.fftfreq(8)) < 0.4), bank.phi * (np.abs(np.fft.fftfreq(8)) < 0.4))
    transformed = wavelet_transform(np.ones((8, 8)), deaf)
    for call in (lambda: tight(deaf), lambda: reconstruct(transformed, deaf)):
        with pytest.raises(ValueError, match="bank: expected filters that pass every frequency"):
            call()


def test_transform_by_another_bank_is_refused():
    bank = morlet_bank(8, 2, 4)
    details, average = wavelet_transform(np.ones((3, 8, 8)), bank)
    with pytest.raises(ValueError, match=r"transformed: expected details of shape \(3, 2, 4, 8, 8\), got \(3, 1, 4, 8, 8\)"):
        reconstruct(Transformed(details[:, :1], average), bank)
    with pytest.raises(ValueError, match=r"transformed: expected shape \(\.\.\., 8, 8\), got \(3, 7, 8\)"):
        reconstruct(Transformed(details, average[:, :7]), bank)
