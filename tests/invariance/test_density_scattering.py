import numpy as np
import pytest
from kymatio.numpy import HarmonicScattering3D
from kymatio.scattering3d.filter_bank import solid_harmonic_filter_bank

from course_lib.invariance.scattering import paths_3d, scattering_3d

DENSITY = np.random.default_rng(0).uniform(size=(3, 8, 10, 12))
SETTINGS = {"J": 1, "L": 2, "powers": (0.5, 1.0, 2.0)}


def cluster(positions, size=24, width=1.5):
    """Gaussian blobs at the positions, shape (n, 3), counted from the middle of a cube."""
    squares = [np.exp(-0.5 * ((np.arange(size) - size // 2 - positions[:, [i]]) / width) ** 2) for i in range(3)]
    return np.einsum("na,nb,nc->abc", *squares)


@pytest.mark.parametrize(("J", "L", "max_order"), [(1, 2, 2), (2, 1, 1), (0, 0, 2)])
def test_front_equals_bare_kymatio_after_order_zero(J, L, max_order):
    powers = (0.5, 1.0, 2.0)
    expected = HarmonicScattering3D(J, DENSITY.shape[1:], L, max_order=max_order, integral_powers=powers)(DENSITY)
    ours = scattering_3d(DENSITY, J, L, max_order, powers=powers, batch=2)
    assert ours.values.shape == (3, len(ours.paths))
    assert ours.paths == paths_3d(J, L, powers, max_order)
    np.testing.assert_allclose(ours.values[:, 3:], expected.reshape(3, -1), rtol=2e-5)
    np.testing.assert_allclose(ours.values[:, :3], [[np.sum(x**q) for q in powers] for x in DENSITY], rtol=1e-6)


def test_degrees_orders_and_powers_are_by_default_those_of_kymatio():
    expected = HarmonicScattering3D(1, DENSITY.shape[1:])(DENSITY)
    np.testing.assert_allclose(scattering_3d(DENSITY, 1).values[:, 3:], expected.reshape(3, -1), rtol=2e-5)


def test_each_name_belongs_to_its_coefficient():
    """Order 1 and 2 of one path, from kymatio's filters and the definition."""
    ours = scattering_3d(DENSITY, **SETTINGS)
    value = dict(zip((path.name for path in ours.paths), ours.values[0], strict=True))
    bank = solid_harmonic_filter_bank(8, 10, 12, 1, 2, 1.0)

    def modulus(x, j, degree):
        parts = np.fft.ifftn(np.fft.fftn(x) * bank[degree][j], axes=(-3, -2, -1))
        return np.sqrt(np.sum(np.abs(parts) ** 2, axis=0))

    for degree in (0, 1, 2):
        U1 = modulus(DENSITY[0], 0, degree)
        assert value[f"S1(j=0 l={degree} q=0.5)"] == pytest.approx(np.sum(U1**0.5), rel=1e-4)
        assert value[f"S2(j=0,1 l={degree} q=2)"] == pytest.approx(np.sum(modulus(U1, 1, degree) ** 2), rel=1e-4)


def test_torch_gives_the_same():
    torch, numpy = scattering_3d(DENSITY, **SETTINGS, device="cpu"), scattering_3d(DENSITY, **SETTINGS)
    np.testing.assert_allclose(torch.values, numpy.values, rtol=1e-4)


@pytest.mark.parametrize("seed", range(2))
def test_translations_and_quarter_turns_change_nothing(seed):
    positions = np.random.default_rng(seed).uniform(-4, 4, size=(4, 3))
    density = cluster(positions)
    moved = [np.roll(density, (3, -2, 5), (0, 1, 2)), np.rot90(density), np.rot90(density, axes=(1, 2)), density[::-1]]
    values = scattering_3d(np.stack([density, *moved]), 1, 2, sigma=1.5).values
    np.testing.assert_allclose(values[1:], np.broadcast_to(values[0], values[1:].shape), rtol=3e-3)
    smooth = values[:, [path.q != 0.5 for path in paths_3d(1, 2, (0.5, 1.0, 2.0))]]
    np.testing.assert_allclose(smooth[1:], np.broadcast_to(smooth[0], smooth[1:].shape), rtol=1e-4)


@pytest.mark.parametrize(
    ("densities", "settings", "message"),
    [
        (np.ones((8, 8, 8)), {}, "densities: expected shape"),
        (np.ones((0, 8, 8, 8)), {}, "densities: expected shape"),
        (np.full((1, 8, 8, 8), np.nan), {}, "densities: expected finite"),
        (DENSITY, {"J": 4}, r"J: the largest wavelet, sigma 2\^J = 16, exceeds the shortest side of \(8, 10, 12\)"),
        (DENSITY, {"sigma": 0}, "sigma: expected a positive number"),
        (DENSITY, {"powers": ()}, "powers: expected at least one"),
        (DENSITY, {"powers": (1, -1)}, "powers: expected a positive number, got -1"),
        (DENSITY, {"L": -1}, "L: expected a whole number"),
        (DENSITY, {"max_order": 0}, "max_order: expected a whole number, at least 1"),
    ],
)
def test_bad_input_is_refused(densities, settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        scattering_3d(densities, **{"J": 1, **settings})
