"""Molecules from the files that people have: extended xyz, one or many in a file, with or without a table; QM7's ``.mat``.

The parsers are those of ASE and SciPy. Neither runs anything that stands in a file, and nothing pickled is read. A file's size
and outline are looked at first, and a refusal says where in which file it is.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase import Atoms
from scipy.io import loadmat

from course_lib.project.energy_table import read_energy_table
from course_lib.project.energy_units import EV_PER_KCAL
from course_lib.project.frames import assembled, check_size, energy_of, frames, read_frame, text_of
from course_lib.project.molecules import Molecules
from course_lib.project.small_qm9 import small_qm9

ANGSTROM_PER_BOHR = 0.529177210903


def read_molecules(source: str | Path, energies_csv: str | Path | None = None) -> Molecules:
    """Molecules of any source: "embedded", a folder, a ``.mat`` file of QM7, or a file in extended xyz.

    The embedded ones are those of :func:`course_lib.project.small_qm9.small_qm9`.

    Parameters
    ----------
    source : what to read.
    energies_csv : a table ``id,energy``, for a folder only.

    Raises
    ------
    ValueError
        As the reader of that kind.
    """
    path = Path(source)
    if path.is_dir():
        return read_folder(path, energies_csv)
    if energies_csv is not None:
        raise ValueError(f"energies_csv: a table goes with a folder of molecules, and {source} is none")
    if str(source) == "embedded":
        return small_qm9()
    return read_qm7(path) if path.suffix == ".mat" else read_extxyz(path)


def read_extxyz(file: str | Path) -> Molecules:
    """Molecules of a file in extended xyz, one or many, also packed with gzip.

    Parameters
    ----------
    file : positions in Å; in each comment line ``id=``, without which they are numbered from 1, and perhaps ``energy=``, an
        atomisation energy in eV.

    Raises
    ------
    ValueError
        If the file is empty, cut off, above 512 MB, or not in this format, if some molecules have an energy and some have none,
        if lengths or energies are in another unit, or for what else :class:`~course_lib.project.molecules.Molecules` refuses.
    """
    found = [(f"{file}, line {line}", frame) for line, frame in frames(text_of(Path(file)), str(file))]
    read = [read_frame(frame, where) for where, frame in found]
    named = [str(atoms.info.get("id", i)) for i, atoms in enumerate(read, 1)]
    return assembled(str(file), named, read, [energy_of(atoms, where) for atoms, (where, _) in zip(read, found, strict=True)])


def read_folder(folder: str | Path, energies_csv: str | Path | None = None) -> Molecules:
    """Molecules of a folder of files in extended xyz, ``NAME.xyz`` or ``.extxyz``, one molecule each.

    Parameters
    ----------
    folder : where the files lie. NAME is the id; ``id_7.xyz`` is also the file of the id 7.
    energies_csv : a table ``id,energy`` in eV, whose order counts; without it energies come from the comment lines.

    Raises
    ------
    ValueError
        As :func:`read_extxyz`; and if an id has no file, a file no id, or the table is not in order.
    """
    files = _files(folder)
    table = None if energies_csv is None else read_energy_table(Path(energies_csv))
    if table is not None:
        files = _matched(files, table, folder, energies_csv)
    read = [_only_frame(file) for file in files.values()]
    known = table or {name: energy_of(atoms, name) for name, atoms in zip(files, read, strict=True)}
    return assembled(str(folder), list(files), read, list(known.values()))


def read_qm7(file: str | Path) -> Molecules:
    """Molecules of QM7's file ``qm7.mat``: Z, R in bohr, T in kcal/mol, turned into Å and eV.

    Source: Rupp, Tkatchenko, Müller and von Lilienfeld, Physical Review Letters 108, 058301 (2012).

    Raises
    ------
    ValueError
        If it cannot be read, Z, R or T is missing, or one of them is not an array of numbers, or Z of whole ones from 0 on.
    """
    check_size(Path(file))
    try:
        stored = loadmat(file, variable_names=["Z", "R", "T"])
        Z, R, T = (stored[name] for name in ("Z", "R", "T"))
    except Exception as error:  # whatever a foreign parser makes of a damaged file
        raise ValueError(f"{file}: expected QM7's .mat file with Z, R and T ({type(error).__name__}: {error})") from error
    for name, array in (("Z", Z), ("R", R), ("T", T)):
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
            raise ValueError(f"{file}: expected an array of numbers in {name}, got {getattr(array, 'dtype', type(array))}")
    if R.shape != (*Z.shape, 3) or T.size != len(Z):
        raise ValueError(f"{file}: expected shapes (B, n), (B, n, 3) and (1, B), got Z {Z.shape}, R {R.shape}, T {T.shape}")
    if not (np.isfinite(Z).all() and (Z >= 0).all() and np.array_equal(Z, np.round(Z))):
        raise ValueError(f"{file}: expected nuclear charges in Z, and 0 where there is no atom")
    atoms = [(row[row > 0], place[row > 0]) for row, place in zip(Z, R * ANGSTROM_PER_BOHR, strict=True)]
    read = [Atoms(row.astype(int), place) for row, place in atoms]
    return assembled(str(file), [f"qm7-{i:04d}" for i in range(len(read))], read, list(T.ravel() * EV_PER_KCAL))


def _files(folder: str | Path) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for file in sorted(file for file in Path(folder).glob("*.*xyz") if file.suffix in (".xyz", ".extxyz")):
        if file.stem in files:
            raise ValueError(f"folder: {files[file.stem]} and {file} have one name")
        files[file.stem] = file
    if not files:
        raise ValueError(f"folder: expected files NAME.xyz or NAME.extxyz in {folder}, got none")
    return files


def _only_frame(file: Path) -> Atoms:
    found = list(frames(text_of(file), str(file)))
    if len(found) != 1:
        raise ValueError(f"{file}: expected one molecule, got {len(found)}")
    return read_frame(found[0][1], str(file))


def _matched(files: dict[str, Path], table: dict[str, float], folder: object, csv: object) -> dict[str, Path]:
    """The file of each id of a table."""
    named = {name if name in table else name.removeprefix("id_"): file for name, file in files.items()}
    if missing := [name for name in table if name not in named]:
        raise ValueError(f"energies_csv: {len(missing)} ids of {csv} have no file in {folder}, the first is {missing[0]!r}")
    if spare := [name for name in named if name not in table]:
        raise ValueError(f"folder: {len(spare)} files of {folder} have no energy in {csv}, the first is {spare[0]!r}")
    return {name: named[name] for name in table}
