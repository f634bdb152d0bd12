"""Files in extended xyz, taken apart into molecules for ASE's parser, so that a refusal can say where in which file it is."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import extxyz
from scipy.spatial.distance import pdist

from course_lib.project.molecules import Molecules, from_atoms

MOST_BYTES = 512_000_000  # after unpacking; all of QM9, 134 000 molecules, is about 150 million
_ID = re.compile(r'(?:^|\s)id\s*=\s*(?:"([^"]*)"|(\S+))')
_PROPERTIES = re.compile(r"\w+:[RISL]:\d\d?(:\w+:[RISL]:\d\d?)*")


def check_size(file: Path) -> None:
    """Refuse with a ValueError what is no ordinary file, or larger than 512 MB."""
    if not file.is_file():
        raise ValueError(f"{file}: expected an ordinary file, but there is none of that name")
    if file.stat().st_size > MOST_BYTES:
        raise ValueError(f"{file}: expected at most {MOST_BYTES // 10**6} MB, got {file.stat().st_size / 1e6:.0f} MB")


def text_of(file: Path) -> str:
    """The text of a file, unpacked if its name ends in ``.gz``; a ValueError if it is too large, damaged or no text."""
    check_size(file)
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        text = content.decode()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ValueError(f"{file}: expected text, whole and in UTF-8, also packed with gzip: {error}") from error
    if len(content) > MOST_BYTES:
        raise ValueError(f"{file}: expected at most {MOST_BYTES // 10**6} MB after unpacking")
    return text


def frames(text: str, source: str) -> Iterator[tuple[int, str]]:
    """The number of the first line of each molecule, and its lines; blank lines between molecules are passed over.

    Parameters
    ----------
    text : in extended xyz.
    source : what to call it in messages.

    Raises
    ------
    ValueError
        If there is none, the number of atoms does not stand where it should, or the last molecule is cut off.
    """
    lines, i = text.splitlines(), 0
    if not text.strip():
        raise ValueError(f"{source}: the file is empty")
    while i < len(lines):
        if not lines[i].strip():
            i += 1
            continue
        if not re.fullmatch(r"\s*[1-9][0-9]{0,5}\s*", lines[i]):
            raise ValueError(f"{source}, line {i + 1}: expected the number of atoms, got {lines[i][:40]!r}")
        end = i + 2 + int(lines[i])
        if end > len(lines):
            left = max(0, len(lines) - i - 2)
            raise ValueError(f"{source}, line {i + 1}: cut off: expected {int(lines[i])} atoms, got {left}")
        yield i + 1, "\n".join(lines[i:end])
        i = end


def read_frame(frame: str, where: str) -> Atoms:
    """One molecule, with its id, if there is one, as text in ``info``; a ValueError if ASE cannot read it."""
    try:
        return next(extxyz.read_extxyz(io.StringIO(frame), 0, properties_parser=_comment))
    except KeyError as error:
        raise ValueError(f"{where}: {error} is no element") from error
    except Exception as error:  # whatever a foreign parser makes of a damaged file
        raise ValueError(f"{where}: expected a molecule in extended xyz ({type(error).__name__}: {error})") from error


def _comment(line: str) -> dict[str, object]:
    info = extxyz.key_val_str_to_dict(line)
    if not _PROPERTIES.fullmatch(str(info.get("Properties", "species:S:1:pos:R:3"))):
        raise ValueError("Properties: expected columns such as species:S:1:pos:R:3")
    if match := _ID.search(line):
        info["id"] = match[1] or match[2]  # as text: 007 is not 7
    return info


def energy_of(atoms: Atoms, where: str) -> float | None:
    """The energy of the comment line, None if it has none; a ValueError if it is not one number."""
    energy = atoms.info.get("energy", getattr(atoms.calc, "results", {}).get("energy"))
    try:
        return None if energy is None else float(energy)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: expected energy= and one number, got {str(energy)[:40]!r}") from error


def assembled(source: str, ids: list[str], read: list[Atoms], energies: list[float | None]) -> Molecules:
    """Molecules of what was read from a source, checked.

    Raises
    ------
    ValueError
        If some have an energy and some have none, lengths are in another unit than Å, or what
        :class:`~course_lib.project.molecules.Molecules` refuses; the source is named.
    """
    without = [name for name, energy in zip(ids, energies, strict=True) if energy is None]
    if 0 < len(without) < len(ids):
        raise ValueError(f"{source}: {len(without)} of {len(ids)} molecules have no energy, the first is {without[0]!r}")
    _check_lengths(source, read)
    charges, positions = [atoms.numbers for atoms in read], [atoms.positions for atoms in read]
    try:
        return from_atoms(ids, charges, positions, None if without else energies)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error


def _check_lengths(source: str, read: list[Atoms]) -> None:
    # A bond to hydrogen is 0.74 to 1.5 Å long. Atoms on top of each other are found later.
    closest = [pdist(atoms.positions).min() for atoms in read if len(atoms) > 1 and 1 in atoms.numbers]
    if closest and (0.3 <= (length := np.median(closest)) < 0.65 or length > 1.65):
        raise ValueError(f"{source}: expected positions in Å, but the shortest bonds are {length:.3g} long (1 bohr is 0.529 Å)")
