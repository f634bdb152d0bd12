"""The table of the page "Status" that says how long each chapter takes to read, and to run."""

from __future__ import annotations

from pathlib import Path

import jupytext
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from execution import Cost
from exercises import is_sheet
from freshness import is_notebook
from late_tables import add_late_table, link_to, tree
from reading_time import Counts, counts, promised

ROOT = Path(__file__).parents[2]


def table(taken: dict[str, Cost | None], env: BuildEnvironment, root: Path = ROOT) -> nodes.table:
    """For each chapter what was counted, the minutes that it makes, those of its box, and the run."""
    rows = []
    for page, cost in taken.items():
        text = (root / f"{page}.md").read_text(encoding="utf8")
        seconds, box = f"{cost.clock:.0f}" if cost else "–", promised(text) or "–"
        if is_sheet(text):
            cells = ["–", f"{box} (estimate)", seconds, *["–"] * 4]
        else:
            found = counted(env)[page]
            numbers = (found.words, found.formulas + found.equations, found.lines, found.figures + found.explorations)
            cells = [f"{found.minutes:.0f}", box, seconds, *map(str, numbers)]
        rows.append([link_to(page, env.docname), *cells])
    titles = ["Chapter", "Counted, min", "Its box says", "Runs, s", "Words", "Formulas", "Lines of code", "Pictures"]
    return tree(titles, rows)


def counted(env: BuildEnvironment) -> dict[str, Counts]:
    """What is in each chapter, from when it was read last."""
    if not hasattr(env, "course_counts"):
        env.course_counts = {}
    return env.course_counts


def _count(app: Sphinx, docname: str, source: list[str]) -> None:
    text = Path(app.env.doc2path(docname)).read_text(encoding="utf8")  # source[0] is what others have made of it
    if is_notebook(text) and not is_sheet(text):
        counted(app.env)[docname] = counts(jupytext.reads(text, fmt="md:myst"))


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    counted(env).pop(docname, None)


def setup(app: Sphinx) -> None:
    app.connect("source-read", _count)
    app.connect("env-purge-doc", _forget)
    add_late_table(app, "reading-times", table)
