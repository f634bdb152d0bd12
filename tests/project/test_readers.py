import gzip

import numpy as np
import pytest
from ase.io import read as ase_read
from scipy.io import savemat

from course_lib.project import frames, readers
from course_lib.project.molecules import Molecules, compositions, from_atoms
from course_lib.project.readers import read_extxyz, read_folder, read_molecules, read_qm7
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.writers import write_energy_table, write_extxyz, write_folder

SOME = small_qm9().select(np.random.default_rng(0).permutation(3921)[:40])
WATER = "3\nid=w energy=-9.2\nO 0 0 0.1\nH 0 0.75 -0.47\nH 0 -0.75 -0.47\n"


def assert_same(a, b, energies=True):
    assert a.ids == b.ids
    for i in range(len(a)):
        np.testing.assert_array_equal(a.atoms(i)[0], b.atoms(i)[0])
        np.testing.assert_allclose(a.atoms(i)[1], b.atoms(i)[1], atol=1e-8)
    if energies:
        np.testing.assert_array_equal(a.energies, b.energies)


def written(folder, text, name="file.extxyz"):
    (folder / name).write_text(text)
    return folder / name


def table_and_folder(folder):
    write_folder(folder / "molecules", SOME)
    write_energy_table(folder / "energies.csv", dict(zip(SOME.ids, SOME.energies, strict=True)))
    return folder / "molecules", folder / "energies.csv"


def test_many_molecules_in_a_file_come_back_as_they_were_written(tmp_path):
    write_extxyz(tmp_path / "all.extxyz", SOME)
    assert_same(read_extxyz(tmp_path / "all.extxyz"), SOME)
    write_extxyz(tmp_path / "bare.extxyz", SOME.without_energies())
    assert read_extxyz(tmp_path / "bare.extxyz").energies is None


def test_ase_reads_what_is_written_here(tmp_path):
    write_extxyz(tmp_path / "all.extxyz", SOME)
    frames = ase_read(tmp_path / "all.extxyz", index=":")
    assert [atoms.info["id"] for atoms in frames] == list(SOME.ids)
    np.testing.assert_array_equal([atoms.get_potential_energy() for atoms in frames], SOME.energies)


def test_a_packed_file_reads_like_an_open_one(tmp_path):
    write_extxyz(tmp_path / "all.extxyz", SOME)
    with gzip.open(tmp_path / "all.extxyz.gz", "wb") as stream:
        stream.write((tmp_path / "all.extxyz").read_bytes())
    assert_same(read_extxyz(tmp_path / "all.extxyz.gz"), SOME)


def test_ids_stay_text_and_molecules_without_are_numbered(tmp_path):
    assert read_extxyz(written(tmp_path, WATER.replace("id=w", "id=007"))).ids == ("007",)
    assert read_extxyz(written(tmp_path, WATER.replace("id=w ", "") * 2)).ids == ("1", "2")


def test_a_folder_with_a_table_gives_molecules_in_the_order_of_the_table(tmp_path):
    folder, table = table_and_folder(tmp_path)
    assert_same(read_folder(folder, table), SOME)
    assert read_folder(folder).energies is None
    assert set(read_folder(folder).ids) == set(SOME.ids)


def test_the_folder_is_made_with_those_above_it_or_is_there_already(tmp_path):
    folder = tmp_path / "above" / "molecules"
    for which in ([0], [1, 2]):
        write_folder(folder, SOME.select(which))
    assert set(read_folder(folder).ids) == set(SOME.ids[:3])


def test_files_may_be_named_id_and_the_number(tmp_path):
    written(tmp_path, WATER, "id_7.xyz")
    table = written(tmp_path, "id,energy\n7,-9.5\n", "t.csv")
    molecules = read_folder(tmp_path, table)
    assert molecules.ids == ("7",)
    assert molecules.energies[0] == -9.5


def test_any_source_is_read_by_its_kind(tmp_path):
    folder, table = table_and_folder(tmp_path)
    assert_same(read_molecules(folder, table), SOME)
    assert len(read_molecules("embedded")) == 3921
    assert read_molecules(written(tmp_path, WATER)).ids == ("w",)
    with pytest.raises(ValueError, match=r"^energies_csv: a table goes with a folder"):
        read_molecules("embedded", table)


def qm7(folder, **changes):
    """A file as QM7's: positions in bohr, energies in kcal/mol; conversions from CODATA."""
    n = SOME.charges.shape[1]
    content = {
        "Z": SOME.charges.astype(np.float32),
        "R": (SOME.positions / 0.529177210903).reshape(40, n, 3),
        "T": (SOME.energies * 23.060548)[None],
    } | changes
    savemat(folder / "qm7.mat", {name: value for name, value in content.items() if value is not None})
    return folder / "qm7.mat"


