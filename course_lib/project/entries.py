"""A line of the leaderboard: a team's name that can be printed, when it handed in, and its scores."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from course_lib.project.submissions import Score

LONGEST_NAME = 40


@dataclass(frozen=True)
class Entry:
    """A submission: who, when (ISO 8601, UTC), the file's SHA-256 checksum, and its scores in eV; None for no extensivity."""

    team: str
    time: str
    checksum: str
    public_rmse: float
    public_mae: float
    private_rmse: float
    private_mae: float
    translation: float
    rotation: float
    reflection: float
    permutation: float
    extensivity: float | None

    def __post_init__(self) -> None:
        if self.team != team_name(self.team):
            raise ValueError(f"team: expected {team_name(self.team)!r}, got {self.team!r}")
        if not isinstance(self.checksum, str):
            raise ValueError(f"checksum: expected text, got {self.checksum!r}")
        datetime.fromisoformat(self.time)
        for field in fields(self)[3:]:
            value = getattr(self, field.name)
            if not (value is None and field.name == "extensivity") and not (isinstance(value, float) and 0 <= value < math.inf):
                raise ValueError(f"{field.name}: expected an error in eV, got {value!r}")

    @property
    def symmetry(self) -> float:
        """The largest violation of an invariance, in eV."""
        return max(self.translation, self.rotation, self.reflection, self.permutation)


def team_name(name: str) -> str:
    """A team's name without spaces around it, in Unicode's composed form.

    Raises
    ------
    ValueError
        If nothing is left, it is longer than 40 characters, or has one that cannot be printed.
    """
    plain = unicodedata.normalize("NFC", name).strip() if isinstance(name, str) else ""
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise ValueError(f"team: expected a name of at most {LONGEST_NAME} printable characters, got {ascii(name)[:60]}")
    return plain


def entry(team: str, time: datetime, checksum: str, score: Score) -> Entry:
    """The entry of a scored submission."""
    physics = asdict(score.physics)
    if math.isnan(physics["extensivity"]):
        physics["extensivity"] = None
    errors = {name: value for name, value in asdict(score).items() if name != "physics"}
    return Entry(team_name(team), time.isoformat(timespec="seconds"), checksum, **errors, **physics)
