"""The table of the page "Status" that says how long each chapter takes to read, and to run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import notebooks
from budget_table import link_to, tree
from costs import costs
from execution import Cost
from exercises import is_sheet
from reading_time import counts, promised

ROOT = Path(__file__).parents[2]


class reading_times_place(nodes.General, nodes.Element):  # noqa: N801  (docutils names nodes so)
    """Where the table will stand, once all chapters have been executed."""


class ReadingTimes(SphinxDirective):
    """``{reading-times}``: for each chapter what was counted, the minutes that it makes, those of its box, and the run."""

    def run(self) -> list[nodes.Node]:
        return [reading_times_place()]


class _FillIn(SphinxPostTransform):
    default_priority = 8  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        for placeholder in list(self.document.findall(reading_times_place)):
            taken = costs(built=Path(self.app.outdir).parent / "jupyter_execute")
            placeholder.replace_self(table(taken, self.env.docname))


def table(taken: dict[str, Cost | None], shown_on: str, root: Path = ROOT) -> nodes.table:
    """The table as a tree of docutils."""
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
    app.add_node(reading_times_place)
    app.add_directive("reading-times", ReadingTimes)
    app.add_post_transform(_FillIn)
