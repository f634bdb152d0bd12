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
import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)
from traitlets.config import Config

from equations import chapters
from plain import plain_markdown

ROOT = Path(__file__).parents[2]

WRONG, OTHER = "wrong-answer", "other-answer"
CODE_STUB = "raise NotImplementedError()  # YOUR CODE HERE"

#: How nbgrader makes the student's notebook; a teacher's course folder gets the same settings.
SETTINGS = Config({"ClearSolutions": {"code_stub": {"python": CODE_STUB}}})

_REGION = re.compile(r"^[ \t]*### (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS)[ \t]*\n?", re.M)
_FOR_NBGRADER = re.compile(r'^:nbgrader: |^nbgrader:$|^\+\+\+ \{"nbgrader"', re.M)
_HIDDEN_TESTS = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[ \t]*$", re.M | re.S)
_EXERCISE = re.compile(r"^(:{3,})\{exercise\} (?P<title>.+)\n:label: (?P<label>[\w-]+)\n", re.M)


BY_HAND = "Written in the notebook, in words and formulas, and marked by hand."


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
        stubs = {name: cell.source for cell in _released(notebook).cells if (name := _grade_id(cell))}
    except Exception as error:  # jupytext, YAML and nbgrader each have their own errors, and none of them names the file
        raise ValueError(f"{source.name}: {error}") from error
    found: dict[str, Exercise] = {}
    current = None
    first = _first_number(source, root)
    for cell in notebook.cells:
        for match in _EXERCISE.finditer(cell.source) if cell.cell_type == "markdown" else ():
            name = match["label"].removeprefix(f"{source.stem}-")
            found[name] = current = Exercise(match["label"], match["title"], first + len(found))
        grader, tags = cell.metadata.get("nbgrader", {}), cell.metadata.get("tags", [])
        if not grader and not {WRONG, OTHER} & set(tags):
            continue
        if current is None:
            raise ValueError(f"{source.name}: an answer stands before the first exercise")
        if grader.get("solution"):
            if current.reference or current.label != f"{source.stem}-{_grade_id(cell)}":
                raise ValueError(f"{source.name}: the cell {_grade_id(cell)} is not the one answer of {current.label}")
            current.reference, current.stub = _REGION.sub("", cell.source), stubs[_grade_id(cell)]
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


def teachers_notebook(source: Path, root: Path = ROOT) -> NotebookNode:
    """The teacher's notebook, which is also nbgrader's source: solutions, all tests, marks. In plain Markdown."""
    notebook = _with_marks(jupytext.read(source), exercises(source, root), numbered=True)
    notebook.cells = [cell for cell in notebook.cells if not {WRONG, OTHER} & set(cell.metadata.get("tags", []))]
    notebook.metadata.pop("jupytext", None)
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index}"
        tags = cell.metadata.pop("tags", [])
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(cell.source)
        if "hide-input" in tags:
            cell.metadata["jupyter"] = {"source_hidden": True}
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata["tags"] = ["raises-exception"]  # so that "Run All" goes on after an answer that is not right yet
    return notebook


def students_notebook(source: Path, root: Path = ROOT) -> NotebookNode:
    """The student's notebook: what nbgrader releases of the teacher's."""
    return _released(teachers_notebook(source, root))


def page(source: Path, root: Path = ROOT, *, teachers: bool = False) -> str:
    """The Markdown notebook of which the book makes the page.

    In the public edition the solution's text is nowhere in it: a cell that is not shown asks for it when the page is executed,
    so that the pictures are those of a right answer.
    """
    asked = {exercise.label.removeprefix(f"{source.stem}-"): exercise for exercise in exercises(source, root)}
    notebook = _with_marks(jupytext.read(source), list(asked.values()), numbered=False)
    cells, current = [], None
    for cell in notebook.cells:
        grader, tags = cell.metadata.pop("nbgrader", {}), set(cell.metadata.get("tags", []))
        current = asked[grader["grade_id"]] if grader.get("solution") else current
        if {WRONG, OTHER} & tags:
            cells += [_shown_to_teachers(cell, tags)] if teachers else []
        elif grader.get("solution") and cell.cell_type == "markdown":
            cells.append(_box("A proof", cell.source) if teachers else nbformat.v4.new_markdown_cell(f"*{BY_HAND}*"))
        elif grader.get("solution"):
            cells += _shown(cell, current) if teachers else _hidden(source, root, current)
        else:
            if grader.get("grade"):
                cell.source = _REGION.sub("", cell.source) if teachers else _HIDDEN_TESTS.sub("", cell.source).rstrip()
                cell.metadata["tags"] = [] if teachers else ["remove-output"]
            cells.append(cell)
    notebook.cells = cells
    return jupytext.writes(notebook, fmt="md:myst")


