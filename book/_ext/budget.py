"""What each chapter costs to execute, and whether it keeps to its share in ``book/budget.csv``.

The cost is measured when a chapter is executed (``execution.py``) and kept with its outputs, so that a chapter that comes from
the cache has the cost of the run that made them.

``python book/_ext/budget.py check``: does every chapter keep to its share? For the book that ``make book`` has built.
``python book/_ext/budget.py write [PAGE …]``: new shares from what was measured, for all chapters or for those named.
"""

from __future__ import annotations

import argparse
import csv
import sys
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache.executors import utils
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import notebooks
from execution import COST, MEASURABLE, Cost, measured

ROOT = Path(__file__).parents[2]
SHARES = ROOT / "book" / "budget.csv"

#: A share is so many times what was measured: a busy machine may add 30 % here and there, twice the work is noticed.
ROOM = 1.5


def cost(executed: Path) -> Cost | None:
    """What an executed notebook says about its cost."""
    if not executed.exists():
        return None
    found = nbformat.read(executed, as_version=4).metadata.get(COST)
    return Cost(**found) if found else None


def costs(root: Path = ROOT, built: Path = notebooks.EXECUTED) -> dict[str, Cost | None]:
    """Page → its cost, in the order of the book."""
    pages = [source.relative_to(root).with_suffix("") for source in notebooks.sources(root)]
    return {page.as_posix(): cost((built / page).with_suffix(".ipynb")) for page in pages}


# --- compared with the shares ------------------------------------------------------------------------------------------------


def shares(file: Path = SHARES) -> dict[str, float]:
    """Page → the loops that it may take.

    Raises
    ------
    ValueError
        If a line is not a page and a positive number, or a page has two.
    """
    found: dict[str, float] = {}
    with file.open(encoding="utf8", newline="") as lines:
        for number, line in enumerate(csv.reader(lines), start=1):
            if number == 1:
                continue
            try:
                page, share = line[0], float(line[1])
            except (IndexError, ValueError):
                page, share = "", 0
            if len(line) != 2 or not page or not 0 < share < float("inf") or page in found:
                raise ValueError(f"{file.name}, line {number}: {','.join(line)!r} is not a page, once, and a positive number")
            found[page] = share
    return found


def complaints(measured: dict[str, Cost | None], allowed: dict[str, float]) -> list[str]:
    """What is wrong: one sentence for each chapter that takes too much, was not measured or has no share, or is gone."""
    found = [f"{page} has a share, and is no notebook of the book: remove its line" for page in allowed if page not in measured]
    for page, taken in measured.items():
        if taken is None:
            found.append(f"{page} was not measured: run `make clean book`")
        elif page not in allowed:
            found.append(f"{page} has no share: it took {taken.loops:.0f} loops, so add the line {page},{share_for(taken)}")
        elif taken.loops > allowed[page]:
            found.append(
                f"{page} took {taken.loops:.0f} loops, more than its share of {allowed[page]:g}: make it faster, or, if the "
                f"time is well spent, give it a new share: python book/_ext/budget.py write {page}"
            )
    return found


def share_for(taken: Cost) -> int:
    """The share of a chapter that took so much: a round number above it.

    >>> share_for(Cost(clock=12.0, cpu=10.1, loop=0.1))
    160
    """
    return 10 * -int(-ROOM * taken.loops // 10)


def write(file: Path, measured: dict[str, Cost | None], pages: list[str]) -> None:
    """Give new shares to some pages, to all if none is named; lines of pages that are gone go.

    Raises
    ------
    ValueError
        If a page is no notebook of the book, or was not measured.
    """
    for page in pages or measured:
        if measured.get(page) is None:
            raise ValueError(f"{page} was not measured, or is no notebook of the book")
    kept = shares(file) if pages else {}
    kept |= {page: share_for(measured[page]) for page in pages or measured}
    lines = [f"{page},{kept[page]:g}" for page in measured if page in kept]
    file.write_text("\n".join(["chapter,loops", *lines]) + "\n", encoding="utf8")


# --- shown on the page "Status" ----------------------------------------------------------------------------------------------


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
        link = pending_xref("", nodes.inline(text=page), refdoc=shown_on, reftype="doc", refdomain="std", refexplicit=False)
        link["reftarget"], link["refwarn"] = f"/{page}", True
        rows.append([link, *_numbers(taken), f"{allowed[page]:g}" if page in allowed else "–"])
    known = [taken for taken in measured.values() if taken]
    clock, cpu, loops = (sum(getattr(taken, name) for taken in known) for name in ("clock", "cpu", "loops"))
    rows.append(["Total", f"{clock:.1f}", f"{cpu:.1f}", f"{loops:.0f}", f"{sum(allowed.values()):g}"])
    return _tree(["Chapter", "Time, s", "CPU, s", "Loops", "Share"], rows)


def _numbers(taken: Cost | None) -> list[str]:
    return [f"{taken.clock:.1f}", f"{taken.cpu:.1f}", f"{taken.loops:.0f}"] if taken else ["–"] * 3


def _tree(titles: list[str], rows: list[list[str | nodes.Node]]) -> nodes.table:
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in titles), cols=len(titles))
    group += nodes.thead("", _row(titles))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group, classes=["colwidths-auto"])


def _row(cells: list[str | nodes.Node]) -> nodes.row:
    parts = [nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells]
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", part)) for part in parts))


def setup(app: Sphinx) -> None:
    utils.executenb = partial(measured, utils.executenb)
    app.add_node(_Placeholder)
    app.add_directive("chapter-times", ChapterTimes)
    app.add_post_transform(_FillIn)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["check", "write"])
    parser.add_argument("page", nargs="*")
    arguments = parser.parse_args()
    if not MEASURABLE:
        print("This system does not tell the CPU time of a kernel: costs are neither measured nor compared.")
        return
    try:
        taken = costs()
        if arguments.action == "write":
            write(SHARES, taken, arguments.page)
        wrong = complaints(taken, shares())
    except (OSError, ValueError) as error:
        sys.exit(f"budget: {error}")
    if wrong:
        sys.exit("\n".join(["The book does not keep to book/budget.csv:", *wrong]))
    print(f"{len(taken)} chapters keep to their shares in book/budget.csv.")


if __name__ == "__main__":
    main()
