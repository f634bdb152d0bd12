"""The truth of a competition: a file that only the teacher has, and its SHA-256 checksum, which everybody has from the start.

When the file is published at the end, anyone can check that it is the one of the beginning, with ``sha256sum`` alone. It holds
a random salt, so that nobody can test a guess of its content against the checksum before.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

Named = tuple[str, str, str]


@dataclass(frozen=True)
class Truth:
    """What the test set hides.

    Parameters
    ----------
    public, private : energy in eV of each id; the public part is scored all the time, the private one at the end.
    copies : (motion, id of a public molecule, id of its copy); the copies are in neither part.
    pairs : (id of two molecules far apart, ids of both).
    settings : how the competition was made: plain values.
    """

    public: Mapping[str, float]
    private: Mapping[str, float]
    copies: tuple[Named, ...]
    pairs: tuple[Named, ...]
    settings: Mapping[str, str | int | float]

    @property
    def required(self) -> set[str]:
        """The ids that a submission must have."""
        return {*self.public, *self.private, *(copy for _, _, copy in self.copies)}

    @property
    def optional(self) -> set[str]:
        """The ids that it may have: pairs, which a model may be unable to take."""
        return {pair for pair, _, _ in self.pairs}


def write_truth(file: Path, truth: Truth) -> str:
    """Write the file, with a fresh salt, and return its checksum: 64 hexadecimal digits."""
    content = {"salt": secrets.token_hex(32), **asdict(truth)}
    file.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return checksum_of(file)


def read_truth(file: Path) -> Truth:
    """What :func:`write_truth` wrote; a ValueError if it is anything else."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        parts = [{str(name): float(energy) for name, energy in content[part].items()} for part in ("public", "private")]
        named = [tuple((str(a), str(b), str(c)) for a, b, c in content[part]) for part in ("copies", "pairs")]
        return Truth(*parts, *named, settings=dict(content["settings"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{file}: expected the truth that `prepare` wrote ({type(error).__name__}: {error})") from error


def checksum_of(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def write_commitment(file: Path, checksum: str, truth: Path) -> None:
    """One line that ``sha256sum --check`` understands."""
    file.write_text(f"{checksum}  {truth.name}\n", encoding="ascii")


def verify(truth: Path, commitment: Path) -> None:
    """Check a published truth against the checksum that was handed out.

    Raises
    ------
    ValueError
        If they do not belong together: then the truth was changed, or one of the files is not the original.
    """
    try:
        line = commitment.read_text(encoding="ascii").split()
        found = checksum_of(truth)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"verify: a file cannot be read: {error}") from error
    if line[:1] != [found]:
        raise ValueError(
            f"{truth}: its checksum is {found}, and not that of {commitment}: it is not the truth of the beginning"
        )
