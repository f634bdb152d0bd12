import numpy as np
import pytest
from kymatio.numpy import HarmonicScattering3D
from kymatio.scattering3d.filter_bank import solid_harmonic_filter_bank
from scipy.spatial.transform import Rotation

from course_lib.project.closed_form import integrated_squares, moduli, octaves, response, wavelet

ATOMS = np.random.default_rng(0).uniform(-1.4, 1.4, size=(4, 3))
CHARGES = np.array([1.0, 6.0, 8.0, 1.0])
SIGMA, WIDTHS, L = 0.6, (0.8, 1.6), 3


def points(size, step):
    axis = (np.arange(size) - size // 2) * step
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)


def bells(grid, centres, weights, width):
    squares = np.sum((grid[..., None, :] - centres) ** 2, axis=-1)
    return np.exp(-squares / (2 * width**2)) @ weights / ((2 * np.pi) ** 1.5 * width**3)


def test_modulus_of_a_wavelet_has_the_integral_one():
    grid = points(40, 0.4)
    for values in wavelet(grid, 1.0, 4):
        np.testing.assert_allclose(np.linalg.norm(values, axis=-1).sum() * 0.4**3, 1, rtol=2e-3)


def test_wavelets_are_those_of_kymatio():
    """Its modulus over all m, on its own grid, in its real-space form; its unit of length is a voxel."""
    bank = solid_harmonic_filter_bank(16, 16, 16, 1, L, 1.5, fourier=False)
    for j, width in enumerate((1.5, 3.0)):
        for degree, values in enumerate(wavelet(points(16, 1.0), width, L)):
            theirs = np.fft.fftshift(np.linalg.norm(bank[degree][j], axis=0))
            np.testing.assert_allclose(np.linalg.norm(values, axis=-1), theirs, atol=1e-6 * theirs.max())


@pytest.mark.parametrize("degree", range(L + 1))
def test_response_is_the_convolution_on_a_fine_grid(degree):
    step, grid = 0.3, points(48, 0.3)
    bell = bells(grid, np.zeros((1, 3)), np.ones(1), SIGMA)
    closed = response(grid, SIGMA, WIDTHS, L)[degree]
    for m, values in enumerate(np.moveaxis(wavelet(grid, WIDTHS[0], L)[degree], -1, 0)):
        sampled = np.fft.fftn(np.fft.ifftshift(values)) * np.fft.fftn(np.fft.ifftshift(bell)) * step**3
        numeric = np.fft.fftshift(np.fft.ifftn(sampled).real)
        np.testing.assert_allclose(closed[..., 0, m], numeric, atol=1e-9)


def kymatio_integrals(size, step, powers):
    """First order on a grid, as integrals over Å³: shape (J, L + 1, powers)."""
    density = bells(points(size, step), ATOMS, CHARGES, SIGMA)
    transform = HarmonicScattering3D(1, (size,) * 3, L=L, sigma_0=WIDTHS[0] / step, max_order=1, integral_powers=powers)
    return transform(density[None].astype(np.float32))[0] * step**3


def test_integrated_squares_are_the_limit_of_kymatios():
    exact = integrated_squares(CHARGES[None, None], ATOMS[None], SIGMA, WIDTHS, L)[0, 0, 0]
    errors = []
    for size, step in ((16, 1.2), (20, 0.96), (32, 0.6)):
        errors.append(np.abs(kymatio_integrals(size, step, (2.0,))[..., 0] / exact - 1).max())
    assert errors[0] > 5 * errors[1] > 25 * errors[2]
    assert errors[2] < 1e-4  # single precision, and a box that cuts the widest wavelet's tail


def test_moduli_at_the_points_of_a_grid_are_those_of_kymatio():
    size, step = 32, 0.6
    U = moduli(points(size, step).reshape(-1, 3), CHARGES, ATOMS, SIGMA, WIDTHS, L)
    theirs = kymatio_integrals(size, step, (1.0, 2.0))
    np.testing.assert_allclose(U.sum(axis=0)[0] * step**3, theirs[0, :, 0], rtol=1e-4)
    np.testing.assert_allclose(np.sum(U**2, axis=0) * step**3, theirs[..., 1], rtol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_integrals_do_not_see_motion_reflection_or_numbering(seed):
    rng = np.random.default_rng(seed)
    order, turn = rng.permutation(4), Rotation.random(random_state=seed).as_matrix()
    moved = [ATOMS + rng.normal(size=3), ATOMS @ turn.T, -ATOMS, ATOMS[order]]
    charges = [CHARGES, CHARGES, CHARGES, CHARGES[order]]
    values = [integrated_squares(Z[None, None], X[None], SIGMA, WIDTHS, L) for Z, X in zip(charges, moved, strict=True)]
    before = integrated_squares(CHARGES[None, None], ATOMS[None], SIGMA, WIDTHS, L)
    for value in values:
        np.testing.assert_allclose(value, before, rtol=1e-12)


def test_beside_the_diagonal_stand_the_products_of_two_densities():
    """The square of a sum has twice the product."""
    parts = np.stack([CHARGES * (CHARGES == 1), CHARGES * (CHARGES > 1)])
    both = integrated_squares(parts[None], ATOMS[None], SIGMA, WIDTHS, L)[0]
    total = integrated_squares(CHARGES[None, None], ATOMS[None], SIGMA, WIDTHS, L)[0, 0, 0]
    np.testing.assert_allclose(both[0, 0] + both[1, 1] + 2 * both[0, 1], total, rtol=1e-12)
    np.testing.assert_array_equal(both[0, 1], both[1, 0])


def test_two_far_clusters_have_the_sum_of_their_integrals():
    apart = np.concatenate([ATOMS, ATOMS[::-1] + np.array([60.0, 0, 0])])
    weights = np.concatenate([CHARGES, CHARGES[::-1]])
    one = integrated_squares(CHARGES[None, None], ATOMS[None], SIGMA, WIDTHS, L)
    np.testing.assert_allclose(integrated_squares(weights[None, None], apart[None], SIGMA, WIDTHS, L), 2 * one, rtol=1e-12)


def test_octaves_double():
    assert octaves(0.3, 5, each=2)[::2] == pytest.approx((0.3, 0.6, 1.2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wavelet(np.ones((2, 2)), 1.0, 1), "vectors: expected shape"),
        (lambda: wavelet(np.ones(3), 0.0, 1), "width: expected a positive number"),
        (lambda: response(np.ones(3), -1.0, WIDTHS, 1), "sigma: expected a positive number"),
        (lambda: response(np.ones(3), 1.0, (0.0,), 1), "widths: expected a positive number"),
        (lambda: moduli(np.ones((1, 3)), CHARGES, ATOMS[:3], 1.0, WIDTHS, 1), "positions: expected shape"),
        (lambda: integrated_squares(CHARGES, ATOMS, 1.0, WIDTHS, 1), "weights: expected shape"),
        (lambda: octaves(1.0, 0), "count: expected a whole number"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()
