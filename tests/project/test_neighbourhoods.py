import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from course_lib.project.closed_form import moduli
from course_lib.project.neighbourhoods import Neighbourhood, coefficients, directions, products

ELEMENTS = (1, 6, 8)
CHARGES = np.array([[6, 8, 1, 1, 0], [6, 6, 1, 8, 1]])
HOW = Neighbourhood(sigma=0.3, widths=(0.4, 0.8), L=2)


def places(seed):
    positions = np.random.default_rng(seed).normal(size=(2, 5, 3)) * 1.5
    return np.where((CHARGES > 0)[..., None], positions, 0)


def test_squares_are_those_of_the_moduli_at_the_nuclei():
    positions = places(0)
    parts = coefficients(CHARGES, positions, ELEMENTS, HOW)
    for b in range(2):
        for e, Z in enumerate(ELEMENTS):
            U = moduli(positions[b], (CHARGES[b] == Z).astype(float), positions[b], HOW.sigma, HOW.widths, HOW.L)
            for degree, part in enumerate(parts):
                squares = np.sum(part[b, :, 2 * e : 2 * e + 2] ** 2, axis=-1)
                np.testing.assert_allclose(squares, U[..., degree] ** 2, rtol=1e-10, atol=1e-15)


def test_scalar_product_of_products_is_that_of_the_full_matrices():
    positions = places(1)
    P = products(CHARGES, positions, ELEMENTS, HOW)
    full = [part @ part.swapaxes(-1, -2) for part in coefficients(CHARGES, positions, ELEMENTS, HOW)]
    expected = sum(np.sum(matrix[0, 0] * matrix[1, 1]) for matrix in full)
    assert P.shape == (2, 5, 3 * 6 * 7 // 2)
    assert P[0, 0] @ P[1, 1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_an_atom_does_not_see_motion_or_reflection(seed):
    positions = places(seed)
    turn = Rotation.random(random_state=seed).as_matrix()
    before = directions(CHARGES, positions, ELEMENTS, HOW)
    for moved in (positions @ turn.T, -positions, positions + np.array([3.0, -5.0, 7.0])):
        np.testing.assert_allclose(directions(CHARGES, moved, ELEMENTS, HOW), before, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_atoms_in_another_order_have_their_vectors_in_that_order(seed):
    order, positions = np.random.default_rng(seed).permutation(5), places(seed)[1:]
    before = directions(CHARGES[1:], positions, ELEMENTS, HOW)
    after = directions(CHARGES[1:, order], positions[:, order], ELEMENTS, HOW)
    np.testing.assert_allclose(after, before[order], atol=1e-14)


def test_a_far_molecule_is_not_seen():
    positions = places(2)[1:]
    both = np.concatenate([positions, positions + 30.0], axis=1)
    alone = directions(CHARGES[1:], positions, ELEMENTS, HOW)
    np.testing.assert_allclose(directions(CHARGES[[1, 1]].reshape(1, -1), both, ELEMENTS, HOW)[:5], alone, atol=1e-14)


def test_places_without_an_atom_are_left_out_and_the_lengths_are_one():
    vectors = directions(CHARGES, places(3), ELEMENTS, HOW)
    assert len(vectors) == 9
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-13)


def test_a_single_atom_has_a_direction():
    assert np.isfinite(directions(np.array([[6]]), np.zeros((1, 1, 3)), ELEMENTS, HOW)).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sigma": 0}, "sigma:"),
        ({"widths": ()}, "widths: expected at least one"),
        ({"widths": (-1.0,)}, "widths:"),
        ({"L": -1}, "L:"),
    ],
)
def test_bad_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Neighbourhood(**settings)
