"""Sees to it that a function takes its random numbers from the generator that it is given."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from course_lib.teaching.attempts import DetourError


@contextmanager
def calls_noted(module: Any, name: str) -> Iterator[list[tuple[Any, ...]]]:
    """The arguments of each call of a module's function or class, as long as this lasts."""
    calls, function = [], getattr(module, name)

    def noted(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        return function(*arguments, **options)

    setattr(module, name, noted)
    try:
        yield calls
    finally:
        setattr(module, name, function)


@contextmanager
def from_the_given_rng(*arguments: Any) -> Iterator[None]:
    """While this lasts, no generator may be made, and neither NumPy's global one nor Python's may be used.

    Raises
    ------
    DetourError
        At the end, if one was.
    """
    python, numpy = random.getstate(), _numpy_state()
    with calls_noted(np.random, "default_rng") as made:
        yield
    what = "makes a generator of its own" if made else ""
    what = "uses NumPy's global generator" if numpy != _numpy_state() else what
    what = "uses Python's global generator" if python != random.getstate() else what
    if what:
        raise DetourError(f"your function {what}. Take every random number from `rng`, so that its caller can repeat the run.")


def _numpy_state() -> list[bytes]:
    return [np.asarray(part).tobytes() for part in np.random.get_state()]  # noqa: NPY002  what students may still use
