"""Notebooks made from the Markdown chapters: with the outputs that the book shows, or blank.

``python book/_ext/notebooks.py executed FOLDER`` is for nbval, which runs them again and compares;
``python book/_ext/notebooks.py blank FOLDER`` is for readers who want .ipynb files.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import jupytext
import nbformat

from equations import chapters
from freshness import is_notebook

ROOT = Path(__file__).parents[2]
EXECUTED = ROOT / "_build" / "jupyter_execute"


def sources(root: Path = ROOT) -> list[Path]:
    """The Markdown files of the book that are notebooks, in its order."""
    return [page for page in chapters(root) if is_notebook(page.read_text(encoding="utf8"))]


def with_outputs(source: Path, executed: Path) -> nbformat.NotebookNode:
    """The notebook that jupytext makes of `source`, with the outputs of the notebook that the book was built from.

    Raises
    ------
    ValueError
        If the book was built from other cells, or there is no executed notebook.
    """
    if not executed.exists():
        raise ValueError(f"{source.name} was not executed: there is no {executed}; run `make book`")
    notebook, built = jupytext.read(source), nbformat.read(executed, as_version=4)
    cells, outputs = ([cell for cell in one.cells if cell.cell_type == "code"] for one in (notebook, built))
    if [cell.source.strip() for cell in cells] != [cell.source.strip() for cell in outputs]:
        raise ValueError(f"{source.name} has changed since the book was built; run `make book`")
    if any(cell.execution_count is None for cell in outputs if cell.source.strip()):
        raise ValueError(f"{source.name}: the book was built without executing it; run `make clean book`")
    for cell, output in zip(cells, outputs, strict=True):
        cell.outputs, cell.execution_count = output.outputs, output.execution_count
    return notebook


def write(kind: str, folder: Path) -> list[Path]:
    """Write one .ipynb for each chapter into an emptied `folder`, laid out as in the book."""
    shutil.rmtree(folder, ignore_errors=True)
    written = []
    for source in sources():
        target = (folder / source.relative_to(ROOT)).with_suffix(".ipynb")
        executed = (EXECUTED / source.relative_to(ROOT)).with_suffix(".ipynb")
        notebook = jupytext.read(source) if kind == "blank" else with_outputs(source, executed)
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, target)
        written.append(target)
    return written


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["executed", "blank"])
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    for notebook in write(arguments.kind, arguments.folder):
        print(notebook)


if __name__ == "__main__":
    main()
