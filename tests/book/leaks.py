"""Looks for lines of solutions in files that students get, however these files write them."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np

from exercises import Exercise


def solution_lines(asked: Iterable[Exercise]) -> set[str]:
    """Every line of every right answer that students are not given with the exercise."""
    lines = set()
    for exercise in asked:
        given = {squeezed(line) for line in exercise.stub.splitlines()}
        for answer in [exercise.reference, *exercise.other]:
            lines |= {line for line in map(str.strip, answer.splitlines()) if line and squeezed(line) not in given}
    return lines


def leaks(folder: Path, lines: Iterable[str]) -> list[str]:
    """``file: line`` for each line that a file in `folder` contains, spaces, markup and escapes aside."""
    sought = {squeezed(line): line for line in lines}
    within = _search(list(sought))
    return [
        f"{file.relative_to(folder)}: {sought[small]}"
        for file in sorted(path for path in folder.rglob("*") if path.is_file())
        for small in sorted({small for text in readings(file.name, file.read_bytes()) for small in within(text)})
    ]


def _search(sought: list[str]) -> Callable[[str], list[str]]:
    """A function that says which of some texts, of three characters at least, stand in another one.

    Only those are looked for of which the other one has all parts of three bytes. That spares nearly all the work.
    """
    parts, seen = [_parts(small) for small in sought], np.zeros(2**24, dtype=bool)
    starts, every = np.cumsum([0, *map(len, parts[:-1])]), np.concatenate(parts)

    def within(text: str) -> list[str]:
        there = _parts(text)
        seen[there] = True
        possible = np.logical_and.reduceat(seen[every], starts)
        seen[there] = False
        return [sought[index] for index in np.flatnonzero(possible) if sought[index] in text]

    return within


def _parts(text: str) -> np.ndarray:
    """Each three bytes of a text that follow one another, as one number."""
    codes = np.frombuffer(text.encode("utf8", "replace"), dtype=np.uint8).astype(np.intp)
    return codes[:-2] << 16 | codes[1:-1] << 8 | codes[2:]


def readings(name: str, data: bytes) -> list[str]:
    """What a file says, squeezed: as it stands, and without the ways of its format to write it."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [one for member in archive.namelist() for one in readings(member, archive.read(member))]
    text = data.decode("utf8", errors="replace")
    found = [text]
    if name.endswith((".html", ".svg")):
        found.append(html.unescape(re.sub(r"<[^>]*>", "", text)))
        found.append(unquote(html.unescape(text)))
    if name.endswith((".ipynb", ".json")):
        found.append("\n".join(_strings(json.loads(text))))
    return [squeezed(one) for one in found]


def squeezed(text: str) -> str:
    """The text without white space."""
    return re.sub(r"\s+", "", text)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
