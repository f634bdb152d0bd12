"""The short-time Fourier transform against SciPy's, and the sharpness of windows against closed forms."""

import numpy as np
import pytest
from scipy.signal import ShortTimeFFT
from scipy.signal.windows import cosine, gaussian, hann

from course_lib.invariance.windows import spreads, windowed_fourier


@pytest.mark.parametrize("sigma", [3.0, 8.0, 20.0])
def test_gaussian_reaches_the_least_product_of_spreads(sigma):
    time, frequency = spreads(gaussian(512, sigma))
    # The energy is the window squared: narrower in time by the root of two.
    assert time == pytest.approx(sigma / np.sqrt(2), rel=1e-9)
    assert frequency == pytest.approx(1 / (np.sqrt(2) * sigma), rel=1e-9)
    assert time * frequency == pytest.approx(0.5, rel=1e-9)


def test_hann_and_cosine_windows_have_the_spreads_of_their_integrals():
    # The integrals of the continuous windows, by the midpoint rule; 400 samples are close to them.
    t = (np.arange(200_000) + 0.5) / 200_000 - 0.5
    for window, exact in [(hann, np.cos(np.pi * t) ** 2), (cosine, np.cos(np.pi * t))]:
        padded = np.concatenate([np.zeros(2000), window(400, sym=True), np.zeros(2000)])
        time, frequency = spreads(padded)
        assert time == pytest.approx(400 * np.sqrt(np.mean(t**2 * exact**2) / np.mean(exact**2)), rel=5e-3)
        slope = np.gradient(exact, t)
        assert frequency == pytest.approx(np.sqrt(np.mean(slope**2) / np.mean(exact**2)) / 400, rel=1e-2)
        assert time * frequency > 0.5


@pytest.mark.parametrize("seed", range(3))
def test_no_window_beats_one_half(seed):
    rng = np.random.default_rng(seed)
    bump = np.exp(-(np.linspace(-4, 4, 300) ** 2)) * np.polynomial.Polynomial(rng.normal(size=4))(np.linspace(-1, 1, 300) ** 2)
    window = np.concatenate([np.zeros(400), bump, np.zeros(400)])
    assert np.prod(spreads(window)) >= 0.5


@pytest.mark.parametrize("seed", range(3))
def test_transform_is_scipys(seed):
    rng = np.random.default_rng(seed)
    N = 64
    x, window = rng.normal(size=N), rng.normal(size=N)
    transform = ShortTimeFFT(window, hop=1, fs=1, phase_shift=None)
    ours = windowed_fourier(x, window)
    # SciPy pads with zeros: repeat the signal, and compare a period in the midst. Its phases count from the window's left end.
    theirs = transform.stft(np.tile(x, 5))[:, 2 * N - transform.p_min : 3 * N - transform.p_min]
    assert np.abs(ours) == pytest.approx(np.abs(theirs), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_transform_is_its_defining_sum(seed):
    rng = np.random.default_rng(seed)
    N = 12
    x, g, t = rng.normal(size=N), rng.normal(size=N), np.arange(N)
    for u in (0, 5, 11):
        centred = g[(t - u + N // 2) % N]
        for k in range(N // 2 + 1):
            expected = np.sum(x * centred * np.exp(-2j * np.pi * k * t / N))
            assert windowed_fourier(x, g)[k, u] == pytest.approx(expected)


def test_transform_follows_translations_and_keeps_the_energy():
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=(2, 3, 32)), rng.normal(size=32)
    X = np.abs(windowed_fourier(x, g))
    assert X.shape == (2, 3, 17, 32)
    assert np.abs(windowed_fourier(np.roll(x, 7, axis=-1), g)) == pytest.approx(np.roll(X, 7, axis=-1), abs=1e-12)
    twice = np.array([1] + 15 * [2] + [1])  # frequencies between 0 and pi stand for their negative too
    assert np.sum(twice[:, None] * X**2, axis=(-2, -1)) == pytest.approx(32 * np.sum(x**2, axis=-1) * np.sum(g**2))


def test_other_windows_and_signals_are_refused():
    with pytest.raises(ValueError, match="window: expected at least one value other than zero"):
        spreads(np.zeros(5))
    with pytest.raises(ValueError, match=r"window: expected shape \(any,\), got \(2, 2\)"):
        spreads(np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"signals: expected shape \(\.\.\., 5\), got \(4,\)"):
        windowed_fourier(np.ones(4), np.ones(5))
    with pytest.raises(ValueError, match="signals: expected finite numbers"):
        windowed_fourier([1.0, np.inf], np.ones(2))
