"""The submissions of three pretend students, made from the answers that a sheet's source holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import nbformat

from editions import students_notebook
from exercises import ROOT, exercises, sheets


def write(folder: Path, sheet: str | None = None, root: Path = ROOT) -> list[Path]:
    """Write one notebook for each pretend student into a folder: all right, untouched, and the usual mistakes.

    Raises
    ------
    ValueError
        If the book has no such sheet, or several and none is named.
    """
    known = {source.stem: source for source in sheets(root)}
    if sheet is None and len(known) == 1:
        (sheet,) = known
    if sheet not in known:
        raise ValueError(f"expected one of the sheets {', '.join(known)}, got {sheet}")
    asked = {exercise.label.removeprefix(f"{sheet}-"): exercise for exercise in exercises(known[sheet], root)}
    answers = {
        "all-right": {name: exercise.reference for name, exercise in asked.items()},
        "mistakes": {name: exercise.wrong[0][1] for name, exercise in asked.items() if exercise.wrong},
        "untouched": {},
    }
    folder.mkdir(parents=True, exist_ok=True)
    return [submission(known[sheet], given, folder / f"{name}.ipynb", root) for name, given in answers.items()]


def submission(source: Path, answers: Mapping[str, str], target: Path, root: Path = ROOT) -> Path:
    """Write a student's notebook with some answers, by the names of the exercises."""
    notebook = students_notebook(source, root)
    for cell in notebook.cells:
        grader = cell.metadata.get("nbgrader", {})
        if grader.get("solution") and grader["grade_id"] in answers:
            cell.source = answers[grader["grade_id"]]
    nbformat.write(notebook, target)
    return target
