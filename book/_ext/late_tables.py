"""Tables of what is known only when all chapters have been executed.

A directive leaves an empty place when its page is read; when the page is written, the place takes its table.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from costs import costs
from execution import Cost

#: From what the chapters have cost and what Sphinx knows, as `docname` the page on which the table stands, to the table.
Table = Callable[[dict[str, Cost | None], BuildEnvironment], nodes.table]


class late_table(nodes.General, nodes.Element):  # noqa: N801  (docutils names nodes so)
    """An empty place, with the function that makes its table."""


def add_late_table(app: Sphinx, name: str, table: Table, *reads: Path) -> None:
    """Add a directive that is such a table; its page is read again when one of the files changes that the table reads."""

    class LateTable(SphinxDirective):
        def run(self) -> list[nodes.Node]:
            for file in reads:
                self.env.note_dependency(str(file))
            return [late_table(table=table)]

    app.add_directive(name, LateTable)


class _FillIn(SphinxPostTransform):
    default_priority = 8  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(late_table)):
            taken = costs(built=Path(self.app.outdir).parent / "jupyter_execute")
            place.replace_self(place["table"](taken, self.env))


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
    app.add_node(late_table)
    app.add_post_transform(_FillIn)
