"""Automatic marking of a class's submissions, with nbgrader, in its course folder.

``python marking.py mark SUBMISSIONS``: marks each submission in a process of its own, and writes the mark sheet.
``python marking.py examples FOLDER``: writes the submissions of three pretend students, to try it out.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

import confined
import marksheet
from marksheet import Row
from one_submission import Marking, mark, record
from submissions import LARGEST, Submission, collect

ROOT = Path(__file__).parents[3]
WAITING = "not marked yet"

#: What of the course's settings concerns the marking of one submission; the rest, the database's address above all, stays out.
SETTINGS = ("ClearHiddenTests", "ClearSolutions", "Execute", "IgnorePattern", "LimitOutput", "OverwriteCells")


def mark_class(marking: Marking, folder: Path, table: Path, *, again: bool = False) -> bool:
    """Mark a folder of submissions and write the mark sheet of all students who ever handed the sheet in.

    What is marked already is not marked again unless the submission, the sheet or the library has changed, so that an
    interrupted marking goes on where it was. Returns whether it came to its end.

    Raises
    ------
    ValueError
        If the folder or the course folder is not as it should be; the message says how.
    """
    source = marking.course / "source" / marking.file
    handed_in, aside = collect(folder, marking.sheet)
    if aside:
        print(f"Left aside, because their names do not end in .ipynb: {', '.join(file.name for file in aside)}")
    asked = marksheet.columns(nbformat.read(source, as_version=4))
    tool = _digest(source, *sorted((ROOT / "course_lib").rglob("*.py")))
    marking.records.mkdir(parents=True, exist_ok=True)
    digests = {submission: f"{tool} {_digest_of(submission)}" for submission in handed_in}
    new = [one for one in handed_in if again or (past := record(marking, one.student)) is None or past.digest != digests[one]]
    if len(new) < len(handed_in):
        print(f"{len(handed_in) - len(new)} of {len(handed_in)} submissions are marked already, and have not changed.")
    complete = True
    try:
        with _template(marking, tool) if new else nullcontext() as template:
            for count, submission in enumerate(new, 1):
                print(f"[{count}/{len(new)}] {submission.student}: ", end="", flush=True)
                outcome = mark(marking, submission, template, digests[submission])
                print(f"{outcome.state}{f' ({outcome.remark})' * bool(outcome.remark)}", flush=True)
    except KeyboardInterrupt:
        complete = False
        print("\nInterrupted. What is marked is kept; the same command goes on from here.")
    rows = _rows(marking, [submission.student for submission in handed_in])
    marksheet.write(table, marksheet.table(marking.course, marking.sheet, asked, rows))
    counts = ", ".join(f"{count} {state}" for state, count in Counter(row.state for row in rows).most_common())
    print(f"{marking.sheet}: {len(rows)} students: {counts}. The mark sheet: {table}")
    return complete


def the_sheet(course: Path, name: str | None) -> str:
    """The sheet of a course folder that is marked: the one that is named, or the only one.

    Raises
    ------
    ValueError
        If there is no such sheet, or several to choose from.
    """
    known = sorted(file.stem for file in course.glob("source/*/*.ipynb") if file.stem == file.parent.name)
    if not known:
        raise ValueError(f"{course} holds no sheet; make it with: make teachers COURSE={course}")
    if name is None and len(known) > 1:
        raise ValueError(f"say which sheet, for example SHEET={known[0]}; {course} holds {', '.join(known)}")
    if name is not None and name not in known:
        raise ValueError(f"{course} holds no sheet {name!r}, only {', '.join(known)}")
    return name or known[0]


def _rows(marking: Marking, students: list[str]) -> list[Row]:
    known = {file.stem for file in marking.records.glob("*.json")}
    rows = []
    for student in sorted(known | set(students), key=str.casefold):
        outcome = record(marking, student)
        rows.append(Row(student, outcome.state, outcome.remark) if outcome else Row(student, WAITING, ""))
    return rows


@contextmanager
def _template(marking: Marking, digest: str) -> Iterator[Path]:
    """A course folder with nothing in it but the released sheet; each submission is marked in a copy of it.

    nbgrader releases the sheet in the teacher's course folder as well, when it is new to it: `digest` says so.
    """
    released = marking.records / "released"
    if not released.exists() or released.read_text(encoding="utf8") != digest:
        _nbgrader_releases(marking.course, marking.sheet, marksheet.settings(marking.course))
        released.write_text(digest, encoding="utf8")
    with tempfile.TemporaryDirectory(prefix="marking-") as name:
        folder = Path(name).resolve()
        shutil.copytree(marking.course / "source" / marking.sheet, folder / "source" / marking.sheet)
        settings = marksheet.settings(marking.course)
        kept = Config({section: settings[section] for section in SETTINGS if section in settings})
        (folder / "nbgrader_config.json").write_text(json.dumps(kept), encoding="utf8")
        _nbgrader_releases(folder, marking.sheet, kept)
        for solved in (folder / "source" / marking.sheet).glob("*.ipynb"):
            solved.unlink()
        (folder / "home").mkdir()
        prepare = [sys.executable, "-c", "import matplotlib.font_manager"]  # finds the fonts once, not for each student
        subprocess.run(prepare, env=confined.environment(folder / "home"), check=True)
        yield folder


def _nbgrader_releases(course: Path, sheet: str, settings: Config) -> None:
    settings = copy.deepcopy(settings)
    settings.CourseDirectory.update({"root": str(course), "assignment_id": sheet})
    release = GenerateAssignment(coursedir=CourseDirectory(config=settings), config=settings, force=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of nbgrader's own making
            release.start()
    except NbGraderException as error:
        raise ValueError(f"nbgrader cannot release {sheet} in {course}; its errors stand above") from error


def _digest_of(submission: Submission) -> str:
    file = submission.file
    if file is None or file.is_symlink() or not file.is_file() or file.stat().st_size > LARGEST:
        return submission.problem
    return _digest(file)


def _digest(*files: Path) -> str:
    parts = hashlib.sha256()
    for file in files:
        parts.update(file.read_bytes() + b"\0")
    return parts.hexdigest()[:16]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    marks = commands.add_parser("mark", help="mark a folder of submissions")
    marks.add_argument("submissions", help="one notebook or folder for each student")
    marks.add_argument("--marks", type=Path, help="the mark sheet; by default marks-SHEET.csv in the course folder")
    marks.add_argument("--seconds", type=float, default=300.0, help="for each submission, by the clock on the wall")
    marks.add_argument("--again", action="store_true", help="also what is marked already")
    marks.add_argument("--sandbox", action="store_true", help="in bubblewrap, where it exists: no network, no files of yours")
    tries = commands.add_parser("examples", help="write submissions to try it out")
    tries.add_argument("submissions", type=Path, help="the folder")
    for command in (marks, tries):
        command.add_argument("--sheet", help="if there are several")
    marks.add_argument("--course", type=Path, default=ROOT / "_build" / "teachers", help="nbgrader's course folder")
    given = parser.parse_args()
    os.environ["PATH"] = confined.path()
    try:
        complete = _examples(given) if given.command == "examples" else _mark(given)
    except ValueError as error:
        sys.exit(f"marking: {error}")
    except KeyboardInterrupt:
        complete = False
    sys.exit(0 if complete else 130)


def _mark(given: argparse.Namespace) -> bool:
    if not given.submissions:
        raise ValueError("say where the submissions are: make mark SUBMISSIONS=folder")
    course, folder = given.course.resolve(), Path(given.submissions)
    sheet = the_sheet(course, given.sheet)
    if given.sandbox:
        trial = subprocess.run(confined.bubblewrap(["true"], course), capture_output=True, encoding="utf8")
        if trial.returncode:
            raise ValueError(f"bubblewrap cannot make a sandbox here: {trial.stderr.strip()}")
    table = given.marks or course / f"marks-{sheet}.csv"
    return mark_class(Marking(course, sheet, given.seconds, given.sandbox), folder, table, again=given.again)


def _examples(given: argparse.Namespace) -> bool:
    sys.path.insert(0, str(ROOT / "book" / "_ext"))  # the examples are made from the book's sources; marking does not need them
    import examples

    for file in examples.write(given.submissions, given.sheet):
        print(file)
    return True


if __name__ == "__main__":
    main()
