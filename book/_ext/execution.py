"""Notebooks are executed, and what that costs is measured.

The cost is the CPU time that the notebook's kernel took, divided by that of a fixed loop (``calibration.py``) that runs now and
then beside it: seconds depend on the machine and on what else it does, the quotient hardly does.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any

from nbformat import NotebookNode

import streams

try:
    import resource
except ImportError:  # Windows, which does not tell what a process's children took
    resource = None

#: Whether this system tells the CPU time of a kernel.
MEASURABLE = resource is not None

#: Under this key of its metadata an executed notebook says what that cost.
COST = "cost"

#: Seconds between two loops beside a notebook: they take a twentieth of one core.
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
    if not MEASURABLE:
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
    import calibration  # it imports PyTorch, which a build that executes nothing need not wait for

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


def serve(connection: Connection) -> None:
    """Execute the notebooks that come, and send back each outcome, until no more come; the main function of a process."""
    with suppress(EOFError, KeyboardInterrupt), connection:
        while True:
            notebook, options = connection.recv()
            try:
                measured(streams.execute, notebook, **options)
            except Exception as error:
                connection.send((False, error))
            else:
                connection.send((True, notebook))
