"""Sees to it that a function takes its random numbers from the torch generator that it is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from course_lib.teaching import randomness
from course_lib.teaching.attempts import DetourError


@contextmanager
def from_the_given_rng(*arguments: Any) -> Iterator[None]:
    """While this lasts, no generator may be made, and no global one may be used: neither torch's nor NumPy's nor Python's.

    Raises
    ------
    DetourError
        At the end, if one was.
    """
    before = torch.get_rng_state()
    with randomness.from_the_given_rng(), randomness.calls_noted(torch, "Generator") as made:
        yield
    what = "makes a generator of its own" if made else ""
    what = what if torch.equal(before, torch.get_rng_state()) else "uses torch's global generator"
    if what:
        raise DetourError(
            f"your function {what}. Write `generator=rng` in every call that draws, so that a run can be repeated."
        )
