"""The table of the page "Status" that says how long each chapter takes to read, and to run."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

import notebooks
from execution import Cost
from exercises import is_sheet
from late_tables import add_late_table, link_to, tree
from reading_time import counts, promised

ROOT = Path(__file__).parents[2]


def table(taken: dict[str, Cost | None], shown_on: str, root: Path = ROOT) -> nodes.table:
    """For each chapter what was counted, the minutes that it makes, those of its box, and the run."""
    rows = []
    for page, cost in taken.items():
        source = root / f"{page}.md"
        text = source.read_text(encoding="utf8")
        seconds, box = f"{cost.clock:.0f}" if cost else "–", promised(text) or "–"
        if is_sheet(text):
            cells = ["–", f"{box} (estimate)", seconds, *["–"] * 4]
        else:
            found = counts(notebooks.as_executed(source))
            numbers = (found.words, found.formulas + found.equations, found.lines, found.figures + found.explorations)
            cells = [f"{found.minutes:.0f}", box, seconds, *map(str, numbers)]
        rows.append([link_to(page, shown_on), *cells])
    titles = ["Chapter", "Counted, min", "Its box says", "Runs, s", "Words", "Formulas", "Lines of code", "Pictures"]
    return tree(titles, rows)


def setup(app: Sphinx) -> None:
    add_late_table(app, "reading-times", table)
