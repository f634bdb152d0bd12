"""Notebooks made from the Markdown sources.

``python book/_ext/notebooks.py executed FOLDER``: with the outputs that the book shows, for nbval, which runs them again.
``python book/_ext/notebooks.py students FOLDER``: what students need, chapters and exercise sheets, and the same as FOLDER.zip.
``python book/_ext/notebooks.py teachers FOLDER``: the solved sheets with their marks, as a course folder of nbgrader.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import jupytext
import nbformat

import editions
import exercises
from archive import write_zip
from atomic import whole_file
from equations import chapters
from freshness import is_notebook
from quiz import with_folded_answers

ROOT = Path(__file__).parents[2]
EXECUTED = ROOT / "_build" / "jupyter_execute"

#: What a student needs besides the notebooks.
BESIDE = (
    "course_lib",
    "jupyter",
    "LICENSE",
    "LICENSE-TEXT",
    "environment.yml",
    "postBuild",
    "pyproject.toml",
    "requirements.lock",
)


def sources(root: Path = ROOT) -> list[Path]:
    """The Markdown files of the book that are notebooks, in its order."""
    return [page for page in chapters(root) if is_notebook(page.read_text(encoding="utf8"))]


def as_executed(source: Path) -> nbformat.NotebookNode:
    """The notebook that the book executes: the source itself, except that a sheet's solutions are not written in it."""
    if exercises.is_sheet(source.read_text(encoding="utf8")):
        return jupytext.reads(editions.page(source), fmt="md:myst")
    return jupytext.read(source)


def with_outputs(source: Path, executed: Path) -> nbformat.NotebookNode:
    """The notebook that the book executes, with the outputs of the notebook that the book was built from.

    Raises
    ------
    ValueError
        If the book was built from other cells, or there is no executed notebook, or it is damaged.
    """
    if not executed.exists():
        raise ValueError(f"{source.name} was not executed: there is no {executed}; run `make book`")
    notebook = as_executed(source)
    try:
        built = nbformat.read(executed, as_version=4)
        nbformat.validate(built)
    except Exception as error:  # nbformat raises whatever comes of a file that is no notebook
        raise ValueError(f"{source.name}: {executed} is damaged; run `make clean book`") from error
    cells, outputs = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (notebook, built))
    if [cell.source.strip() for cell in cells] != [cell.source.strip() for cell in outputs]:
        raise ValueError(f"{source.name} has changed since the book was built; run `make book`")
    if any(cell.execution_count is None for cell in outputs if cell.source.strip()):
        raise ValueError(f"{source.name}: the book was built without executing it; run `make clean book`")
    for cell, output in zip(cells, outputs, strict=True):
        cell.outputs, cell.execution_count = output.outputs, output.execution_count
    return notebook


def for_students(source: Path) -> nbformat.NotebookNode:
    """A chapter without outputs, its quizzes with folded answers, or a sheet's student notebook."""
    if exercises.is_sheet(source.read_text(encoding="utf8")):
        return editions.students_notebook(source)
    notebook = jupytext.read(source)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = with_folded_answers(cell.source)
    return notebook


def write_executed(folder: Path) -> list[Path]:
    """Write one executed .ipynb for each notebook into an emptied `folder`, laid out as in the book."""
    shutil.rmtree(folder, ignore_errors=True)
    return [
        _write(with_outputs(source, (EXECUTED / _place(source)).with_suffix(".ipynb")), folder, source) for source in sources()
    ]


def write_students(folder: Path) -> list[Path]:
    """Write all that a student needs into an emptied `folder`, laid out as in the project, and pack it into ``folder.zip``."""
    shutil.rmtree(folder, ignore_errors=True)
    written = [_write(for_students(source), folder, source) for source in sources()]
    for name in BESIDE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "jupyter" / "students.md", folder / "README.md")
    return [*written, pack(folder)]


def write_teachers(folder: Path) -> list[Path]:
    """Write each sheet with its solutions into nbgrader's course folder; what else is there, submissions above all, stays."""
    settings = folder / "nbgrader_config.py"
    folder.mkdir(parents=True, exist_ok=True)
    if not settings.exists():
        shutil.copy(ROOT / "jupyter" / "nbgrader_config.py", settings)
    written = [settings]
    for source in exercises.sheets():
        target = folder / "source" / source.stem / f"{source.stem}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(editions.teachers_notebook(source), target)
        written.append(target)
    return written


def pack(folder: Path) -> Path:
    """Pack a folder into a zip file beside it that is the same, byte by byte, whenever its files are."""
    archive = folder.with_suffix(".zip")
    files = {f"course/{path.relative_to(folder).as_posix()}": path for path in folder.rglob("*") if path.is_file()}
    with whole_file(archive) as file:
        write_zip(file, {name: path.read_bytes() for name, path in files.items()})
    return archive


def _place(source: Path) -> Path:
    return source.relative_to(ROOT)


def _write(notebook: nbformat.NotebookNode, folder: Path, source: Path) -> Path:
    target = (folder / _place(source)).with_suffix(".ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    for index, cell in enumerate(notebook.cells):
        cell.id = f"cell-{index}"  # jupytext draws them at random
    nbformat.write(notebook, target)
    return target


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    kinds = {"executed": write_executed, "students": write_students, "teachers": write_teachers}
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    for file in kinds[arguments.kind](arguments.folder):
        print(file)


if __name__ == "__main__":
    main()
