"""nbgrader's marking of one submission, with two steps of ours: forged and missing cells are restored, some cells left out.

It tells what happens in lines of JSON: ``{"cell": number, "text": its first line}`` before a cell runs, ``{"late": number}`` or
``{"exit": number}`` when it has used up its time or called ``exit``, ``{"restored": [names]}`` for cells that were missing.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Int, Set
from traitlets.config import Config

STUDENT = "student"

ALL = -1  # instead of the number of a cell that is left out: all but the checks
LEFT_OUT = "raise RuntimeError('This cell was left out by the marking.')"


def mark(sheet: str, told: int, left_out: set[int]) -> None:
    """Mark the sheet of the only student in the course folder where this process stands.

    Parameters
    ----------
    sheet : its name.
    told : the file descriptor that gets the lines.
    left_out : numbers of cells.
    """
    config = Config(json.loads(Path("nbgrader_config.json").read_text(encoding="utf8")))
    config.CourseDirectory.update({"root": str(Path.cwd()), "assignment_id": sheet, "student_id": STUDENT})
    config.Telling.told, config.Watched.left_out = told, left_out
    steps = Autograde.class_traits()
    config.Autograde.sanitize_preprocessors = [Restore, *steps["sanitize_preprocessors"].default()]
    config.Autograde.autograde_preprocessors = [
        Watched if step is Execute else step for step in steps["autograde_preprocessors"].default()
    ]
    Autograde(coursedir=CourseDirectory(config=config), config=config).start()


def restore(notebook: NotebookNode, released: NotebookNode) -> list[str]:
    """Give the sheet's cells in a student's notebook nbgrader's metadata as they were released, and put missing cells back.

    Returns the names of the cells that were missing. Whatever else claims to be nbgrader's is an ordinary cell from here on.
    """
    wanted = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if "nbgrader" in cell.metadata}
    places: dict[str, int] = {}
    for index, cell in enumerate(notebook.cells):
        grader = cell.metadata.pop("nbgrader", None)
        name = grader.get("grade_id") if isinstance(grader, dict) else None
        if isinstance(name, str) and name in wanted:
            if name in places:  # copied by the student: as for nbgrader, the last one counts
                del notebook.cells[places[name]].metadata["nbgrader"]
            cell.metadata["nbgrader"] = copy.deepcopy(wanted[name].metadata.nbgrader)
            places[name] = index
    missing = [name for name in wanted if name not in places]
    before = -1
    for name, cell in wanted.items():
        if name in missing:
            before += 1
            notebook.cells.insert(before, copy.deepcopy(cell))
            places = {other: place + (place >= before) for other, place in places.items()}
        else:
            before = places[name]
    return missing


class Telling(NbGraderPreprocessor):
    """A step that tells what happens to whoever started this process."""

    told = Int().tag(config=True)

    def say(self, **news: Any) -> None:
        """One line."""
        os.write(self.told, json.dumps(news).encode() + b"\n")


class Restore(Telling):
    """nbgrader's step before all others: `restore`."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """See `restore`."""
        names = resources["nbgrader"]
        released = nbformat.read(Path("release", names["assignment"], f"{names['notebook']}.ipynb"), as_version=4)
        self.say(restored=restore(nb, released))
        return nb, resources


class Watched(Telling, Execute):
    """nbgrader's step that executes the cells, which tells where it is, and leaves out some."""

    left_out = Set().tag(config=True)

    def execute_cell(self, cell: NotebookNode, cell_index: int, **options: Any) -> NotebookNode:
        """Execute one cell, or what stands in its place."""
        if cell.cell_type == "code":
            self.say(cell=cell_index, text=cell.source.strip().partition("\n")[0][:60])
            is_check = cell.metadata.get("nbgrader", {}).get("grade", False)
            if cell_index in self.left_out or (ALL in self.left_out and not is_check):
                cell.source = "\n".join([LEFT_OUT, *(f"# {line}" for line in cell.source.splitlines())])
        return super().execute_cell(cell, cell_index, **options)

    def on_cell_executed(self, **happened: Any) -> None:
        """Tell of a cell that has used up its time, or has asked Python to end after it."""
        super().on_cell_executed(**happened)
        if any(output.get("ename") == "CellTimeoutError" for output in happened["cell"].outputs):
            self.say(late=happened["cell_index"])
        if any(asked.get("source") == "ask_exit" for asked in happened["execute_reply"]["content"].get("payload", [])):
            self.say(exit=happened["cell_index"])
            os._exit(1)  # Python would end a tenth of a second later, amid whichever cell runs then
