"""Make ``small_qm9.npz`` anew: ``python -m course_lib.project.make_small_qm9 FOLDER``, FOLDER the unpacked ``qm9pack==1.0.3``.

The package is on PyPI: ``pip download --no-deps qm9pack==1.0.3``, then ``unzip`` (100 MB). Only its tables are read.
"""

from __future__ import annotations

import ast
import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from course_lib.project.energy_units import EV_PER_HARTREE, free_atoms
from course_lib.project.molecules import ELEMENTS
from course_lib.project.small_qm9 import FILE, checksum

HEAVY_ATOMS = 7


def small_molecules(folder: Path) -> Iterator[tuple[int, list[int], list[list[float]], float]]:
    """QM9's index, nuclear charges, positions in Å and total energy U₀ in hartree of each molecule with few heavy atoms."""
    files = sorted(folder.rglob("qm9_part*.csv"))
    if len(files) != 3:
        raise ValueError(f"folder: expected the three files qm9_part*.csv below {folder}, got {len(files)}")
    for file in files:
        with file.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                symbols = ast.literal_eval(row["Elements"])
                if sum(symbol != "H" for symbol in symbols) <= HEAVY_ATOMS:
                    charges = [ELEMENTS[symbol] for symbol in symbols]
                    yield int(row["Index"]), charges, ast.literal_eval(row["XYZ_Ang"]), float(row["InternalEnergy_0K_au"])


def arrays(folder: Path) -> dict[str, np.ndarray]:
    """What the file holds: atoms of all molecules one after the other; positions in Å (float32), energies in eV."""
    index, charges, positions, totals = zip(*sorted(small_molecules(folder)), strict=True)
    counts = np.array([len(row) for row in charges])
    padded = np.zeros((len(counts), counts.max()), dtype=int)
    for row, Z in zip(padded, charges, strict=True):
        row[: len(Z)] = Z
    return {
        "index": np.array(index, dtype=np.int32),
        "atoms": counts.astype(np.uint8),
        "charges": np.concatenate(charges).astype(np.uint8),
        "positions": np.concatenate(positions).astype(np.float32),
        "energies": (np.array(totals) - free_atoms(padded)) * EV_PER_HARTREE,
    }


if __name__ == "__main__":
    stored = arrays(Path(sys.argv[1]))
    np.savez_compressed(FILE, **stored)
    print(f"{len(stored['index'])} molecules, {FILE.stat().st_size / 1e3:.0f} kB, sha256 {checksum(stored)}")
