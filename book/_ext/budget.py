"""What each chapter costs to execute, and whether it keeps to its share in ``book/budget.csv``.

The cost is the CPU time that the chapter's kernel took, divided by that of a fixed loop (``calibration.py``) that runs now and
then beside it: seconds depend on the machine and on what else it does, the quotient hardly does. It is kept with the chapter's
outputs, so that a chapter that comes from the cache has the cost of the run that made them.

``python book/_ext/budget.py check``: does every chapter keep to its share? For the book that ``make book`` has built.
``python book/_ext/budget.py write [PAGE …]``: new shares from what was measured, for all chapters or for those named.
"""

from __future__ import annotations

import argparse
import csv
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache.executors import utils
from nbformat import NotebookNode
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import calibration
import notebooks
from freshness import COST

try:
    import resource
except ImportError:  # Windows, which does not tell what a process's children took
    resource = None

ROOT = Path(__file__).parents[2]
SHARES = ROOT / "book" / "budget.csv"

#: Seconds between two loops beside a chapter: they take a twentieth of one core.
PAUSE = 2.0

#: A share is so many times what was measured: a busy machine may add 30 % here and there, twice the work is noticed.
ROOM = 1.5


@dataclass(frozen=True)
class Cost:
    """What one execution of a chapter took: seconds on the clock, seconds of CPU time, and those of one calibration loop."""

    clock: float
    cpu: float
    loop: float

    @property
    def loops(self) -> float:
        """The cost of the chapter in calibration loops, which hardly depends on the machine."""
        return self.cpu / self.loop


# --- measured, when a chapter is executed ------------------------------------------------------------------------------------


def measured(execute: Callable[..., Any], notebook: NotebookNode, **options: Any) -> NotebookNode:
    """Execute a notebook and write into its metadata what that cost."""
    if not resource:
        return execute(notebook, **options)
    clock, cpu = time.monotonic(), _of_children()
    with _loops_beside() as loops:
        execute(notebook, **options)
    clock, cpu = time.monotonic() - clock, _of_children() - cpu  # nothing else in a build starts processes meanwhile
    taken = Cost(clock, cpu, statistics.median(loops))
    notebook.metadata[COST] = {name: round(value, 4) for name, value in asdict(taken).items()}
    return notebook


@contextmanager
def _loops_beside() -> Iterator[list[float]]:
    """The times of calibration loops: one at the beginning, one after each pause, one at the end.

    What slows the kernel down, other processes above all, so slows down the loops in the same measure.
    """
    times, ended = [], threading.Event()

    def loop() -> None:
        while not ended.wait(PAUSE):
            times.append(calibration.loop_seconds())

    calibration.loop_seconds()  # the first picture of a process loads fonts
    times.append(calibration.loop_seconds())
    beside = threading.Thread(target=loop)
    beside.start()
    try:
        yield times
    finally:
        ended.set()
        beside.join()
    times.append(calibration.loop_seconds())


def _of_children() -> float:
    """The CPU seconds of all processes that this one has started and that have ended: a chapter's kernel is one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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
    if not resource:
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
