"""Exercise sheets as pages: the stub instead of the solution, and buttons that lead to the student's notebook."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from docutils import nodes
from sphinx.application import Sphinx

from editions import page, students_notebook
from exercises import is_sheet

EXTENSION = Path(__file__).parent


def teachers_edition() -> bool:
    """Whether the book is built with solutions: ``EDITION=teachers`` says so."""
    return os.environ.get("EDITION", "") == "teachers"


def _write_page(app: Sphinx, docname: str, source: list[str]) -> None:
    if is_sheet(source[0]):
        source[0] = page(Path(app.env.doc2path(docname)), teachers=teachers_edition())


def _launch_students_notebook(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the rocket open the student's notebook, which takes the source's place in Binder."""
    source = Path(app.srcdir, f"{pagename}.md")
    if source.exists() and is_sheet(source.read_text(encoding="utf8")):
        _replace(context.get("header_buttons", []), f"tree/{pagename}.md", f"tree/{pagename}.ipynb")


def _replace(buttons: list[dict[str, Any]], old: str, new: str) -> None:
    for button in buttons:
        _replace(button.get("buttons", []), old, new)
        if "url" in button:
            button["url"] = button["url"].replace(old, new)


def _offer_students_notebook(app: Sphinx, error: Exception | None) -> None:
    """Put the student's notebook where Sphinx, which writes a page, has copied its source: buttons download it from there."""
    if error or app.builder.format != "html":
        return
    for docname in app.env.found_docs:
        source = Path(app.env.doc2path(docname))
        copied = Path(app.outdir, "_sources", source.relative_to(app.srcdir))
        text = source.read_text(encoding="utf8")
        if is_sheet(text) and copied.read_text(encoding="utf8") == text:
            notebook = students_notebook(source)
            nbformat.write(notebook, copied.with_suffix(".ipynb"))
            jupytext.write(notebook, copied, fmt="md:myst")


def setup(app: Sphinx) -> None:
    # The kernels that execute the pages ask this folder for the solutions.
    os.environ["PYTHONPATH"] = os.pathsep.join([str(EXTENSION), *filter(None, [os.environ.get("PYTHONPATH")])])
    app.connect("source-read", _write_page, priority=400)  # before the page gets its key in the cache
    app.connect("html-page-context", _launch_students_notebook, priority=900)
    app.connect("build-finished", _offer_students_notebook)
