import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from course_lib.project.molecules import (
    ELEMENTS,
    Molecules,
    compositions,
    element_counts,
    from_atoms,
    heavy_atoms,
    join,
)

NAMES = ["CH4", "H2O", "CH3CH2OH", "NH3", "CH3Cl", "C6H6"]


def built(names=NAMES, energies=None):
    atoms = [molecule(name) for name in names]
    ids = [f"{i} {name}" for i, name in enumerate(names)]
    return from_atoms(ids, [a.numbers for a in atoms], [a.positions for a in atoms], energies)


def test_atoms_come_back_as_they_went_in():
    molecules = built()
    for i, name in enumerate(NAMES):
        charges, positions = molecules.atoms(i)
        np.testing.assert_array_equal(charges, molecule(name).numbers)
        np.testing.assert_array_equal(positions, molecule(name).positions)
    assert molecules.charges.shape == (6, 12)
    assert len(molecules) == 6


def test_formulas_are_those_of_ase_in_hill_order():
    names = [*NAMES, "SiH4", "P2", "SO2"]
    expected = [Atoms(molecule(name)).get_chemical_formula("hill") for name in names]
    assert compositions(built(names)).tolist() == expected


def test_without_carbon_hydrogen_has_no_place_of_its_own():
    assert compositions(built(["HCl", "CH3Cl"])).tolist() == ["ClH", "CH3Cl"]


def test_counts_add_up_to_the_atoms_and_heavy_ones_are_all_but_hydrogen():
    molecules = built()
    counts = element_counts(molecules, list(ELEMENTS))
    np.testing.assert_array_equal(counts.sum(axis=1), [len(molecule(name)) for name in NAMES])
    np.testing.assert_array_equal(heavy_atoms(molecules), counts[:, 1:].sum(axis=1))
    np.testing.assert_array_equal(element_counts(molecules, ["Cl", "C"])[:, 1], [1, 0, 2, 0, 1, 6])
    with pytest.raises(ValueError, match=r"^elements: 'Xx' is not known"):
        element_counts(molecules, ["C", "Xx"])


@pytest.mark.parametrize("which", [[4, 0], np.arange(6) % 2 == 1, slice(2, 4)])
def test_selected_molecules_are_those_of_the_indices_or_the_mask(which):
    molecules = built(energies=np.array([-17.2, -9.2, -32.0, -12.0, -16.0, -57.0]))
    chosen = molecules.select(which)
    rows = np.arange(6)[which]
    assert chosen.ids == tuple(molecules.ids[i] for i in rows)
    np.testing.assert_array_equal(chosen.energies, molecules.energies[rows])
    for place, i in enumerate(rows):
        np.testing.assert_array_equal(chosen.atoms(place)[0], molecules.atoms(i)[0])
        np.testing.assert_array_equal(chosen.atoms(place)[1], molecules.atoms(i)[1])


def test_joined_batches_keep_all_molecules_and_their_energies_if_both_have_them():
    small, large = built(["H2O"], [-9.2]), built(["C6H6"], [-57.0])
    both = join(small, large)
    np.testing.assert_array_equal(both.energies, [-9.2, -57.0])
    np.testing.assert_array_equal(both.atoms(0)[1], molecule("H2O").positions)
    np.testing.assert_array_equal(both.atoms(1)[0], molecule("C6H6").numbers)
    assert join(small, large.without_energies()).energies is None
    with pytest.raises(ValueError, match="ids: expected different"):
        join(small, small)


def test_arrays_are_copies_that_cannot_be_written_to():
    given = np.array([-9.2])
    molecules = built(["H2O"], given)
    given[0] = 0
    assert molecules.energies[0] == -9.2
    for array in (molecules.charges, molecules.positions, molecules.energies):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@pytest.mark.parametrize(
    ("ids", "charges", "positions", "energies", "message"),
    [
        (["a"], [[92, 1]], [[[0, 0, 0], [0, 0, 1]]], None, "charges: molecule 'a' has an element of charge 92"),
        (["a"], [[1.5, 1]], [[[0, 0, 0], [0, 0, 1]]], None, "element of charge 1.5"),
        (["a"], [[0, 1]], [[[0, 0, 0], [0, 0, 1]]], None, "only the end of a row"),
        (["a"], [[0, 0]], [[[0, 0, 0], [0, 0, 1]]], None, "'a' has no atoms"),
        (["a"], [[8, 1]], [[[0, 0, 0], [0, 0, 0.2]]], None, "two atoms of molecule 'a' are 0.200 Å apart"),
        (["a"], [[8, 1]], [[[0, 0, 0], [0, 0, np.nan]]], None, "positions: expected finite"),
        (["a"], [[8, 1]], [[0, 0, 0], [0, 0, 1]], None, "positions: expected shape"),
        (["a", "a"], [[8], [8]], np.zeros((2, 1, 3)), None, r"ids: .* got \('a',\)"),
        ([], np.zeros((0, 1)), np.zeros((0, 1, 3)), None, "ids: expected different, non-empty names"),
        ([""], [[8]], np.zeros((1, 1, 3)), None, "ids: expected different, non-empty names"),
        (["a"], [[8]], np.zeros((1, 1, 3)), [np.inf], "energies: expected finite"),
        (["a"], [[8]], np.zeros((1, 1, 3)), [-1.0, -2.0], "energies: expected shape"),
    ],
)
def test_what_is_no_molecule_is_refused_with_the_reason(ids, charges, positions, energies, message):
    with pytest.raises(ValueError, match=message):
        Molecules(tuple(ids), np.array(charges), np.array(positions, dtype=float), energies)


@pytest.mark.parametrize(("ids", "charges", "positions"), [(1, 1, 2), (1, 2, 1), (2, 1, 1), (0, 0, 0)])
def test_each_molecule_has_one_id_one_list_of_charges_and_one_of_positions(ids, charges, positions):
    message = f"^ids: expected one for each molecule, got {ids}, {charges} charges, {positions} positions"
    with pytest.raises(ValueError, match=message):
        from_atoms("ab"[:ids], [[8]] * charges, [np.zeros((1, 3))] * positions)


def test_filling_is_cut_to_the_largest_molecule_and_set_to_zero():
    water = built(["H2O"])
    wide = Molecules(
        ("w",), np.pad(water.charges, ((0, 0), (0, 4))), np.pad(water.positions, ((0, 0), (0, 4), (0, 0)), constant_values=7)
    )
    np.testing.assert_array_equal(wide.charges, water.charges)
    np.testing.assert_array_equal(wide.positions, water.positions)
    both = Molecules(
        ("w", "m"), [[8, 1, 1, 0, 0], [6, 1, 1, 1, 1]], np.stack([wide_positions(water), built(["CH4"]).positions[0]])
    )
    np.testing.assert_array_equal(both.positions[0, 3:], 0)


def wide_positions(water):
    return np.pad(water.positions[0], ((0, 2), (0, 0)), constant_values=9)


def test_filling_is_not_taken_for_atoms_on_top_of_each_other():
    assert len(built(["H2O", "C6H6"])) == 2
