"""The table of the study: one row for each recipe that was fitted, kept in ``study.csv`` beside this file."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

FILE = Path(__file__).with_name("study.csv")
BY_COMPOSITION = Path(__file__).with_name("compositions.csv")


class Row(NamedTuple):
    """What was fitted to what, and how it did.

    `part` is the study's part, `training` and `test` are numbers of molecules. `seconds` are those of one processor core for
    each molecule that is predicted, features included. Then come the mean absolute error, in kcal/mol and eV, the root mean
    square error, and `rotation`, the root mean square of what a random turn changes in the predictions, in eV.
    """

    part: str
    recipe: str
    settings: str
    split: str
    training: int
    test: int
    seed: int
    seconds: float
    mae_kcal: float
    mae_ev: float
    rmse_ev: float
    rotation: float


class Composition(NamedTuple):
    """One composition of the test: how many molecules, and the default's mean absolute error in eV."""

    formula: str
    molecules: int
    mae_ev: float


def read_study() -> list[Row]:
    """The stored table."""
    return [Row(*row[:4], *map(int, row[4:7]), *map(float, row[7:])) for row in _lines(FILE)]


def read_compositions() -> list[Composition]:
    """The default's errors by composition, on the test of the study's part "full" split by composition."""
    return [Composition(row[0], int(row[1]), float(row[2])) for row in _lines(BY_COMPOSITION)]


def write(file: Path, names: tuple[str, ...], rows: Iterable[tuple]) -> None:
    """Replace a stored table."""
    with file.open("w", newline="", encoding="utf8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([f"{cell:.4g}" if isinstance(cell, float) else cell for cell in row] for row in rows)


def write_compositions(formulas: np.ndarray, errors: np.ndarray) -> None:
    """Replace the table of errors by composition."""
    rows = [
        Composition(name, int((formulas == name).sum()), float(errors[formulas == name].mean())) for name in np.unique(formulas)
    ]
    write(BY_COMPOSITION, Composition._fields, rows)


def _lines(file: Path) -> list[list[str]]:
    with file.open(newline="", encoding="utf8") as lines:
        return list(csv.reader(lines))[1:]
