"""The leaderboard: a file with one line of JSON for each submission that was scored. Lines are added and never changed.

A new file is written beside the old one and takes its place in one step, so that nobody ever sees half of it; a lock keeps two
programs from adding at once. A line that cannot be read is put aside, in a file of its own, and the others stay.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from course_lib.project.entries import Entry


def read_board(file: Path) -> tuple[list[Entry], list[bytes]]:
    """All entries, oldest first, and the lines that cannot be read. A file that is not there has none of either."""
    entries, damaged = [], []
    for line in _lines(file):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError, RecursionError):
            damaged.append(line)
    return entries, damaged


def append(file: Path, new: Entry, a_day: int) -> list[bytes]:
    """Add an entry, and return the lines that could not be read: they are in ``FILE.damaged`` from now on.

    Parameters
    ----------
    file : the board; made if it is not there.
    new : what to add.
    a_day : how many submissions a team may make a day (UTC).

    Raises
    ------
    ValueError
        If the team has made that many today. The file stays as it was, also when writing fails.
    """
    with _locked(file):
        entries, damaged = read_board(file)
        today = [old for old in entries if old.team.casefold() == new.team.casefold() and old.time[:10] == new.time[:10]]
        if len(today) >= a_day:
            raise ValueError(f"team: {new.team} has made {len(today)} submissions today, of {a_day}; try again tomorrow (UTC)")
        if damaged:
            with Path(f"{file}.damaged").open("ab") as aside:
                aside.write(b"".join(line + b"\n" for line in damaged))
        lines = [line for line in _lines(file) if line not in damaged]
        _replace(file, [*lines, json.dumps(asdict(new), allow_nan=False).encode()])
    return damaged


def best(entries: Sequence[Entry]) -> list[Entry]:
    """The submission of each team that has the least public error, best team first; of equal ones the earlier."""
    first: dict[str, Entry] = {}
    for one in sorted(entries, key=lambda one: (one.public_rmse, one.time)):
        first.setdefault(one.team.casefold(), one)
    return list(first.values())


def _lines(file: Path) -> list[bytes]:
    return [line for line in file.read_bytes().split(b"\n") if line.strip()] if file.exists() else []


def _replace(file: Path, lines: Sequence[bytes]) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(b"".join(line + b"\n" for line in lines))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Wait until no other program adds to the board. The lock ends with the program, whatever becomes of it."""
    with Path(f"{file}.lock").open("ab") as stream:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
