"""Exercise sheets: one Markdown notebook is the source of the student's notebook, the teacher's notebook and the page.

The source keeps the conventions of nbgrader: an answer is a solution cell with the region ``### BEGIN SOLUTION``, a check is a
graded cell with its points, tests that students do not see stand between ``### BEGIN HIDDEN TESTS`` and ``### END``. Two tags
are ours: a cell tagged ``wrong-answer`` is a mistake that students make, with what the check must say of it (``# Says: …``);
one tagged ``other-answer`` is a right answer written differently. The tests run both, teachers see them, students do not.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
from nbformat import NotebookNode
from traitlets.config import Config

from equations import chapters

ROOT = Path(__file__).parents[2]

WRONG, OTHER = "wrong-answer", "other-answer"
CODE_STUB = "raise NotImplementedError()  # YOUR CODE HERE"

#: How nbgrader makes the student's notebook; a teacher's course folder gets the same settings.
SETTINGS = Config({"ClearSolutions": {"code_stub": {"python": CODE_STUB}}})

REGION = re.compile(r"^[ \t]*### (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)[ \t]*\n?", re.M)
_FOR_NBGRADER = re.compile(r'^:nbgrader: |^nbgrader:$|^\+\+\+ \{"nbgrader"', re.M)
EXERCISE = re.compile(r"^(:{3,})\{exercise\} (?P<title>.+)\n:label: (?P<label>[\w-]+)\n", re.M)


@dataclass
class Exercise:
    """One exercise of a sheet: its label in the page, its name, its marks, and the answers that its source holds."""

    label: str
    title: str
    number: int
    points: float = 0
    reference: str = ""
    stub: str = ""
    by_hand: bool = False
    wrong: list[tuple[str, str]] = field(default_factory=list)  # what the check must say, the answer
    other: list[str] = field(default_factory=list)


def sheets(root: Path = ROOT) -> list[Path]:
    """The exercise sheets of the book, in its order."""
    return [page for page in chapters(root) if is_sheet(page.read_text(encoding="utf8"))]


def is_sheet(text: str) -> bool:
    """Whether the source of a page is an exercise sheet: a notebook with cells for nbgrader."""
    return text.startswith("---\njupytext:") and bool(_FOR_NBGRADER.search(text))


def exercises(source: Path, root: Path = ROOT) -> list[Exercise]:
    """What a sheet asks, in its order.

    Raises
    ------
    ValueError
        If the sheet is not built as this module's description says; the message names the exercise.
    """
    try:
        notebook = jupytext.read(source)
        stubs = {name: cell.source for cell in released(notebook).cells if (name := grade_id(cell))}
    except Exception as error:  # jupytext, YAML and nbgrader each have their own errors, and none of them names the file
        raise ValueError(f"{source.name}: {error}") from error
    found: dict[str, Exercise] = {}
    current = None
    first = _first_number(source, root)
    for cell in notebook.cells:
        for match in EXERCISE.finditer(cell.source) if cell.cell_type == "markdown" else ():
            name = match["label"].removeprefix(f"{source.stem}-")
            found[name] = current = Exercise(match["label"], match["title"], first + len(found))
        grader, tags = cell.metadata.get("nbgrader", {}), cell.metadata.get("tags", [])
        if not grader and not {WRONG, OTHER} & set(tags):
            continue
        if current is None:
            raise ValueError(f"{source.name}: an answer stands before the first exercise")
        if grader.get("solution"):
            if current.reference or current.label != f"{source.stem}-{grade_id(cell)}":
                raise ValueError(f"{source.name}: the cell {grade_id(cell)} is not the one answer of {current.label}")
            current.reference, current.stub = REGION.sub("", cell.source), stubs[grade_id(cell)]
            current.by_hand = cell.cell_type == "markdown"
        if grader.get("grade"):
            current.points = grader["points"]
        if WRONG in tags:
            says, _, answer = cell.source.partition("\n")
            current.wrong.append((says.removeprefix("# Says:").strip(), answer))
        if OTHER in tags:
            current.other.append(cell.source)
    for exercise in found.values():
        if not exercise.reference or not exercise.points:
            raise ValueError(f"{source.name}: {exercise.label} has no answer, or no marks")
    return list(found.values())


def reference(sheet: str, name: str) -> str:
    """The solution of one exercise, for the cell that executes it when the page is made.

    Parameters
    ----------
    sheet : the page's name, such as ``"book/basics/td"``.
    name : the exercise's.
    """
    cells = jupytext.read(ROOT / f"{sheet}.md").cells
    return next(REGION.sub("", cell.source) for cell in cells if grade_id(cell) == name)


def released(notebook: NotebookNode) -> NotebookNode:
    """What nbgrader's `generate_assignment` makes of a notebook; only its gradebook is left out."""
    from nbgrader import preprocessors as steps  # they import much that a build without a changed sheet need not wait for

    notebook, resources = copy.deepcopy(notebook), {}
    for step in (
        *(steps.LockCells, steps.ClearSolutions, steps.ClearOutput),
        *(steps.CheckCellMetadata, steps.ClearHiddenTests, steps.ComputeChecksums),
    ):
        notebook, resources = step(config=SETTINGS).preprocess(notebook, resources)
    return notebook


def grade_id(cell: NotebookNode) -> str:
    """The name that nbgrader knows a cell by, empty for most cells."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _first_number(source: Path, root: Path) -> int:
    """The number of the sheet's first exercise: they are counted through the book."""
    before = sheets(root)
    before = before[: before.index(source)] if source in before else []
    return 1 + sum(len(EXERCISE.findall(sheet.read_text(encoding="utf8"))) for sheet in before)
