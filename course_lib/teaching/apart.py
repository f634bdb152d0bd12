"""Calls somebody's function where it can neither hang nor end the notebook, nor change anything in it.

On Linux the call is made in a copy of this process. Elsewhere a copy is not safe or does not exist; there the call is made in
place, and an exception ends it at the next line of Python.
"""

from __future__ import annotations

import _thread
import json
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from course_lib.teaching.copies import Report, in_a_copy

#: Whether calls are made in a copy of the process.
HAS_COPIES = sys.platform.startswith("linux")


class TimeIsUpError(BaseException):
    """Raised inside a call made in place whose time is up; no `Exception`, so that ``except Exception`` lets it through."""


def call_apart(function: Callable[[], Any], seconds: float, *, copy: bool = HAS_COPIES) -> Report:
    """Call a function without arguments, for a limited time, away from everything else.

    Parameters
    ----------
    function : returns something that JSON can write; handles its own exceptions (one that it does not handle counts as death).
    seconds : its time. A copy that has had less of a processor than that, because the machine is busy, gets up to three times
        as long by the clock.
    copy : whether to call it in a copy of this process; by default where that is safe.
    """
    return in_a_copy(function, seconds) if copy else _in_place(function, seconds)


def _in_place(function: Callable[[], Any], seconds: float) -> Report:
    """Call here, in the main thread; when the time is up, every line that the call still executes raises an exception."""
    here, finished = sys._getframe(), threading.Event()

    def remind() -> None:
        wait = seconds
        while not finished.wait(wait):
            _thread.interrupt_main(signal.SIGTERM)  # runs `end` below in the main thread; nothing is sent to the process
            wait = 0.01

    def end(signum: int, frame: FrameType | None) -> None:
        if over:
            return
        # One exception is not enough: a bare `except` in a loop may catch it. The line that catches it raises another.
        while frame is not None and frame is not here:
            frame.f_trace = _raise_at_the_next_line
            frame = frame.f_back
        sys.settrace(_raise_at_the_next_line)
        raise TimeIsUpError

    over, state, value = False, "done", None
    clock, before, tracer = threading.Thread(target=remind, daemon=True), signal.signal(signal.SIGTERM, end), sys.gettrace()
    clock.start()
    try:
        value = function()
    except KeyboardInterrupt:
        raise
    except TimeIsUpError:
        state = "late"
    except BaseException:
        state = "died"
    finally:
        over = True
        sys.settrace(tracer)  # before anything that would be traced
        finished.set()
        clock.join()
        signal.signal(signal.SIGTERM, before)
    return _as_json(value) if state == "done" else Report(state)


def _as_json(value: Any) -> Report:
    try:
        return Report("done", json.loads(json.dumps(value)))
    except (TypeError, ValueError):
        return Report("died")


def _raise_at_the_next_line(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
    if event == "line":
        raise TimeIsUpError
    return _raise_at_the_next_line