def reference(sheet: str, name: str) -> str:
    """The solution of one exercise, for the cell that executes it when the page is made.

    Parameters
    ----------
    sheet : the page's name, such as ``"book/basics/td"``.
    name : the exercise's.
    """
    cells = jupytext.read(ROOT / f"{sheet}.md").cells
    return next(_REGION.sub("", cell.source) for cell in cells if _grade_id(cell) == name)


def _released(notebook: NotebookNode) -> NotebookNode:
    """What nbgrader's `generate_assignment` makes of a notebook; only its gradebook is left out."""
    notebook, resources = copy.deepcopy(notebook), {}
    for step in (LockCells, ClearSolutions, ClearOutput, CheckCellMetadata, ClearHiddenTests, ComputeChecksums):
        notebook, resources = step(config=SETTINGS).preprocess(notebook, resources)
    return notebook


def _with_marks(notebook: NotebookNode, asked: list[Exercise], *, numbered: bool) -> NotebookNode:
    """The same notebook, with its marks behind each exercise's title, and in front its number, which Sphinx gives by itself."""
    by_label = {exercise.label: exercise for exercise in asked}

    def title(match: re.Match[str]) -> str:
        exercise = by_label[match["label"]]
        number = f"Exercise {exercise.number}: " if numbered else ""
        marks = f"{exercise.points:g} mark{'s' * (exercise.points != 1)}"
        return f"{match[1]}{{exercise}} {number}{exercise.title}, {marks}\n:label: {exercise.label}\n"

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _EXERCISE.sub(title, cell.source)
    return notebook


def _hidden(source: Path, root: Path, exercise: Exercise) -> list[NotebookNode]:
    """The stub as text, and the cell that executes the solution without showing it."""
    page_name = source.relative_to(root).with_suffix("").as_posix()
    name = exercise.label.removeprefix(f"{source.stem}-")
    execute = f'from exercises import reference\nexec(reference("{page_name}", "{name}"))'
    return [
        nbformat.v4.new_markdown_cell(f"```python\n{exercise.stub}\n```"),
        nbformat.v4.new_code_cell(execute, metadata={"tags": ["remove-cell"]}),
    ]


def _shown(cell: NotebookNode, exercise: Exercise) -> list[NotebookNode]:
    """The stub as text, and the solution behind a fold."""
    cell.source = exercise.reference
    cell.metadata["tags"] = ["hide-input"]
    cell.metadata["mystnb"] = {"code_prompt_show": "Show the solution", "code_prompt_hide": "Hide the solution"}
    return [nbformat.v4.new_markdown_cell(f"```python\n{exercise.stub}\n```"), cell]


def _shown_to_teachers(cell: NotebookNode, tags: set[str]) -> NotebookNode:
    if OTHER in tags:
        return _box("Also right", f"```python\n{cell.source}\n```")
    says, _, answer = cell.source.partition("\n")
    return _box(f"Wrong: “{says.removeprefix('# Says:').strip()}”", f"```python\n{answer}\n```")


def _box(title: str, text: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(f"::::{{admonition}} {title}\n:class: dropdown\n\n{text}\n::::")


def _grade_id(cell: NotebookNode) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def _first_number(source: Path, root: Path) -> int:
    """The number of the sheet's first exercise: they are counted through the book."""
    before = [sheet for sheet in sheets(root)]
    before = before[: before.index(source)] if source in before else []
    return 1 + sum(len(_EXERCISE.findall(sheet.read_text(encoding="utf8"))) for sheet in before)