def with_first_charge(charge):
    charges = SOME.charges.astype(float)
    charges[0, 0] = charge
    return charges


def test_qm7_is_turned_into_angstrom_and_electronvolts(tmp_path):
    molecules = read_molecules(qm7(tmp_path))
    for i in range(len(SOME)):
        np.testing.assert_allclose(molecules.atoms(i)[1], SOME.atoms(i)[1], atol=1e-6)
    np.testing.assert_allclose(molecules.energies, SOME.energies, rtol=1e-6)
    assert compositions(molecules).tolist() == compositions(SOME).tolist()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"T": None}, "expected QM7's .mat file with Z, R and T"),
        ({"T": np.array([{"a": 1}], dtype=object)}, "expected an array of numbers in T"),
        ({"Z": np.array(["C"] * 40)}, "expected an array of numbers in Z"),
        *(({"Z": with_first_charge(charge)}, "expected nuclear charges in Z") for charge in (-6, np.nan, 6.7, np.inf)),
        ({"T": np.zeros((1, 3))}, r"expected shapes \(B, n\)"),
        ({"T": SOME.energies[None] / 27.2}, "energies: .* atomisation energies in hartree|not recognised"),
        ({"R": SOME.positions / 0.529177210903 * 2}, "expected positions in Å, but the shortest bonds are"),
    ],
)
def test_other_mat_files_are_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        read_qm7(qm7(tmp_path, **changes))


@pytest.mark.parametrize("content", [b"", b"no matlab", b"MATLAB 5.0 MAT-file" + bytes(200), bytes(1000)])
def test_damaged_mat_files_are_refused(tmp_path, content):
    (tmp_path / "qm7.mat").write_bytes(content)
    with pytest.raises(ValueError, match="expected QM7"):
        read_qm7(tmp_path / "qm7.mat")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "file.extxyz: the file is empty"),
        (" \n \n", "file.extxyz: the file is empty"),
        (WATER[:-20], r"line 1: cut off: expected 3 atoms, got 2|extended xyz"),
        (WATER * 2 + "3\n", r"line 11: cut off: expected 3 atoms, got 0"),
        (WATER + "junk\n", "line 6: expected the number of atoms, got 'junk'"),
        ("0\nid=w energy=-9.2\n", "line 1: expected the number of atoms, got '0'"),
        ("9" * 500 + "\n", "line 1: expected the number of atoms"),
        ("999999\n\n", "line 1: cut off: expected 999999 atoms, got 0"),
        (WATER.replace("O 0", "Xx 0"), "line 1: 'Xx' is no element"),
        (WATER.replace("O 0", "U 0"), "charges: molecule 'w' has an element of charge 92"),
        (WATER.replace("O 0", "X 0"), "charges: molecule 'w' has"),
        (WATER.replace("0 0 0.1", "0 0.75 -0.47"), "positions: two atoms of molecule 'w' are 0.000 Å apart"),
        (WATER.replace("0 0 0.1", "0 0"), "line 1: expected a molecule in extended xyz"),
        (WATER.replace("0 0 0.1", "0 0 nan"), "positions of 'w': expected finite numbers"),
        (WATER.replace("0 0 0.1", "0 0 x"), "line 1: expected a molecule in extended xyz"),
        (WATER + WATER.replace("id=w energy=-9.2", "id=v"), "1 of 2 molecules have no energy, the first is 'v'"),
        (WATER.replace("-9.2", "high"), "line 1: expected energy= and one number, got 'high'"),
        (WATER.replace("-9.2", '"1 2"'), "line 1: expected energy= and one number"),
        (WATER.replace("-9.2", "nan"), "energies: expected finite numbers"),
        (WATER.replace("-9.2", "-0.338"), "atomisation energies in hartree; to convert, multiply by 27.2"),
        (WATER.replace("-9.2", "-212.2"), "atomisation energies in kcal/mol; to convert, multiply by 0.0433"),
        (WATER.replace("-9.2", "-76.4"), "total energies in hartree; to convert, subtract"),
        (WATER.replace("-9.2", "9.2"), "with the sign turned"),
        (WATER * 2, r"ids: .* got \('w',\)"),
        (WATER.replace("id=w", "id=w Properties=species:S:1:pos:R:99999999999"), "Properties: expected columns"),
        (WATER.replace("id=w", 'id=w a="_JSON ' + "[" * 5000 + '"'), "expected a molecule in extended xyz"),
        (WATER.replace("0.1", "0.19").replace("0.75", "1.42").replace("0.47", "0.89"), "expected positions in Å, but"),
    ],
)
def test_a_bad_file_is_refused_with_the_place_and_the_reason(tmp_path, text, message):
    with pytest.raises(ValueError, match=message) as refused:
        read_extxyz(written(tmp_path, text))
    assert str(refused.value).startswith(str(tmp_path / "file.extxyz"))


