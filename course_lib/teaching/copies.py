"""Calls a function in a copy of this process (a fork), which is killed when its time is up.

That also ends a loop inside a compiled library, and survives a crash; it is safe on Linux only. What the call answers
travels as JSON, never as pickled objects.
"""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, NamedTuple

#: What a copy may take beyond what the process has already, in bytes.
MEMORY = 4 * 2**30

_LONGEST_ANSWER = 16 * 2**20

# A copy that others keep from computing gets so many times as long; one that has computed for nine tenths of its time does not.
_PATIENCE, _COMPUTED = 3, 0.9


class Report(NamedTuple):
    """How a call ended: ``"done"`` with what it answered, ``"late"`` when its time was up, or ``"died"`` without an answer."""

    state: str
    value: Any = None


def in_a_copy(function: Callable[[], Any], seconds: float) -> Report:
    """What `apart.call_apart` does where copies are safe."""
    child, (reader, writer) = None, os.pipe()
    try:
        with _interruptions_held():
            child = _fork(function, writer)
        os.close(writer)
        line = _read_line(reader, child, seconds)
    finally:  # also when the reader of the notebook interrupts
        os.close(reader)
        if child is not None:
            with _interruptions_held():  # who presses twice shall not leave the copy running
                _end(child)
    if line is None:
        return Report("late")
    if line.endswith(b"\n"):
        with suppress(ValueError):  # somebody else has written into the pipe
            return Report("done", json.loads(line))
    return Report("died")


@contextmanager
def _interruptions_held() -> Iterator[None]:
    """Keep an interruption for the end, where it is raised.

    What libraries do around a fork is called by Python in a way that drops exceptions: an interruption raised there would get
    lost, and the notebook would wait until the copy's time is up.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield  # nothing is raised, or not here
        return
    held: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda *interruption: held.append(interruption))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if held:
        handler(*held[0])


def _fork(function: Callable[[], Any], writer: int) -> int:
    """Start the copy; returns the number of its process."""
    with warnings.catch_warnings():
        # Python 3.12 warns that other threads do not exist in the copy; the copy needs none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _answer_and_exit(function, writer)
    return child


def _end(child: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)  # in case it had not yet become a group of its own
    os.waitpid(child, 0)


def _answer_and_exit(function: Callable[[], Any], writer: int) -> None:
    """What the copy does; it never returns into the notebook's own code."""
    copy = os.getpid()
    try:
        os.setpgid(0, 0)  # so that whatever it starts ends with it
        faulthandler.disable()  # a crash is reported by us
        _limit_memory()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):  # a compiled library may print past Python, or wait for a key
            os.dup2(nowhere, stream)
        answer = json.dumps(function()).encode() + b"\n"
        while answer and os.getpid() == copy:  # a function that forks comes back here twice, and one answer is enough
            answer = answer[os.write(writer, answer) :]
    finally:
        os._exit(0)


def _limit_memory() -> None:
    import resource  # exists on Unix only

    with open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = taken + MEMORY if hard == resource.RLIM_INFINITY else min(taken + MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def _read_line(reader: int, child: int, seconds: float) -> bytes | None:
    """What came up to the end of the line or of the pipe; None if neither came in time."""
    parts, length, start = [], 0, time.monotonic()
    while (passed := time.monotonic() - start) < _PATIENCE * seconds:
        if passed >= seconds and _computed(child) >= _COMPUTED * seconds:
            return None
        if not select.select([reader], [], [], max(seconds - passed, seconds / 10))[0]:
            continue
        part = os.read(reader, 2**16)
        parts.append(part)
        length += len(part)
        if not part or part.endswith(b"\n") or length > _LONGEST_ANSWER:
            return b"".join(parts)
    return None


def _computed(child: int) -> float:
    """The seconds for which a process has had a processor; without end once it is gone."""
    try:
        with open(f"/proc/{child}/stat", encoding="ascii", errors="replace") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
    except OSError:
        return float("inf")
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
