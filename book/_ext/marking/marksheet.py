"""The marks of a sheet: into nbgrader's gradebook, and out of it into a table."""

from __future__ import annotations

import csv
import io
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

MARKED = "marked"


class Row(NamedTuple):
    """One student's line: what became of the submission, and a remark in words."""

    student: str
    state: str
    remark: str


class Column(NamedTuple):
    """One exercise: the name of the cell that carries its marks, how many, and whether they are given by hand."""

    cell: str
    points: float
    by_hand: bool

    @property
    def title(self) -> str:
        """What stands at the top of the column."""
        return f"{self.cell.removeprefix('check-')} (of {self.points:g}{', by hand' * self.by_hand})"


def columns(notebook: NotebookNode) -> list[Column]:
    """The exercises of a sheet's notebook, in its order."""
    graders = [cell.metadata.nbgrader for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    return [Column(grader.grade_id, grader.points, grader.solution) for grader in graders]


def settings(course: Path) -> Config:
    """What nbgrader_config.py of a course folder says."""
    return PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()


def gradebook(course: Path) -> Gradebook:
    """The gradebook of a course folder."""
    found = settings(course)
    found.CourseDirectory.root = str(course.resolve())
    directory = CourseDirectory(config=found)
    return Gradebook(directory.db_url, directory.course_id)


def enter(course: Path, sheet: str, student: str, marked: NotebookNode | None) -> None:
    """Enter what nbgrader finds in an executed notebook into the gradebook; without a notebook, no marks.

    A mark given by hand stays if the answer is the same as before; if it is not, nbgrader asks to look at it again.
    """
    target = course / "autograded" / student / sheet / f"{sheet}.ipynb"
    before = _texts(nbformat.read(target, as_version=4)) if target.exists() else {}
    now = _texts(marked) if marked else {}
    with gradebook(course) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # of nbgrader's own making
        book.update_or_create_student(student)
        book.update_or_create_submission(sheet, student)
        given = {grade.name for grade in _grades(book, sheet, student) if not grade.needs_manual_grade}
        url = str(book.engine.url)
    if marked:
        names = {"notebook": sheet, "assignment": sheet, "student": student, "db_url": url}
        SaveAutoGrades().preprocess(marked, {"nbgrader": names})
    with gradebook(course) as book:
        for grade in _grades(book, sheet, student):
            if not marked:
                grade.auto_score, grade.needs_manual_grade = 0, grade.manual_score is not None
            elif grade.manual_score is not None and grade.name in given and before.get(grade.name) == now[grade.name]:
                grade.needs_manual_grade = False
        book.db.commit()
    if marked:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, nbformat.writes(marked))
    else:
        target.unlink(missing_ok=True)


def table(course: Path, sheet: str, asked: list[Column], rows: Iterable[Row]) -> list[list[str | float]]:
    """The mark sheet: a line of titles, then one for each student. A mark that is not given yet is an empty field."""
    titles = ["student", "sheet", *(column.title for column in asked), "total", "out of", "not marked yet", "state", "remark"]
    lines: list[list[str | float]] = [titles]
    with gradebook(course) as book:
        for student, state, remark in rows:
            found = {grade.name: None if grade.needs_manual_grade else grade.score for grade in _grades(book, sheet, student)}
            marks = [found.get(column.cell) for column in asked]
            waiting = sum(column.points for column, mark in zip(asked, marks, strict=True) if mark is None)
            shown = ["" if mark is None else mark for mark in marks]
            total = sum(mark for mark in marks if mark is not None)
            lines.append([student, sheet, *shown, total, sum(column.points for column in asked), waiting, state, remark])
    return lines


def write(file: Path, lines: Iterable[Iterable[str | float]]) -> None:
    """Write a table as csv that spreadsheets open as it is meant; an earlier file is replaced at once, or not at all."""
    text = io.StringIO()
    csv.writer(text).writerows([_field(value) for value in line] for line in lines)
    file.parent.mkdir(parents=True, exist_ok=True)
    _write(file, "\ufeff" + text.getvalue())  # the first character tells spreadsheets that it is UTF-8


def _field(value: str | float) -> str:
    """A field that no spreadsheet takes for a formula: a student can choose the name of a file.

    >>> _field("=1+1"), _field("@x"), _field(2.0), _field("Ada")
    ("'=1+1", "'@x", '2', 'Ada')
    """
    text = value if isinstance(value, str) else f"{value:g}"
    text = " ".join(text.split())
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@")) else text


def _grades(book: Gradebook, sheet: str, student: str) -> list[Grade]:
    try:
        return list(book.find_submission_notebook(sheet, sheet, student).grades)
    except MissingEntry:
        return []


def _texts(notebook: NotebookNode) -> dict[str, str]:
    return {cell.metadata["nbgrader"]["grade_id"]: cell.source for cell in notebook.cells if cell.metadata.get("nbgrader")}


def _write(file: Path, text: str) -> None:
    part = file.with_name(f".{file.name}.part")
    part.write_text(text, encoding="utf8", newline="")
    os.replace(part, file)
