"""What each chapter costs to execute.

The cost is the CPU time that the chapter's kernel took, divided by that of a fixed loop (``calibration.py``) that runs now and
then beside it: seconds depend on the machine and on what else it does, the quotient hardly does. It is kept with the chapter's
outputs, so that a chapter that comes from the cache has the cost of the run that made them.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache.executors import utils
from nbformat import NotebookNode
from sphinx.application import Sphinx

import calibration
import notebooks
from freshness import COST

try:
    import resource
except ImportError:  # Windows, which does not tell what a process's children took
    resource = None

ROOT = Path(__file__).parents[2]

#: Seconds between two loops beside a chapter: they take a twentieth of one core.
PAUSE = 2.0


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


def setup(app: Sphinx) -> None:
    utils.executenb = partial(measured, utils.executenb)