def test_blank_lines_between_molecules_do_not_end_the_file(tmp_path):
    assert len(read_extxyz(written(tmp_path, WATER + "\n\n" + WATER.replace("id=w", "id=v") + "\n"))) == 2


def test_a_file_that_is_no_text_or_not_whole_is_refused(tmp_path):
    (tmp_path / "a.extxyz").write_bytes(b"\xff\xfe\x00")
    whole = gzip.compress(WATER.encode() * 100)
    (tmp_path / "cut.extxyz.gz").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "no.extxyz.gz").write_text(WATER)
    for name in ("a.extxyz", "cut.extxyz.gz", "no.extxyz.gz"):
        with pytest.raises(ValueError, match="expected text, whole and in UTF-8"):
            read_extxyz(tmp_path / name)
    for nothing in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ValueError, match="expected an ordinary file"):
            read_extxyz(nothing)


def test_what_is_larger_than_stated_is_refused_before_and_after_unpacking(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "MOST_BYTES", 10_000)
    with pytest.raises(ValueError, match="expected at most 0 MB, got"):
        read_extxyz(written(tmp_path, WATER * 300))
    (tmp_path / "bomb.extxyz.gz").write_bytes(gzip.compress(WATER.encode() * 300))
    with pytest.raises(ValueError, match="expected at most 0 MB after unpacking"):
        read_extxyz(tmp_path / "bomb.extxyz.gz")


def test_up_to_512_megabytes_are_read(tmp_path, monkeypatch):
    with (tmp_path / "large.extxyz").open("wb") as stream:
        stream.truncate(513_000_000)  # a hole, which takes no space
    with pytest.raises(ValueError, match=r"large\.extxyz: expected at most 512 MB, got 513 MB$"):
        read_extxyz(tmp_path / "large.extxyz")
    monkeypatch.setattr(frames, "MOST_BYTES", len(WATER))
    assert len(read_extxyz(written(tmp_path, WATER))) == 1


def test_an_id_without_a_file_and_a_file_without_an_id_are_refused(tmp_path):
    folder, table = table_and_folder(tmp_path)
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, "absent,-9.0"]))
    with pytest.raises(ValueError, match=r"^energies_csv: 1 ids of .* have no file in .*, the first is 'absent'"):
        read_folder(folder, table)
    table.write_text("\n".join(lines[:-2]))
    first = sorted(SOME.ids[-2:])[0]
    with pytest.raises(ValueError, match=rf"^folder: 2 files of .* have no energy in .*, the first is '{first}'"):
        read_folder(folder, table)


def test_a_folder_with_nothing_two_molecules_in_a_file_or_one_name_twice_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^folder: expected files NAME\.xyz"):
        read_folder(tmp_path)
    written(tmp_path, WATER * 2, "a.xyz")
    with pytest.raises(ValueError, match=r"a\.xyz: expected one molecule, got 2"):
        read_folder(tmp_path)
    written(tmp_path, WATER, "a.extxyz")
    with pytest.raises(ValueError, match=r"^folder: .*a\.extxyz and .*a\.xyz have one name"):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a b", "-rf", "a" * 65, "é"])
def test_an_id_that_is_no_plain_name_is_never_made_into_a_file(tmp_path, name):
    molecules = Molecules((name,), SOME.charges[:1], SOME.positions[:1])
    for write in (write_folder, write_extxyz):
        with pytest.raises(ValueError, match=r"^molecules: expected ids of at most 64 letters"):
            write(tmp_path / "out", molecules)
    assert list(tmp_path.iterdir()) == []


def test_large_molecules_without_hydrogen_are_no_reason_to_doubt_the_unit(tmp_path):
    chlorine = from_atoms(["cl2"], [[17, 17]], [[[0, 0, 0], [0, 0, 1.99]]], [-2.5])
    write_extxyz(tmp_path / "cl2.extxyz", chlorine)
    assert_same(readers.read_extxyz(tmp_path / "cl2.extxyz"), chlorine)
