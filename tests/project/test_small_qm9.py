import csv

import numpy as np
import pytest

from course_lib.project import small_qm9 as module
from course_lib.project.energy_units import EV_PER_KCAL
from course_lib.project.make_small_qm9 import arrays
from course_lib.project.molecules import compositions, heavy_atoms
from course_lib.project.small_qm9 import FILE, SHA256, checksum, small_qm9
from course_lib.project.splits import same_molecules


def stored():
    with np.load(FILE, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def test_the_file_holds_plain_arrays_with_the_stated_checksum_and_is_small():
    assert checksum(stored()) == SHA256
    assert all(array.dtype.kind in "iuf" for array in stored().values())
    assert FILE.stat().st_size < 800_000


def test_all_molecules_of_qm9_with_at_most_seven_heavy_atoms_are_there():
    molecules = small_qm9()
    assert len(molecules) == 3921
    assert heavy_atoms(molecules).max() == 7
    assert set(np.unique(molecules.charges)) == {0, 1, 6, 7, 8, 9}
    assert molecules.charges.shape[1] == 23
    assert compositions(molecules)[:7].tolist() == ["CH4", "H3N", "H2O", "C2H2", "CHN", "CH2O", "C2H6"]


def test_energies_are_near_measured_heats_of_atomisation_at_0_kelvin():
    """Measured values in kcal/mol as in the test set of the G2 method; the functional and its basis are off by up to 3 %."""
    measured = {"qm9-000001": 392.5, "qm9-000002": 276.7, "qm9-000003": 219.3, "qm9-000007": 666.3}
    molecules = small_qm9()
    for name, energy in measured.items():
        assert molecules.energies[molecules.ids.index(name)] / EV_PER_KCAL == pytest.approx(-energy, rel=0.03)


def test_bond_of_methane_is_as_long_as_measured():
    charges, positions = small_qm9().atoms(0)
    assert charges.tolist() == [6, 1, 1, 1, 1]
    np.testing.assert_allclose(np.linalg.norm(positions[1:] - positions[0], axis=1), 1.09, atol=0.01)


def test_no_molecule_is_there_twice_but_for_mirror_images_and_the_like():
    molecules = small_qm9()
    pairs = [(i, j) for i, j in same_molecules(molecules, molecules) if i < j]
    # Diastereomers and conformers differ in energy. What has the same distances must have the same energy.
    differences = [abs(molecules.energies[i] - molecules.energies[j]) for i, j in pairs]
    assert max(differences, default=0) < 0.02


def test_changed_content_is_refused(tmp_path, monkeypatch):
    changed = stored()
    changed["energies"] = changed["energies"] + 1e-9
    np.savez(tmp_path / "changed.npz", **changed)
    monkeypatch.setattr(module, "FILE", tmp_path / "changed.npz")
    with pytest.raises(ValueError, match="expected arrays with sha256"):
        small_qm9()


def test_the_script_reads_tables_such_as_those_of_qm9pack(tmp_path):
    row = {
        "Index": "3", "Elements": "['O','H','H']", "InternalEnergy_0K_au": "-76.404702",
        "XYZ_Ang": "[[-0.0343604951,0.9775395708,0.0076015923],[0.0647664923,0.0205721989,0.0015346341],"
                   "[0.8717903737,1.3007924048,0.0006931336]]",
    }  # fmt: skip
    large = row | {"Index": "99", "Elements": str(["C"] * 8), "XYZ_Ang": str([[float(i), 0, 0] for i in range(8)])}
    for part, rows in enumerate([[row], [large], [row | {"Index": "1"}]], 1):
        with (tmp_path / f"qm9_part{part}.csv").open("w", newline="") as stream:
            table = csv.DictWriter(stream, row)
            table.writeheader()
            table.writerows(rows)
    made, water = arrays(tmp_path), stored()["index"].tolist().index(3)
    np.testing.assert_array_equal(made["index"], [1, 3])
    np.testing.assert_array_equal(made["atoms"], [3, 3])
    np.testing.assert_allclose(made["energies"], stored()["energies"][water], rtol=1e-12)
    with pytest.raises(ValueError, match=r"folder: expected the three files"):
        arrays(tmp_path / "elsewhere")
