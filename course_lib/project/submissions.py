"""What a team hands in: a table ``id,energy`` with each molecule of the test once. Nothing in it is run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib.project.energy_table import read_energy_table
from course_lib.project.physical_score import PhysicalScore, rms, score_of_copies
from course_lib.project.truth import Truth


@dataclass(frozen=True)
class Score:
    """Errors in eV on the public and the private part of the test, and what the submission breaks of physics."""

    public_rmse: float
    public_mae: float
    private_rmse: float
    private_mae: float
    physics: PhysicalScore


def read_submission(file: Path, truth: Truth) -> dict[str, float]:
    """Energy in eV of each id of the test.

    Raises
    ------
    ValueError
        As :func:`~course_lib.project.energy_table.read_energy_table`, and as :func:`check_ids`.
    """
    table = read_energy_table(file)
    check_ids(table, truth)
    return table


def check_ids(table: Mapping[str, float], truth: Truth) -> None:
    """Refuse a table that lacks a molecule of the test, or has another one.

    Raises
    ------
    ValueError
        If an id is missing or unknown, or some pairs are there and some not: the message counts them and names the first.
    """
    required, optional = truth.required, truth.optional
    unknown = sorted(set(table) - required - optional)
    if unknown:
        raise ValueError(f"submission: {len(unknown)} ids are not in the test, the first is {unknown[0]}; leave them out")
    missing = sorted(required - set(table))
    if missing:
        count = f"{len(missing)} of {len(required)} molecules"
        raise ValueError(f"submission: {count} are missing, the first is {missing[0]}; each needs a line")
    pairs = optional & set(table)
    if pairs and (left := sorted(optional - pairs)):
        count = f"{len(left)} of {len(optional)} pairs"
        raise ValueError(f"submission: {count} are missing, the first is {left[0]}; give all of them, or none")


def score_submission(table: Mapping[str, float], truth: Truth) -> Score:
    """Root mean square and mean absolute error in eV; copies and pairs do not count in them, only in the physical score.

    Parameters
    ----------
    table : prediction of each id, checked.
    truth : what is right.
    """
    errors = [np.array([table[name] - energy for name, energy in part.items()]) for part in (truth.public, truth.private)]
    numbers = [number for error in errors for number in (rms(error), float(np.mean(np.abs(error))))]
    return Score(*numbers, physics=score_of_copies(table, truth.copies, truth.pairs))
