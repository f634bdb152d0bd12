"""The way of one submission: kept, marked by nbgrader in a process of its own, entered into the gradebook."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode

import confined
import marker
import marker_steps
import marksheet
import submissions
from marksheet import MARKED
from submissions import Submission, UnreadableError

CRASHED, UNFINISHED = "crashed", "did not finish"

#: So many cells that crash or hang are left out one by one, before all but the checks are.
LEFT_OUT = 3

_LOGGED = 2**16  # the last bytes of what a marking printed that are kept


@dataclass(frozen=True)
class Marking:
    """How a sheet is marked: in which course folder, with how many seconds for each submission, in a sandbox or not."""

    course: Path
    sheet: str
    seconds: float
    sandbox: bool = False

    @property
    def file(self) -> Path:
        """The sheet's notebook, below its folder."""
        return Path(self.sheet, f"{self.sheet}.ipynb")

    @property
    def records(self) -> Path:
        """The folder in which it is written down what has been marked."""
        return self.course / "marking" / self.sheet


@dataclass(frozen=True)
class Outcome:
    """What became of a submission: one of the states of the mark sheet, a remark, and the digest of what was marked by what."""

    state: str
    remark: str
    digest: str = ""


class Tried(NamedTuple):
    """One run of nbgrader on a submission: how it ended, in which cell, which were missing, and the executed notebook."""

    state: str
    cell: int
    text: str
    restored: list[str]
    notebook: NotebookNode | None


def mark(marking: Marking, submission: Submission, template: Path, digest: str) -> Outcome:
    """Mark one submission, enter the marks into the gradebook, and write down what became of it.

    Parameters
    ----------
    marking, submission : what is marked, and how.
    template : a course folder in which nbgrader has released the sheet, without any student.
    digest : what `Outcome` keeps.
    """
    released = nbformat.read(template / "release" / marking.file, as_version=4)
    wanted = {submissions.grade_id(cell) for cell in released.cells} - {None}
    notebook, remarks = None, [_keep(submission.file, marking.course, Path(submission.student) / marking.file)]
    try:
        handed_in, log = submissions.read(submission, wanted), marking.records / submission.student
        state, notebook, remark = _mark_apart(marking, handed_in, template, log)
    except UnreadableError as error:
        state, remark = error.state, str(error)
    entered = marking.course, marking.sheet, submission.student
    try:
        if notebook:
            marker_steps.restore(notebook, released)
        marksheet.enter(*entered, notebook)
    except Exception as error:  # the notebook comes from where the student's code ran
        state, remark = CRASHED, "; ".join(filter(None, [remark, f"the marks cannot be entered: {error!r}"]))
        marksheet.enter(*entered, None)
    outcome = Outcome(state, "; ".join(filter(None, [remark, *remarks])), digest)
    (marking.records / f"{submission.student}.json").write_text(json.dumps(asdict(outcome)), encoding="utf8")
    return outcome


def record(marking: Marking, student: str) -> Outcome | None:
    """What became of a student's submission so far; nothing, if that was not written down to its end."""
    file = marking.records / f"{student}.json"
    with suppress(FileNotFoundError, ValueError, TypeError):
        return Outcome(**json.loads(file.read_text(encoding="utf8")))
    return None


def _mark_apart(marking: Marking, notebook: NotebookNode, template: Path, log: Path) -> tuple[str, NotebookNode | None, str]:
    """Let nbgrader mark the notebook, again without a cell that ends or stops it; the state, the notebook, and a remark."""
    left_out: list[int] = []
    first, remarks = MARKED, []
    while True:
        tried = _try(marking, notebook, template, log, left_out)
        if tried.state == MARKED:
            break
        first = tried.state if first == MARKED else first
        if tried.cell < 0 or marker_steps.ALL in left_out:  # it did not come to the cells, or it cannot be the student's
            break
        ended = "ended Python" if tried.state == CRASHED else f"did not end within {marking.seconds:g} s"
        if tried.cell in left_out or len(left_out) == LEFT_OUT:
            left_out = [marker_steps.ALL]
            remarks.append("all cells but the checks were left out")
        else:
            left_out.append(tried.cell)
            remarks.append(f"cell {tried.cell + 1} (“{tried.text}”) {ended} and was left out")
    if tried.restored:
        remarks.append(f"put back, because it was missing: {', '.join(tried.restored)}")
    if not tried.notebook:
        remarks.append(f"nbgrader could not mark it, see {log}.log")
    return first, tried.notebook, "; ".join(remarks)


def _try(marking: Marking, notebook: NotebookNode, template: Path, log: Path, left_out: list[int]) -> Tried:
    with tempfile.TemporaryDirectory(prefix="marking-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve() / "course"
        shutil.copytree(template, folder)
        submitted, marked = (folder / step / marker_steps.STUDENT / marking.file for step in ("submitted", "autograded"))
        submitted.parent.mkdir(parents=True)
        nbformat.write(notebook, submitted)
        program = [sys.executable, str(Path(__file__).with_name("marker.py")), str(folder), marking.sheet]
        command = [*program, str(marking.seconds), *map(str, left_out)]
        command = confined.bubblewrap(command, folder) if marking.sandbox else command
        printed = Path(name) / "log"
        ended = confined.run(command, folder, marking.seconds, printed, confined.environment(folder / "home"))
        log.with_name(f"{log.name}.log").write_bytes(_end_of(printed))
        told = _news(ended.output)
        executed = _read_back(marked) if ended.code == 0 else None
        state, culprit = (CRASHED, "exit") if ended.code is not None else (UNFINISHED, "late")
        state = MARKED if executed else state
        return Tried(state, *told.get(culprit, told["cell"]), told["restored"], executed)


def _news(output: str) -> dict[str, Any]:
    """What `marker_steps` told: the last cell that began, the first that was late or asked to exit, which were missing."""
    found: dict[str, Any] = {"cell": (-1, ""), "restored": []}
    for line in output.splitlines():
        with suppress(ValueError, KeyError, TypeError):  # a line that the student's code has put among them
            news: dict[str, Any] = json.loads(line)
            if "cell" in news:
                found["cell"] = (int(news["cell"]), str(news["text"]))
            elif "restored" in news:
                found["restored"] = [str(name) for name in news["restored"]]
            else:
                found.setdefault("late" if "late" in news else "exit", found["cell"])
    return found


def _read_back(file: Path) -> NotebookNode | None:
    """The executed notebook; the student's code could have put something else in its place."""
    if file.resolve() != file or not file.is_file() or file.stat().st_size > marker.FILE:
        return None
    with suppress(Exception):
        return nbformat.read(file, as_version=4)
    return None


def _end_of(file: Path) -> bytes:
    with file.open("rb") as opened:
        opened.seek(-min(_LOGGED, os.fstat(opened.fileno()).st_size), os.SEEK_END)
        return opened.read()


def _keep(file: Path | None, course: Path, place: Path) -> str:
    """Copy a submission to where nbgrader expects it. An earlier one that differs is moved aside; the remark says where."""
    if file is None or file.is_symlink() or not file.is_file() or file.stat().st_size > submissions.LARGEST:
        return ""
    target, remark = course / "submitted" / place, ""
    if target.exists() and target.read_bytes() != file.read_bytes():
        folder = course / "submitted-before" / place.parent
        folder.mkdir(parents=True, exist_ok=True)
        aside = folder / f"{place.stem}-{len(list(folder.iterdir())) + 1}.ipynb"
        os.replace(target, aside)
        remark = f"the earlier submission is kept as {aside.relative_to(course).as_posix()}"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    return remark
