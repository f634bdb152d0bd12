import numpy as np
import pytest

from course_lib.invariance.molecule_features import coulomb_spectrum
from course_lib.project.chunks import Running
from course_lib.project.closed_form import moduli
from course_lib.project.features import FEATURES, PAIRS, SPECTRUM, SUMS, atom_sums, counts, features
from course_lib.project.molecules import join
from course_lib.project.motions import MOTIONS, far_pairs, transformed
from course_lib.project.neighbourhoods import Neighbourhood
from course_lib.project.small_qm9 import small_qm9

MOLECULES = small_qm9().select(range(4, 44))
ELEMENTS = (1, 6, 7, 8, 9)
SETTINGS = {"counts": {}, "coulomb-spectrum": SPECTRUM, "pair-integrals": PAIRS, "atom-sums": SUMS}


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("motion", MOTIONS)
def test_features_do_not_see_what_the_energy_does_not_see(name, motion):
    before = features(MOLECULES, name, ELEMENTS, **SETTINGS[name])
    after = features(transformed(MOLECULES, motion, np.random.default_rng(0)), name, ELEMENTS, **SETTINGS[name])
    np.testing.assert_allclose(after, before, rtol=1e-9, atol=1e-9 * np.abs(before).max())


@pytest.mark.parametrize("name", ["counts", "pair-integrals", "atom-sums"])
def test_features_of_two_far_molecules_are_the_sum_of_theirs(name):
    one = features(MOLECULES, name, ELEMENTS, **SETTINGS[name])
    pairs = [(i, i + 1) for i in range(10)]
    both = features(far_pairs(MOLECULES, pairs, np.random.default_rng(0), 60.0), name, ELEMENTS, **SETTINGS[name])
    np.testing.assert_allclose(both, one[:10] + one[1:11], rtol=1e-9, atol=1e-9 * np.abs(one).max())


def test_water_has_two_hydrogens_and_one_oxygen():
    charges = np.array([[8, 1, 1, 0]])  # 0 stands for no atom
    np.testing.assert_array_equal(counts(charges, np.zeros((1, 4, 3)), elements=(1, 6, 8)), [[2, 0, 1]])


def test_spectra_are_sorted_by_size_and_filled_up():
    values = features(MOLECULES, "coulomb-spectrum", ELEMENTS, **SPECTRUM)
    expected = coulomb_spectrum(*MOLECULES.atoms(7))
    expected = expected[np.argsort(-np.abs(expected))]
    np.testing.assert_allclose(values[7, : len(expected)], expected, rtol=1e-10)
    assert not values[7, len(expected) :].any()


def test_atom_sums_are_sums_of_powers_of_the_moduli():
    how = Neighbourhood(sigma=0.3, widths=(0.4, 0.8), L=1)
    Z, X = MOLECULES.atoms(3)
    ours = atom_sums(Z[None], X[None], elements=(1, 6), how=how, powers=(1.0, 3.0)).reshape(2, 2, 2, 2, 2)
    U = moduli(X, (Z == 6).astype(float), X, 0.3, (0.4, 0.8), 1)  # atoms, widths, degrees
    for power, q in enumerate((1.0, 3.0)):
        by_degree = np.sum(U[Z == 1] ** q, axis=0)  # of carbon's density at the hydrogens
        np.testing.assert_allclose(ours.reshape(2, 2, -1)[0, power].reshape(2, 2, 2)[:, 1].T, by_degree, rtol=1e-10)


def test_two_processes_give_the_same():
    one, two = (features(MOLECULES, "pair-integrals", ELEMENTS, running=Running(jobs), **PAIRS) for jobs in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_stored_features_are_not_computed_again(tmp_path):
    seen = []
    running = Running(cache=tmp_path, progress=lambda done, of: seen.append((done, of)))
    first = features(MOLECULES, "counts", ELEMENTS, running=running)
    assert seen == [(32, 40), (40, 40)]
    np.testing.assert_array_equal(features(MOLECULES, "counts", ELEMENTS, running=running), first)
    assert len(seen) == 2
    features(join(MOLECULES.select([0]), MOLECULES.select([1])), "counts", ELEMENTS, running=running)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("name", "elements", "message"),
    [
        ("soap", ELEMENTS, "name: 'soap' is not known; expected one of counts"),
        ("counts", (1, 6), r"molecules: '\S+' contains [NO], expected only elements of the training set, H, C;"),
        ("counts", (6, 7, 8, 9), r"molecules: '\S+' contains H, expected only .* C, N, O, F; 39 of 40"),
    ],
)
def test_bad_input_is_refused(name, elements, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        features(MOLECULES, name, elements)


def test_every_kind_of_features_is_tried_here_or_with_the_grid():
    assert set(SETTINGS) | {"grid-scattering"} == set(FEATURES)
