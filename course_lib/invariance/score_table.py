"""The table of the few-label study: one line for each data set, kind of features, number of labels and draw."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

#: What the study has found.
#:
#: :meta hide-value:
STORED_SCORES = Path(__file__).with_name("few_labels.csv")


class Score(NamedTuple):
    """One line of the table: share of the other images that were named rightly."""

    data: str
    features: str
    k: int
    seed: int
    accuracy: float
    chosen: str


def read_scores(file: Path | None = None) -> list[Score]:
    """The stored table, or that of another file."""
    with (file or STORED_SCORES).open(encoding="utf8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [Score(r["data"], r["features"], int(r["k"]), int(r["seed"]), float(r["accuracy"]), r["chosen"]) for r in rows]


def write_scores(table: Sequence[Score], file: Path) -> None:
    """Store a table."""
    with file.open("w", encoding="utf8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([Score._fields, *table])


def mean_accuracy(table: Sequence[Score], data: str, features: str, k: int) -> tuple[float, float]:
    """Mean and standard deviation of the accuracy over the draws.

    Raises
    ------
    ValueError
        If the table has no such line.
    """
    found = [row.accuracy for row in table if (row.data, row.features, row.k) == (data, features, k)]
    if not found:
        raise ValueError(f"table: no line for {data!r}, {features!r}, k = {k}")
    return float(np.mean(found)), float(np.std(found, ddof=1)) if len(found) > 1 else 0.0
