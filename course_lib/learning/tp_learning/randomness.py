"""Sees to it that a function takes its random numbers from the generator that it is given."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from course_lib.teaching.attempts import DetourError


@contextmanager
def from_the_given_rng(*arguments: Any) -> Iterator[None]:
    """While this lasts, no generator may be made, and neither NumPy's global one nor Python's may be used.

    Raises
    ------
    DetourError
        At the end, if one was.
    """
    made = []
    make, python, numpy = np.random.default_rng, random.getstate(), _numpy_state()

    def noted(*arguments: Any, **options: Any) -> np.random.Generator:
        made.append(arguments)
        return make(*arguments, **options)

    np.random.default_rng = noted
    try:
        yield
    finally:
        np.random.default_rng = make
    what = "makes a generator of its own" if made else ""
    what = "uses NumPy's global generator" if numpy != _numpy_state() else what
    what = "uses Python's global generator" if python != random.getstate() else what
    if what:
        raise DetourError(f"your function {what}. Take every random number from `rng`, so that its caller can repeat the run.")


def _numpy_state() -> str:
    return repr([np.asarray(part).tolist() for part in np.random.get_state()])  # noqa: NPY002  what students may still use
