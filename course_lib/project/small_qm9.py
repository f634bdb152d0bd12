"""The molecules of QM9 with at most seven heavy atoms: 3921 shapes and atomisation energies, in a file of the package.

Geometries and energies are B3LYP/6-31G(2df,p), relaxed. Energies are U₀, the internal energy at 0 K with the zero-point
vibration, less that of the free atoms. Elements: H, C, N, O, F; at most 23 atoms.

Sources: L. Ruddigkeit, R. van Deursen, L. C. Blum and J.-L. Reymond, Journal of Chemical Information and Modeling 52, 2864
(2012); R. Ramakrishnan, P. O. Dral, M. Rupp and O. A. von Lilienfeld, Scientific Data 1, 140022 (2014). Taken from the package
qm9pack 1.0.3 of R. Ramakrishnan, whose MIT licence stands beside the file, in ``small_qm9-LICENSE.txt``.
``make_small_qm9.py`` makes the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from course_lib.project.molecules import Molecules, from_atoms

FILE = Path(__file__).with_name("small_qm9.npz")
SHA256 = "aadea78f95e18dc82e492710c9d0db49122a3eb50d14cc7de065f5c1ec6f661f"


def small_qm9() -> Molecules:
    """All 3921 molecules, in the order of QM9; an id is QM9's index, such as "qm9-000012".

    Raises
    ------
    ValueError
        If the file is not the one that the package was tested with.
    """
    with np.load(FILE, allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    if checksum(stored) != SHA256:
        raise ValueError(f"{FILE}: expected arrays with sha256 {SHA256}, got {checksum(stored)}")
    ends = np.cumsum(stored["atoms"], dtype=int)[:-1]
    charges, positions = np.split(stored["charges"], ends), np.split(stored["positions"].astype(float), ends)
    return from_atoms([f"qm9-{i:06d}" for i in stored["index"]], charges, positions, stored["energies"])


def checksum(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 of named arrays: of their names, types, shapes and numbers, so that the way of packing them does not count."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
