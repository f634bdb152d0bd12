"""Molecules written as extended xyz, and energies as tables ``id,energy``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import extxyz

from course_lib.project.molecules import Molecules

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def write_extxyz(file: str | Path, molecules: Molecules) -> None:
    """All molecules in one file: positions in Å, in the comment lines ``id=`` and, where they are known, ``energy=`` in eV.

    Raises
    ------
    ValueError
        If an id is anything but at most 64 letters, digits and ``_.-``.
    """
    _write(Path(file), [_frame(molecules, i) for i in range(len(molecules))])


def write_folder(folder: str | Path, molecules: Molecules) -> None:
    """Each molecule in a file of its own, ``ID.xyz``, without energies; the folder is made. Raises as :func:`write_extxyz`."""
    bare = molecules.without_energies()
    frames = [_frame(bare, i) for i in range(len(bare))]
    Path(folder).mkdir(parents=True, exist_ok=True)
    for frame in frames:
        _write(Path(folder) / f"{frame.info['id']}.xyz", [frame])


def write_energy_table(file: str | Path, energies: Mapping[str, float]) -> None:
    """A table ``id,energy`` in eV, with all digits of each number."""
    lines = ["id,energy", *(f"{name},{float(energy)!r}" for name, energy in energies.items())]
    Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _frame(molecules: Molecules, i: int) -> Atoms:
    name = molecules.ids[i]
    if not _PLAIN.fullmatch(name):
        raise ValueError(f"molecules: expected ids of at most 64 letters, digits and _ . -, got {name!r}")
    atoms = Atoms(*molecules.atoms(i), info={"id": name})
    if molecules.energies is not None:
        atoms.calc = SinglePointCalculator(atoms, energy=float(molecules.energies[i]))
    return atoms


def _write(file: Path, frames: Iterable[Atoms]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        extxyz.write_extxyz(stream, list(frames))
