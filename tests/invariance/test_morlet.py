"""The Morlet wavelet on the line, against quadrature, the discrete Fourier transform and its own definition."""

import numpy as np
import pytest
from scipy.integrate import quad

from course_lib.invariance.morlet import correction, gabor, gaussian_1d, morlet, morlet_bank_1d, morlet_hat

CASES = [(0.5, 1.0), (1.0, 2.0), (3 * np.pi / 4, 0.8), (2.0, 3.0)]


def integral(function, sigma):
    """The integral over a line of a complex function under a window of width sigma."""
    return quad(function, -12 * sigma, 12 * sigma, limit=300, complex_func=True)[0]


@pytest.mark.parametrize(("xi", "sigma"), CASES)
def test_correction_is_the_mean_of_a_gabor_atom(xi, sigma):
    assert integral(lambda t: gabor(t, xi, sigma), sigma) == pytest.approx(correction(xi, sigma), abs=1e-9)


@pytest.mark.parametrize(("xi", "sigma"), CASES)
def test_window_has_mass_one_and_its_width(xi, sigma):
    assert integral(lambda t: abs(gabor(t, xi, sigma)), sigma) == pytest.approx(1, abs=1e-9)
    assert integral(lambda t: t**2 * abs(gabor(t, xi, sigma)), sigma) == pytest.approx(sigma**2, rel=1e-7)


@pytest.mark.parametrize(("xi", "sigma"), CASES)
def test_morlet_has_mean_zero_and_is_even_up_to_conjugation(xi, sigma):
    assert abs(integral(lambda t: morlet(t, xi, sigma), sigma)) < 1e-9
    t = np.linspace(0, 5, 11)
    assert morlet(-t, xi, sigma) == pytest.approx(np.conj(morlet(t, xi, sigma)))


@pytest.mark.parametrize(("xi", "sigma"), CASES)
@pytest.mark.parametrize("omega", [-1.0, 0.0, 0.3, 2.5])
def test_closed_transform_is_the_integral(xi, sigma, omega):
    expected = integral(lambda t: morlet(t, xi, sigma) * np.exp(-1j * omega * t), sigma)
    assert morlet_hat(omega, xi, sigma) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("j", range(4))
def test_sampled_bank_is_the_transform_of_the_sampled_wavelet(j):
    N, sigma, xi = 128, 0.8 * 2**j, 3 * np.pi / 4 / 2**j
    # Periodic copies, as the discrete transform takes its signals.
    t = np.arange(N) + N * np.arange(-3, 4)[:, None]
    atom, window = gabor(t, xi, sigma).sum(axis=0), np.abs(gabor(t, xi, sigma)).sum(axis=0)
    bank = morlet_bank_1d(N, 4)
    assert bank.psi[j] == pytest.approx(np.fft.fft(atom - atom.sum() / window.sum() * window), abs=1e-12)
    assert bank.psi[j, 0] == 0


def test_low_pass_is_the_last_window():
    t = np.fft.fftfreq(256, 1 / 256)
    window = np.abs(gabor(t, 1.0, 0.8 * 2**3))
    assert morlet_bank_1d(256, 4).phi == pytest.approx(np.fft.fft(window), abs=1e-12)
    assert gaussian_1d(256, 6.4) == pytest.approx(np.fft.fft(window).real, abs=1e-12)


def test_wide_wavelets_are_dilations_of_each_other():
    # A scale up: half the frequency. Folding matters at the first scale only.
    psi = morlet_bank_1d(512, 5).psi
    assert psi[3, :128] == pytest.approx(psi[2, :256:2], abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gabor([np.nan], 1.0, 1.0), "t: expected finite numbers"),
        (lambda: gabor(0.0, -1.0, 1.0), "xi: expected a positive number, got -1.0"),
        (lambda: morlet(0.0, 1.0, 0.0), "sigma: expected a positive number, got 0.0"),
        (lambda: morlet_hat(np.inf, 1.0, 1.0), "omega: expected finite numbers"),
        (lambda: correction(0, 1.0), "xi: expected a positive number, got 0"),
        (lambda: gaussian_1d(0, 1.0), "size: expected a whole number, at least 1, got 0"),
        (lambda: morlet_bank_1d(16, 5), r"J: 2\^J must not exceed the size 16; expected at most 4, got 5"),
        (lambda: morlet_bank_1d(16, 0), "J: expected a whole number, at least 1, got 0"),
    ],
)
def test_impossible_wavelets_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
