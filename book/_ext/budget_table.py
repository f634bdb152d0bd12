"""The table of the page "Status": what each chapter took, and its share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from budget import SHARES, shares
from costs import costs
from execution import Cost


class _Placeholder(nodes.General, nodes.Element):
    """Where the table will stand, once all chapters have been read."""


class ChapterTimes(SphinxDirective):
    """``{chapter-times}``: for each chapter the seconds it took, the loops, and its share of them; and the total."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(SHARES))
        return [_Placeholder()]


class _FillIn(SphinxPostTransform):
    default_priority = 8  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        for placeholder in list(self.document.findall(_Placeholder)):
            built = Path(self.app.outdir).parent / "jupyter_execute"
            placeholder.replace_self(table(costs(built=built), shares(), self.env.docname))


def table(measured: dict[str, Cost | None], allowed: dict[str, float], shown_on: str) -> nodes.table:
    """The table as a tree of docutils: chapter, seconds on the clock, seconds of CPU time, loops, share."""
    rows = []
    for page, taken in measured.items():
        rows.append([link_to(page, shown_on), *_numbers(taken), f"{allowed[page]:g}" if page in allowed else "–"])
    known = [taken for taken in measured.values() if taken]
    clock, cpu, loops = (sum(getattr(taken, name) for taken in known) for name in ("clock", "cpu", "loops"))
    rows.append(["Total", f"{clock:.1f}", f"{cpu:.1f}", f"{loops:.0f}", f"{sum(allowed.values()):g}"])
    return tree(["Chapter", "Time, s", "CPU, s", "Loops", "Share"], rows)


def _numbers(taken: Cost | None) -> list[str]:
    return [f"{taken.clock:.1f}", f"{taken.cpu:.1f}", f"{taken.loops:.0f}"] if taken else ["–"] * 3


def link_to(page: str, shown_on: str) -> pending_xref:
    """A link to a page that says its title."""
    link = pending_xref("", nodes.inline(text=page), refdoc=shown_on, reftype="doc", refdomain="std", refexplicit=False)
    link["reftarget"], link["refwarn"] = f"/{page}", True
    return link


def tree(titles: list[str], rows: list[list[str | nodes.Node]]) -> nodes.table:
    """A table as a tree of docutils."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in titles), cols=len(titles))
    group += nodes.thead("", _row(titles))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["colwidths-auto"])


def _row(cells: list[str | nodes.Node]) -> nodes.row:
    parts = [nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells]
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", part)) for part in parts))


def setup(app: Sphinx) -> None:
    app.add_node(_Placeholder)
    app.add_directive("chapter-times", ChapterTimes)
    app.add_post_transform(_FillIn)
