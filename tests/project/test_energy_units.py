import numpy as np
import pytest
from ase import units

from course_lib.project.energy_units import (
    EV_PER_HARTREE,
    EV_PER_KCAL,
    check_atomisation_energies,
    free_atoms,
    recognise,
)
from course_lib.project.small_qm9 import small_qm9

QM9 = small_qm9()
IN_HARTREE = QM9.energies / EV_PER_HARTREE
FACTORS = {
    "hartree": 1,
    "eV": units.Hartree,
    "kcal/mol": units.Hartree * units.mol / units.kcal,
    "kJ/mol": units.Hartree * units.mol / units.kJ,
}


def test_units_are_those_of_ase():
    assert pytest.approx(units.Hartree, rel=1e-7) == EV_PER_HARTREE
    assert pytest.approx(units.kcal / units.mol, rel=1e-7) == EV_PER_KCAL


def test_free_atoms_are_those_of_qm9_and_the_others_those_of_theory():
    # H to F as published with QM9; Si to Cl: exact non-relativistic energies; Br: Hartree-Fock and correlation.
    published = {1: -0.500273, 6: -37.846772, 7: -54.583861, 8: -75.064579, 9: -99.718730}
    theory = {14: -289.359, 15: -341.259, 16: -398.110, 17: -460.148, 35: -2574}
    np.testing.assert_array_equal(free_atoms(np.array([[Z, 0] for Z in published])), list(published.values()))
    np.testing.assert_allclose(free_atoms(np.array([[Z] for Z in theory])), list(theory.values()), rtol=1e-3)
    assert free_atoms(np.array([[1, 1, 8, 0]])) == pytest.approx(2 * -0.500273 - 75.064579, rel=1e-12)


@pytest.mark.parametrize(("allowed", "refused"), [(-13.99, -14.01), (4.99, 5.01)])
def test_energy_for_each_atom_lies_between_minus_14_and_5(allowed, refused):
    energies, atoms = QM9.energies.copy(), np.count_nonzero(QM9.charges[3])
    energies[3] = allowed * atoms
    check_atomisation_energies(QM9.ids, QM9.charges, energies)
    energies[3] = refused * atoms
    with pytest.raises(ValueError, match=f"of molecule '{QM9.ids[3]}' is .* for each atom: too large"):
        check_atomisation_energies(QM9.ids, QM9.charges, energies)


def test_one_molecule_with_as_much_as_is_allowed_passes():
    check_atomisation_energies(("a",), np.array([[1, 6]]), np.array([-13.99 * 2]))


@pytest.mark.parametrize("unit", FACTORS)
@pytest.mark.parametrize("size", [1, 30, 3921])
@pytest.mark.parametrize("seed", range(3))
def test_unit_and_kind_of_real_energies_are_recognised_for_one_molecule_and_for_all(unit, size, seed):
    rows = np.random.default_rng(seed).permutation(3921)[:size]
    Z, E = QM9.charges[rows], IN_HARTREE[rows]
    assert recognise(Z, E * FACTORS[unit]) == f"atomisation energies in {unit}"
    assert recognise(Z, -E * FACTORS[unit]) == f"atomisation energies in {unit} with the sign turned"
    assert recognise(Z, (E + free_atoms(Z)) * FACTORS[unit]) == f"total energies in {unit}"


@pytest.mark.parametrize("unit", ["hartree", "kcal/mol", "kJ/mol"])
def test_the_hint_converts_what_was_refused(unit):
    with pytest.raises(ValueError, match=f"atomisation energies in {unit}; to convert, multiply by ") as refused:
        check_atomisation_energies(QM9.ids, QM9.charges, IN_HARTREE * FACTORS[unit])
    factor = float(str(refused.value).rsplit(" ", 1)[1])
    np.testing.assert_allclose(IN_HARTREE * FACTORS[unit] * factor, QM9.energies, rtol=1e-4)


def test_total_energies_are_refused_with_both_steps():
    totals = IN_HARTREE + free_atoms(QM9.charges)
    with pytest.raises(ValueError, match=r"subtract the energies of the free atoms, then multiply by 27\.211386"):
        check_atomisation_energies(QM9.ids, QM9.charges, totals)
    with pytest.raises(ValueError, match=r"to convert, turn the sign$"):
        check_atomisation_energies(QM9.ids, QM9.charges, -QM9.energies)


def test_one_wrong_energy_among_many_is_named():
    energies = QM9.energies.copy()
    energies[17] *= 10
    with pytest.raises(ValueError, match=f"of molecule '{QM9.ids[17]}' is .* for each atom: too large"):
        check_atomisation_energies(QM9.ids, QM9.charges, energies)


def test_the_right_energies_pass_and_nonsense_does_not():
    check_atomisation_energies(QM9.ids, QM9.charges, QM9.energies)
    with pytest.raises(ValueError, match="not recognised"):
        check_atomisation_energies(QM9.ids, QM9.charges, 1e7 * QM9.energies)
    with pytest.raises(ValueError, match="not recognised"):
        check_atomisation_energies(QM9.ids, QM9.charges, 0 * QM9.energies)


def test_lone_atoms_have_no_atomisation_energy_and_pass():
    check_atomisation_energies(("H",), np.array([[1]]), np.array([0.0]))
