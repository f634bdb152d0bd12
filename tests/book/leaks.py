"""Looks for lines of solutions in files that students get, however these files write them."""

from __future__ import annotations

import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

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
    return [
        f"{file.relative_to(folder)}: {line}"
        for file in sorted(path for path in folder.rglob("*") if path.is_file())
        for text in [readings(file.name, file.read_bytes())]
        for small, line in sought.items()
        if any(small in reading for reading in text)
    ]


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
