"""Distances and Coulomb matrices against SciPy and closed forms; what they keep, and pairs that they cannot tell apart."""

import numpy as np
import pytest
from scipy import constants
from scipy.spatial.distance import pdist, squareform
from scipy.spatial.transform import Rotation

from course_lib.invariance.groups import cube_rotations, invariance_defect, permutations
from course_lib.invariance.molecule_features import (
    BOHR,
    coulomb_matrix,
    coulomb_spectrum,
    distances,
    element_counts,
    handedness,
    sorted_distances,
)
from course_lib.invariance.small_molecules import bromochlorofluoromethane, hydrogen_peroxide, methane, water

SEEDS = range(4)


def cluster(seed, n=5):
    rng = np.random.default_rng(seed)
    return rng.integers(1, 18, n), rng.normal(scale=2, size=(n, 3))


def angle(a, b):
    return np.degrees(np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)))


def test_bohr_is_that_of_scipy():
    assert pytest.approx(constants.value("Bohr radius") / constants.angstrom, rel=1e-9) == BOHR


@pytest.mark.parametrize("seed", SEEDS)
def test_distances_are_those_of_scipy(seed):
    x = cluster(seed)[1]
    np.testing.assert_allclose(distances(x), squareform(pdist(x)), rtol=1e-13)
    np.testing.assert_allclose(sorted_distances(x), np.sort(pdist(x)), rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_coulomb_matrix_holds_the_repulsion_of_the_nuclei_in_hartree(seed):
    Z, x = cluster(seed)
    C = coulomb_matrix(Z, x)
    i, j = 1, 3
    # e² / (4π ε₀ r), in SI units, over the hartree
    r = np.linalg.norm(x[i] - x[j]) * constants.angstrom
    joule = Z[i] * Z[j] * constants.e**2 / (4 * np.pi * constants.epsilon_0 * r)
    assert C[i, j] == C[j, i] == pytest.approx(joule / constants.value("Hartree energy"), rel=1e-8)
    assert C[2, 2] == pytest.approx(0.5 * Z[2] ** 2.4, rel=1e-14)


def test_coulomb_spectrum_of_two_equal_atoms_is_diagonal_plus_and_minus_repulsion():
    found = coulomb_spectrum([8, 8], [[0, 0, 0], [0, 0, 1.2]])
    expected = 0.5 * 8**2.4 + np.array([1, -1]) * 64 * BOHR / 1.2
    np.testing.assert_allclose(found, expected, rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_coulomb_spectrum_is_sorted_and_keeps_trace_and_frobenius_norm(seed):
    Z, x = cluster(seed)
    C, values = coulomb_matrix(Z, x), coulomb_spectrum(Z, x)
    assert (np.diff(values) <= 0).all()
    assert values.sum() == pytest.approx(np.trace(C), rel=1e-13)
    assert (values**2).sum() == pytest.approx((C**2).sum(), rel=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_features_do_not_change_under_motions_reflections_and_renumbering(seed):
    rng = np.random.default_rng(seed)
    Z, x = cluster(seed)
    order, turn = rng.permutation(len(Z)), Rotation.random(random_state=seed).as_matrix()
    moved = (x @ turn.T + rng.normal(size=3))[order] * [1, 1, -1]
    np.testing.assert_allclose(sorted_distances(moved), sorted_distances(x), rtol=1e-12)
    np.testing.assert_allclose(coulomb_spectrum(Z[order], moved), coulomb_spectrum(Z, x), rtol=1e-10)
    np.testing.assert_array_equal(element_counts(Z[order], range(1, 18)), element_counts(Z, range(1, 18)))


@pytest.mark.parametrize("seed", SEEDS)
def test_batches_are_taken_one_by_one(seed):
    x = np.random.default_rng(seed).normal(size=(3, 2, 4, 3))
    Z = [1, 6, 8, 9]
    np.testing.assert_array_equal(sorted_distances(x)[2, 1], sorted_distances(x[2, 1]))
    np.testing.assert_allclose(coulomb_spectrum(Z, x)[2, 1], coulomb_spectrum(Z, x[2, 1]), rtol=1e-13)
    np.testing.assert_allclose(handedness(x)[2, 1], handedness(x[2, 1]), rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_handedness_survives_rotations_and_turns_its_sign_under_reflections(seed):
    x = cluster(seed)[1]
    assert invariance_defect(handedness, x, cube_rotations()) < 1e-12
    assert handedness(x * [1, -1, 1]) == pytest.approx(-handedness(x), rel=1e-12)
    a, b, c = x[1:4] - x[0]
    assert handedness(x) == pytest.approx(a @ np.cross(b, c), rel=1e-12)


def test_two_different_quadrilaterals_have_the_same_distances():
    trapezium, kite = np.array([[0, 0], [4, 0], [1, 1], [3, 1]]), np.array([[0, 0], [4, 0], [1, 1], [1, -1]])
    assert np.array_equal(sorted_distances(trapezium) ** 2, sorted_distances(kite) ** 2)
    rows = [np.sort(np.sort(distances(shape), axis=1), axis=0) for shape in (trapezium, kite)]
    assert abs(rows[0] - rows[1]).max() > 0.1  # seen from each corner they differ, so they are not congruent


def test_sorting_is_a_contraction():
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 1000, 7))
    assert (np.linalg.norm(np.sort(a) - np.sort(b), axis=-1) <= np.linalg.norm(a - b, axis=-1)).all()


def test_methane_is_a_regular_tetrahedron():
    Z, x = methane()
    assert Z.tolist() == [6, 1, 1, 1, 1]
    np.testing.assert_allclose(sorted_distances(x), [1.09] * 4 + [1.09 * np.sqrt(8 / 3)] * 6, rtol=1e-12)


def test_water_has_its_bonds_and_angle():
    Z, x = water()
    np.testing.assert_allclose(distances(x)[0, 1:], 0.9572, rtol=1e-12)
    assert angle(x[1], x[2]) == pytest.approx(104.52, abs=1e-9)
    assert element_counts(Z, [1, 8]).tolist() == [2, 1]


def test_enantiomers_are_mirror_images_with_equal_distances_and_opposite_handedness():
    (Z, left), (_, right) = bromochlorofluoromethane(), bromochlorofluoromethane(mirrored=True)
    assert Z.tolist() == [6, 1, 9, 17, 35]
    np.testing.assert_allclose(distances(left)[0], [0, 1.09, 1.36, 1.76, 1.94], rtol=1e-12)
    np.testing.assert_allclose(distances(left), distances(right), rtol=1e-14)
    assert handedness(left) == pytest.approx(-handedness(right), rel=1e-12)
    assert abs(handedness(left)) > 1
    assert Rotation.align_vectors(left, right)[1] > 1  # no rotation lays one on the other


def test_hydrogen_peroxide_has_the_bonds_and_angles_that_are_asked_for():
    Z, x = hydrogen_peroxide(1.5, (0.9, 1.1), (95, 120), torsion=70)
    assert Z.tolist() == [8, 8, 1, 1]
    d = distances(x)
    np.testing.assert_allclose([d[0, 1], d[0, 2], d[1, 3]], [1.5, 0.9, 1.1], rtol=1e-12)
    bond = x[1] - x[0]
    assert angle(bond, x[2] - x[0]) == pytest.approx(95, abs=1e-9)
    assert angle(-bond, x[3] - x[1]) == pytest.approx(120, abs=1e-9)
    assert angle(np.cross(bond, x[2] - x[0]), np.cross(bond, x[3] - x[1])) == pytest.approx(70, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distances([1.0, 2.0]), r"^positions: "),
        (lambda: sorted_distances([[0.0, np.nan]]), r"^positions: .*finite"),
        (lambda: coulomb_matrix([1, 1, 1], np.eye(3)[:2]), r"^charges: expected shape \(2,\)"),
        (lambda: coulomb_matrix([1, 0], np.eye(3)[:2]), r"^charges: expected positive numbers"),
        (lambda: coulomb_spectrum([1, 1], np.zeros((2, 3))), r"^positions: expected atoms at different places"),
        (lambda: coulomb_spectrum([1, 1], np.eye(2)), r"^positions: expected shape"),
        (lambda: element_counts([1, 6], [1, 8]), r"^elements: expected each of \[1.0, 6.0\]"),
        (lambda: element_counts([1, 6], [1, 6, 6]), r"^elements: "),
        (lambda: handedness(np.eye(3)), r"^positions: expected at least four atoms, got 3"),
        (lambda: hydrogen_peroxide(OO=0), r"^OO: expected a positive number"),
        (lambda: hydrogen_peroxide(OH=(1, -1)), r"^OH: expected a positive number"),
        (lambda: hydrogen_peroxide(torsion=np.nan), r"^torsion: "),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_all_renumberings_of_water_share_its_coulomb_spectrum():
    Z, x = water()
    for g in permutations(3):
        renumbered = g(np.column_stack([Z, x]))
        np.testing.assert_allclose(coulomb_spectrum(renumbered[:, 0], renumbered[:, 1:]), coulomb_spectrum(Z, x), rtol=1e-12)
