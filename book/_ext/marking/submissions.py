"""A folder of submissions, as a learning platform or nbgrader gives it: whose each file is, and what cannot be read."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

#: Larger files are not opened: a student's notebook has some tens of kilobytes.
LARGEST = 20 * 2**20

NO_NOTEBOOK, UNREADABLE = "no notebook", "cannot be read"

_MOODLE = re.compile(r"(_\d+)_assignsubmission_.*", re.S)
_LEFT_IN_AN_ID = re.compile(r"[^\w.@' -]+")


@dataclass(frozen=True)
class Submission:
    """What one student handed in: a notebook, or in words why there is none."""

    student: str
    file: Path | None
    problem: str = ""


def student_id(name: str, sheet: str) -> str:
    """The student's name in the gradebook, from the name of a file or folder.

    Examples
    --------
    >>> [student_id(name, "td") for name in ("Ada Lovelace_1815_assignsubmission_file_td", "noether-td", "..=x/y")]
    ['Ada Lovelace_1815', 'noether', 'x_y']
    """
    name = _MOODLE.sub(r"\1", unicodedata.normalize("NFC", name))
    name = re.sub(rf"[ _.-]+{re.escape(sheet)}$", "", name)
    return _LEFT_IN_AN_ID.sub("_", name).strip(" ._-'")


def collect(folder: Path, sheet: str) -> tuple[list[Submission], list[Path]]:
    """The submissions of a sheet in a folder, by student, and the files that were left aside.

    Each entry of the folder is a student's: ``student/sheet/sheet.ipynb`` as nbgrader has it, ``student/….ipynb``, or
    ``student.ipynb``.

    Raises
    ------
    ValueError
        If there is no such folder, nothing in it, or two notebooks for one student.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder")
    found: dict[str, list[Submission]] = defaultdict(list)
    aside = []
    for entry in sorted(folder.iterdir()):
        name = entry.name if entry.is_dir() else entry.stem
        if entry.name.startswith((".", "__")):
            continue
        if not entry.is_dir() and entry.suffix.lower() != ".ipynb":
            aside.append(entry)
            continue
        student = student_id(name, sheet)
        if not student:
            raise ValueError(f"{entry}: no student's name can be made of this; rename it")
        found[student.casefold()].append(_in_folder(student, entry, sheet) if entry.is_dir() else Submission(student, entry))
    if not found:
        others = f", only {len(aside)} other files" if aside else ""
        raise ValueError(f"{folder} holds no notebook and no folder of a student{others}")
    for several in found.values():
        if len(several) > 1:
            files = ", ".join(str((one.file or folder / one.student).relative_to(folder)) for one in several)
            raise ValueError(f"{several[0].student} has two submissions: {files}. Keep the one that counts, and start again")
    return [one for (one,) in found.values()], aside


def _in_folder(student: str, folder: Path, sheet: str) -> Submission:
    for place in (folder / sheet, folder):
        exact = place / f"{sheet}.ipynb"
        if exact.is_file():
            return Submission(student, exact)
        notebooks = sorted(place.glob("*.ipynb")) if place.is_dir() else []
        if len(notebooks) == 1:
            return Submission(student, notebooks[0])
        if notebooks:
            raise ValueError(
                f"{student} has {len(notebooks)} notebooks in {place}, and none is called {sheet}.ipynb. "
                "Keep the one that counts, and start again"
            )
    inside = sorted(file.name for file in folder.rglob("*") if file.is_file())
    return Submission(student, None, f"the folder holds no notebook: {', '.join(inside[:5]) or 'it is empty'}")


def read(submission: Submission, wanted: set[str]) -> NotebookNode:
    """The notebook that was handed in.

    Parameters
    ----------
    submission : whose it is, and where.
    wanted : names of the cells that make it a notebook of the sheet.

    Raises
    ------
    UnreadableError
        If it cannot be marked; the message says why, the error's `state` how that is called in the mark sheet.
    """
    file = submission.file
    if file is None:
        raise UnreadableError(NO_NOTEBOOK, submission.problem)
    if file.is_symlink() or not file.is_file():
        raise UnreadableError(UNREADABLE, "this is a link or no ordinary file")
    size = file.stat().st_size
    if size > LARGEST:
        raise UnreadableError(UNREADABLE, f"the file has {size / 2**20:.0f} MB; no more than {LARGEST / 2**20:.0f} are read")
    if not size:
        raise UnreadableError(UNREADABLE, "the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # older notebooks, and cells without ids
            notebook = nbformat.reads(file.read_bytes().decode("utf-8-sig"), as_version=4)
            if any("id" in cell for cell in notebook.cells):  # some editors write them below an older version's number
                notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
            nbformat.validate(notebook)
    except (Exception, RecursionError) as error:  # whatever may stand in a stranger's file
        kinds = {UnicodeDecodeError: "text in UTF-8", nbformat.reader.NotJSONError: "JSON"}
        reason = next((words for kind, words in kinds.items() if isinstance(error, kind)), "a notebook")
        raise UnreadableError(UNREADABLE, f"the file is not {reason}") from error
    names = {name for cell in notebook.cells if isinstance(name := grade_id(cell), str)}
    if not names & wanted:
        raise UnreadableError(NO_NOTEBOOK, "no cell of this sheet is in the notebook: is it another one?")
    return notebook


def grade_id(cell: NotebookNode) -> object:
    """The name that nbgrader gave to a cell; the student may have put anything in its place."""
    grader = cell.metadata.get("nbgrader")
    return grader.get("grade_id") if isinstance(grader, dict) else None


class UnreadableError(Exception):
    """A submission that cannot be marked."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state
