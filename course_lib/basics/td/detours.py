"""Sees to it that an exercise about cheap inverses is not answered by an expensive one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import numpy as np

from course_lib.teaching.attempts import DetourError

#: Functions of numpy.linalg and scipy.linalg that cost as much as an inverse of what they are given first.
INVERTING = {"inv", "pinv", "pinvh", "solve", "lstsq", "svd", "eig", "eigh"}
FACTORING = {"schur", "qr", "lu", "lu_factor", "ldl", "cholesky", "cho_factor"}


@contextmanager
def inverting_at_most(k: int) -> Iterator[None]:
    """While this lasts, nothing larger than k by k may be inverted, solved or decomposed, by whatever name it was imported.

    Raises
    ------
    DetourError
        At the end, if it was.
    """
    met: list[tuple[str, int]] = []

    def look(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event != "call" or code.co_name not in INVERTING | FACTORING or not code.co_argcount:
            return
        if not frame.f_globals.get("__name__", "").startswith(("numpy.linalg", "scipy.linalg")):
            return
        shape = np.asarray(frame.f_locals.get(code.co_varnames[0]), dtype=object).shape
        if len(shape) >= 2 and min(shape[-2:]) > k:
            met.append((code.co_name, min(shape[-2:])))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)
    if met:
        name, size = met[0]
        raise DetourError(
            f"your function calls `{name}` on a matrix of {size} by {size}. The inverse of A is given: the exercise is to "
            f"invert nothing larger than k by k, here {k} by {k}."
        )
