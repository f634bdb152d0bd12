"""One call of a student's function, and what can be said about it before asking whether it is right."""

from __future__ import annotations

import builtins
import copy
import inspect
import io
import linecache
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stderr, redirect_stdout
from typing import Any, NamedTuple

import numpy as np

from course_lib.teaching.apart import TimeIsUpError
from course_lib.teaching.values import as_array, beginning

#: The failure of a function that is still the stub.
EMPTY = "the function is still empty"

_PRINTED = 300  # characters of what the function printed that are repeated


class DetourError(Exception):
    """Raised while a function runs when it reaches its result by a way that the exercise excludes."""


class NobodyTypesError(BaseException):
    """Raised in the place of `input`; no `Exception`, so that ``except Exception`` does not make a loop of it."""


@contextmanager
def nobody_types() -> Iterator[None]:
    """Let `input` raise `NobodyTypesError`: nobody would see what is asked, and a call apart cannot be answered."""

    def ask(prompt: object = "") -> str:
        raise NobodyTypesError

    before, builtins.input = builtins.input, ask
    try:
        yield
    finally:
        builtins.input = before


class Attempt(NamedTuple):
    """What a call returned, or in which words it failed (else an empty text), and the beginning of what it printed."""

    returned: Any
    failure: str
    printed: str


def attempt(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    name: str,
    watch: Callable[..., AbstractContextManager[Any]] | None,
) -> Attempt:
    """Call `function` with copies of the arguments, in their order, and put every accident into words.

    Parameters
    ----------
    function : the student's.
    arguments : name → value.
    name : what the exercise calls the function.
    watch : see `questions.Question`.
    """
    given = copy.deepcopy(list(arguments.values()))
    paper, watching = _Paper(), watch(*copy.deepcopy(given)) if watch else nullcontext()
    try:
        with redirect_stdout(paper), redirect_stderr(paper), warnings.catch_warnings(), nobody_types(), watching:
            warnings.simplefilter("default")  # a warning is no failure, whatever the caller made of warnings
            warnings.showwarning = lambda message, category, *where: paper.write(f"{category.__name__}: {message}\n")
            returned = function(*given)
    except TimeIsUpError:
        raise
    except DetourError as detour:
        return Attempt(None, str(detour), paper.beginning())
    except NobodyTypesError:
        complaint = f"`{name}` waits for somebody to type, at `input`. Take everything from its arguments."
        return Attempt(None, complaint, paper.beginning())
    except NotImplementedError:
        return Attempt(None, EMPTY, paper.beginning())
    except BaseException as error:  # a student's function may also raise SystemExit or KeyboardInterrupt
        return Attempt(None, _stopped(error, function, name), paper.beginning())
    for (argument, before), after in zip(arguments.items(), given, strict=True):
        numeric = isinstance(before, np.ndarray) or hasattr(before, "detach")  # an array, or a tensor of torch
        if numeric and not np.array_equal(as_array(before), as_array(after), equal_nan=True):
            complaint = f"`{name}` changes its argument `{argument}`. Whoever calls it still needs that: work on a copy."
            return Attempt(None, complaint, paper.beginning())
    return Attempt(returned, "", paper.beginning())


def signature_complaint(function: Callable[..., Any], expected: str) -> str:
    """Which arguments the exercise asks for, if the function does not take as many; else an empty text.

    >>> signature_complaint(lambda x: x, "gradient(x, A)")
    'expected the arguments of `gradient(x, A)`; this function takes (x).'
    """
    if inspect.iscoroutinefunction(function):
        return (
            f"`{expected.partition('(')[0]}` is written with `async def`, so a call of it computes nothing. Leave `async` out."
        )
    count = len(expected.partition("(")[2].split(","))
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # written in C, and without one
        return ""
    try:
        signature.bind(*range(count))
    except TypeError:
        return f"expected the arguments of `{expected}`; this function takes {signature}."
    return ""


def _stopped(error: BaseException, function: Callable[..., Any], name: str) -> str:
    """In which line of the student's the exception came, and what it says."""
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    where = ""
    if frames:
        text = linecache.getline(frames[-1].filename, frames[-1].lineno or 0).strip()
        where = f", in its line `{text}`" if text else ""
    says = beginning(_says(error).rstrip("."), 200)
    return f"`{name}` stopped{where}: {says}{'' if says.endswith('…') else '.'}"


def _says(error: BaseException) -> str:
    """An exception in one line: its name, without that of a library's own module, and the first line of what it says."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    _, colon, text = lines[-1 if isinstance(error, SyntaxError) else 0].partition(": ")
    known = next(kind.__name__ for kind in type(error).__mro__ if not kind.__name__.startswith("_"))
    return f"{known}{colon}{text}"


class _Paper(io.TextIOBase):
    """Takes what a function prints and keeps the beginning: it may be megabytes."""

    def __init__(self) -> None:
        self.kept, self.length = "", 0

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.length += len(text)
        if len(self.kept) < _PRINTED:
            self.kept += text[: _PRINTED - len(self.kept)]
        return len(text)

    def beginning(self) -> str:
        more = f"… ({self.length} characters in all)" if self.length > len(self.kept) else ""
        return self.kept.strip() + more
