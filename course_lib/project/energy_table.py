"""Tables of two columns, ``id,energy``: the truth, and what a stranger hands in. Read as text; no cell is ever computed.

Every refusal says the line and what to do. What it quotes from the table is cut short and in ASCII, so that it does nothing to
a terminal.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

MOST_BYTES = 20_000_000
MOST_ENERGY = 1e6  # eV
COLUMNS = ["id", "energy"]
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NOT_TEXT = {b"PK\x03\x04": "a zip file or a spreadsheet", b"\xd0\xcf\x11\xe0": "an old spreadsheet", b"\x1f\x8b": "packed"}
_SAVE = "save it as comma-separated text (CSV, UTF-8)"


def read_energy_table(file: Path) -> dict[str, float]:
    """Energy in eV of each id in a file; see :func:`energy_table`.

    Raises
    ------
    ValueError
        If it is not an ordinary file, or larger than 20 MB, of which no more is read.
    """
    if not file.is_file():
        raise ValueError(f"{file}: expected an ordinary file, but there is none of that name")
    with file.open("rb") as stream:
        content = stream.read(MOST_BYTES + 1)
    return energy_table(content, str(file))


def energy_table(content: bytes, name: str = "submission") -> dict[str, float]:
    """Energy in eV of each id.

    Parameters
    ----------
    content : a table in UTF-8 with a line for each molecule and ``id,energy`` above; a byte order mark at the start is ignored.
    name : what to call it in messages.

    Raises
    ------
    ValueError
        If it is anything else: not text, other columns, an id twice or not of letters, digits and ``_.-``, an energy that is no
        finite number or beyond 10⁶ eV.
    """
    rows = _rows(_text(content, name), name)
    _check_columns(next(rows, (1, []))[1], name)
    table: dict[str, float] = {}
    for line, cells in rows:
        where = f"{name}, line {line}"
        if len(cells) != 2:
            raise ValueError(f"{where}: expected 2 cells, id and energy, got {len(cells)}{_decimal_comma(cells)}")
        key = _checked_id(cells[0], where)
        if key in table:
            raise ValueError(f"{where}: {key} stands there twice; expected one line for each id")
        table[key] = _checked_energy(cells[1], where)
    if not table:
        raise ValueError(f"{name}: expected a line for each molecule below 'id,energy', got none")
    return table


def shown(text: str) -> str:
    """What a message quotes: at most forty characters, in ASCII, with quotes."""
    return ascii(text if len(text) <= 40 else text[:40] + "...")


def _text(content: bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        raise ValueError(f"{name}: expected at most {MOST_BYTES // 10**6} MB; a line for each molecule is all that is needed")
    if not content.strip():
        raise ValueError(f"{name}: the file is empty; expected the columns 'id,energy'")
    for start, kind in _NOT_TEXT.items():
        if content.startswith(start):
            raise ValueError(f"{name}: this is {kind}; {_SAVE}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{name}: this is text in UTF-16; {_SAVE}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{name}: byte {error.start + 1} is no text in UTF-8; {_SAVE}") from error
    if "\0" in text:
        raise ValueError(f"{name}: byte {text.index(chr(0)) + 1} is zero, so this is no text; {_SAVE}")
    return text


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The number of each line that is not blank, and its cells."""
    reader = csv.reader(io.StringIO(text, newline=None), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise ValueError(f"{name}, line {reader.line_num}: this is not comma-separated text ({error})") from error


def _check_columns(cells: list[str], name: str) -> None:
    if cells != COLUMNS:
        line = ",".join(cells)
        separator = next((kind for sign, kind in ((";", "semicolons"), ("\t", "tabulators")) if sign in line), None)
        hint = f"; it is separated by {separator}: write commas between cells, and decimal points" if separator else ""
        if cells == ["", *COLUMNS]:
            hint = "; the first column is pandas' index: leave it out with to_csv(FILE, index=False)"
        raise ValueError(f"{name}, line 1: expected the columns 'id,energy', got {shown(line)}{hint}")


def _checked_id(cell: str, where: str) -> str:
    if cell != cell.strip():
        raise ValueError(f"{where}: the id {shown(cell)} has spaces around it; take them away")
    if cell[:1] in "=+-@" and cell:
        raise ValueError(f"{where}: the id {shown(cell)} looks like a spreadsheet's formula; expected an id of the test set")
    if not _ID.fullmatch(cell):
        raise ValueError(f"{where}: {shown(cell)} is no id; expected at most 64 letters, digits and _ . -")
    return cell


def _checked_energy(cell: str, where: str) -> float:
    number = cell.strip(" ")
    if not _NUMBER.fullmatch(number):
        raise ValueError(f"{where}: expected an energy in eV such as -42.17, got {_what(number)}")
    if not abs(energy := float(number)) <= MOST_ENERGY:
        raise ValueError(f"{where}: {shown(number)} is no energy of a molecule in eV")
    return energy


def _what(cell: str) -> str:
    if not cell:
        return "an empty cell"
    if cell.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return f"{shown(cell)}, which is no finite number: see where the model fails"
    if cell[0] in "=@" or (cell[0] in "+-" and re.search("[^0-9.,eE+-]", cell)):
        return f"{shown(cell)}, which looks like a spreadsheet's formula: write its value"
    if re.fullmatch("[+-]?[0-9]+,[0-9]+", cell):
        return f"{shown(cell)}: write a decimal point for the comma"
    return shown(cell)


def _decimal_comma(cells: list[str]) -> str:
    numbers = len(cells) == 3 and all(re.fullmatch("[+-]?[0-9]+", cell.strip()) for cell in cells[1:])
    if numbers:
        return "; if the energy has a decimal comma, write a point"
    return "; write commas between cells, and decimal points" if len(cells) == 1 and ";" in cells[0] else ""
