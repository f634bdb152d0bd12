"""Sees to it that a function takes its random numbers from the torch generator that it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from course_lib.learning.tp_learning import randomness
from course_lib.teaching.attempts import DetourError


@contextmanager
def from_the_given_rng(*arguments: Any) -> Iterator[None]:
    """While this lasts, no generator may be made, and no global one may be used: neither torch's nor NumPy's nor Python's.

    Raises
    ------
    DetourError
        At the end, if one was.
    """
    made, make, before = [], torch.Generator, torch.get_rng_state()

    def noted(*arguments: Any, **options: Any) -> torch.Generator:
        made.append(arguments)
        return make(*arguments, **options)

    torch.Generator = noted
    try:
        with randomness.from_the_given_rng():
            yield
    finally:
        torch.Generator = make
    what = "makes a generator of its own" if made else ""
    what = what if torch.equal(before, torch.get_rng_state()) else "uses torch's global generator"
    if what:
        raise DetourError(
            f"your function {what}. Write `generator=rng` in every call that draws, so that a run can be repeated."
        )
