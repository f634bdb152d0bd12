import numpy as np
import pytest
from scipy.fft import irfft2, rfft2

from course_lib.invariance.turbulence import Flow, decaying_vorticity, random_start


def start(seed, size=64, peak=5):
    return random_start(size, peak, np.random.default_rng(seed))


def energy(flow, coefficients):
    u, v = flow.velocity(coefficients)
    return np.mean(u.astype(float) ** 2 + v.astype(float) ** 2) / 2


def enstrophy(coefficients):
    return np.mean(irfft2(coefficients).astype(float) ** 2) / 2


@pytest.mark.parametrize("seed", range(3))
def test_without_viscosity_energy_and_enstrophy_are_conserved(seed):
    flow = Flow(64, 0.0)
    state = flow.resolved * rfft2(start(seed).astype(np.float32))
    before = energy(flow, state), enstrophy(state)
    for _ in range(40):
        state = flow.step(state, 0.01)
    assert energy(flow, state) == pytest.approx(before[0], rel=1e-5)
    assert enstrophy(state) == pytest.approx(before[1], rel=1e-4)


@pytest.mark.parametrize("size", [8, 12, 18, 64])
def test_product_of_two_resolved_waves_is_never_mistaken_for_a_third_one(size):
    resolved = Flow(size, 0.0).resolved
    columns, rows = np.fft.rfftfreq(size, 1 / size)[resolved.any(axis=0)], np.fft.fftfreq(size, 1 / size)[resolved.any(axis=1)]
    for kept in (np.concatenate([-columns, columns]), rows):
        sums = kept[:, None] + kept
        seen_as = (sums + size / 2) % size - size / 2
        assert not np.isin(seen_as[seen_as != sums], kept).any()
        assert kept.max() == -kept.min() >= size / 3 - 1  # and no more waves are left out than must be


def test_a_vortex_of_taylor_and_green_only_decays():
    y, x = 2 * np.pi * np.indices((32, 32)) / 32
    vorticity, viscosity, time = np.cos(3 * x) * np.cos(3 * y), 0.05, 0.8
    flow = Flow(32, viscosity)
    state = rfft2(vorticity.astype(np.float32))
    for _ in range(80):
        state = flow.step(state, time / 80)
    np.testing.assert_allclose(irfft2(state), vorticity * np.exp(-viscosity * 18 * time), atol=1e-5)


def test_tendency_is_minus_advection_plus_diffusion():
    flow, viscosity = Flow(64, 0.03), 0.03
    y, x = 2 * np.pi * np.indices((64, 64)) / 64
    # ψ = sin x + cos 2y: ω = -sin x - 4 cos 2y, u = -ψ_y = 2 sin 2y, v = ψ_x = cos x
    vorticity = -np.sin(x) - 4 * np.cos(2 * y)
    advection = 2 * np.sin(2 * y) * -np.cos(x) + np.cos(x) * 8 * np.sin(2 * y)
    diffusion = np.sin(x) + 16 * np.cos(2 * y)
    found = irfft2(flow.tendency(rfft2(vorticity.astype(np.float32))))
    np.testing.assert_allclose(found, -advection + viscosity * diffusion, atol=1e-4)
    u, v = flow.velocity(rfft2(vorticity))
    np.testing.assert_allclose(u, 2 * np.sin(2 * y), atol=1e-6)
    np.testing.assert_allclose(v, np.cos(x), atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_start_has_unit_velocity_in_its_band(seed):
    vorticity = start(seed, 64, 6)
    u, v = Flow(64, 0.0).velocity(rfft2(vorticity))
    assert np.mean(u**2 + v**2) == pytest.approx(1, rel=1e-5)
    power = np.abs(np.fft.fft2(vorticity)) ** 2
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(64, 1 / 64), np.fft.fftfreq(64, 1 / 64)))
    assert power[np.abs(k - 6) < 4].sum() > 0.99 * power.sum()


@pytest.mark.parametrize("seed", range(3))
def test_decay_makes_vortices_that_a_gaussian_field_does_not_have(seed):
    before = start(seed, 128, 8)
    after = decaying_vorticity(128, 8, 3, np.random.default_rng(seed), viscosity=0.001)
    kurtosis = [np.mean(w**4) / np.mean(w**2) ** 2 for w in (before, after)]
    assert abs(kurtosis[0] - 3) < 0.5
    assert kurtosis[1] > 3.7  # vortices are far out in the tails
    assert np.mean(after**2) < np.mean(before**2)
    assert abs(after.mean()) < 1e-4


def test_finer_steps_change_little():
    coarse = decaying_vorticity(64, 4, 0.5, np.random.default_rng(3), viscosity=0.01)
    flow, state = Flow(64, 0.01), rfft2(start(3, 64, 4).astype(np.float32))
    for _ in range(400):
        state = flow.step(state, 0.5 / 400)
    np.testing.assert_allclose(coarse, irfft2(state), atol=2e-3 * np.abs(coarse).max())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: Flow(63, 0.1), "size: expected an even number"),
        (lambda rng: Flow(4, 0.1), "size: expected a whole number"),
        (lambda rng: Flow(64, -0.1), "viscosity: expected a number that is not negative"),
        (lambda rng: random_start(64, 0, rng), "peak: expected a positive number"),
        (lambda rng: random_start(64, 20, rng), "peak: expected at most a sixth"),
        (lambda rng: decaying_vorticity(64, 5, 0, rng), "time: expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
