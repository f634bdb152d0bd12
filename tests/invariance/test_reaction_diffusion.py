import numpy as np
import pytest
from scipy.integrate import solve_ivp

from course_lib.invariance.reaction_diffusion import finer, gray_scott, gray_scott_tendency, laplacian


def test_laplacian_of_a_wave_is_the_same_in_all_directions_up_to_fourth_order():
    y, x = np.indices((64, 64))
    factors = []
    for p, q in ((5, 0), (3, 4), (4, 3), (0, 5)):
        wave = np.cos(2 * np.pi * (p * x + q * y) / 64)
        found = laplacian(wave)
        factors.append(np.sum(found * wave) / np.sum(wave * wave))
        np.testing.assert_allclose(found, factors[-1] * wave, atol=1e-12)
    k2 = (2 * np.pi * 5 / 64) ** 2
    assert np.ptp(factors) < 2e-4 * k2
    np.testing.assert_allclose(factors, -k2 + k2**2 / 12, rtol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_reaction_and_diffusion_alone_conserve_both_substances_together(seed):
    u, v = np.random.default_rng(seed).random((2, 16, 16))
    du, dv = gray_scott_tendency(u, v, 0.0, 0.0, 0.1)
    assert (du + dv).sum() == pytest.approx(0, abs=1e-11)


@pytest.mark.parametrize(("feed", "removal"), [(0.03, 0.062), (0.037, 0.06)])
def test_without_diffusion_each_point_follows_the_reaction(feed, removal):
    u, v = np.full((8, 8), 0.6), np.full((8, 8), 0.3)

    def rate(_, z):
        return [-z[0] * z[1] ** 2 + feed * (1 - z[0]), z[0] * z[1] ** 2 - (feed + removal) * z[1]]

    expected = solve_ivp(rate, (0, 5), [0.6, 0.3], rtol=1e-10, atol=1e-12).y[:, -1]
    for _ in range(5000):
        du, dv = gray_scott_tendency(u, v, feed, removal, 0.08)
        u, v = u + du / 1000, v + dv / 1000
    np.testing.assert_allclose(u, expected[0], atol=1e-4)
    np.testing.assert_allclose(v, expected[1], atol=1e-4)


def test_nothing_happens_where_all_is_fed_and_nothing_eats():
    du, dv = gray_scott_tendency(np.ones((8, 8)), np.zeros((8, 8)), 0.03, 0.06, 0.1)
    assert not du.any()
    assert not dv.any()


@pytest.mark.parametrize("diffusion", [0.05, 0.12])
def test_length_of_the_pattern_grows_with_the_root_of_diffusion(diffusion):
    def wavelength(diffusion):
        v = gray_scott(96, 0.037, 0.06, np.random.default_rng(0), diffusion, steps=2500)
        power = np.abs(np.fft.fft2(v - v.mean())) ** 2
        k = np.hypot(*np.meshgrid(np.fft.fftfreq(96), np.fft.fftfreq(96)))
        return power.sum() / np.sum(power * k)

    assert wavelength(diffusion) / wavelength(0.08) == pytest.approx(np.sqrt(diffusion / 0.08), rel=0.1)


@pytest.mark.parametrize("size", [16, 15])
def test_finer_grid_keeps_the_points_and_interpolates_waves_exactly(size):
    def waves(n):
        y, x = np.indices((n, n)) / n * 2 * np.pi
        return np.cos(3 * x + 2 * y) + np.sin(x - 5 * y) + 0.5

    np.testing.assert_allclose(finer(waves(size)), waves(2 * size), atol=1e-12)
    noise = np.random.default_rng(0).normal(size=(size, size))
    np.testing.assert_allclose(finer(noise)[::2, ::2], noise, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 7}, "size: expected a whole number, at least 8"),
        ({"feed": 0.0}, "feed: expected a positive number"),
        ({"removal": -1.0}, "removal: expected a positive number"),
        ({"diffusion": 0.3}, "diffusion: expected at most 0.18"),
        ({"steps": -1}, "steps: expected a whole number"),
        ({"removal": 0.2, "steps": 300}, "feed, removal: no pattern is left"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = {"size": 32, "feed": 0.037, "removal": 0.06, "steps": 10} | change
    with pytest.raises(ValueError, match=message):
        gray_scott(rng=np.random.default_rng(0), **arguments)
