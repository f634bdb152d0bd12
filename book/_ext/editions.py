"""The editions of an exercise sheet: the student's notebook, the teacher's, and the page, with solutions or without.

All are made from the one source that ``exercises.py`` reads.
"""

from __future__ import annotations

import re
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from exercises import EXERCISE, OTHER, REGION, ROOT, WRONG, Exercise, exercises, released
from plain import plain_markdown

BY_HAND = "Written in the notebook, in words and formulas, and marked by hand."

#: What a solution is folded under. No page for students has it.
SHOW_SOLUTION = "Show the solution"

_HIDDEN_TESTS = re.compile(r"^[ \t]*### BEGIN HIDDEN TESTS.*?^[ \t]*### END HIDDEN TESTS[ \t]*$", re.M | re.S)


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
    return released(teachers_notebook(source, root))


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
                cell.source = REGION.sub("", cell.source) if teachers else _HIDDEN_TESTS.sub("", cell.source).rstrip()
                cell.metadata["tags"] = [] if teachers else ["remove-output"]
            cells.append(cell)
    notebook.cells = cells
    return jupytext.writes(notebook, fmt="md:myst")


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
            cell.source = EXERCISE.sub(title, cell.source)
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
    cell.metadata["mystnb"] = {"code_prompt_show": SHOW_SOLUTION, "code_prompt_hide": "Hide the solution"}
    return [nbformat.v4.new_markdown_cell(f"```python\n{exercise.stub}\n```"), cell]


def _shown_to_teachers(cell: NotebookNode, tags: set[str]) -> NotebookNode:
    if OTHER in tags:
        return _box("Also right", f"```python\n{cell.source}\n```")
    says, _, answer = cell.source.partition("\n")
    return _box(f"Wrong: “{says.removeprefix('# Says:').strip()}”", f"```python\n{answer}\n```")


def _box(title: str, text: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(f"::::{{admonition}} {title}\n:class: dropdown\n\n{text}\n::::")
