"""What to say when arrays of other shapes, or of other precision, are put together in an analysis."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from course_lib.teaching.attempts import DetourError

_PRODUCT = "two arrays do not fit into one product. H takes n numbers to m, and its transposed takes m to n."
_SUM = "arrays of other shapes are added or subtracted. A state x has n numbers and data have m: without error, they are H x."
_PRECISION = "single and double precision meet. torch.eye and torch.zeros make single ones, unless you add dtype=torch.float64."

#: What an exception of torch or NumPy says → what that means here.
MISFITS = {
    "cannot be multiplied": _PRODUCT,
    "size mismatch": _PRODUCT,
    "mismatch in its core dimension": _PRODUCT,
    "Incompatible shapes": _PRODUCT,
    "inconsistent tensor size": _PRODUCT,
    "square": "only a square matrix has an inverse. H has none. What is inverted here are covariances and their sums.",
    "must match the size": _SUM,
    "could not be broadcast": _SUM,
    "dtype": _PRECISION,
    "scalar type": _PRECISION,
}


@contextmanager
def shapes_explained(*arguments: object) -> Iterator[None]:
    """Say what it means here, and in which line it happened, when arrays do not fit; the arguments are not needed.

    Raises
    ------
    DetourError
        In place of the exception of torch or NumPy.
    """
    try:
        yield
    except (RuntimeError, ValueError, TypeError) as error:
        said = next((words for key, words in MISFITS.items() if key in str(error)), None)
        if said is None:
            raise
        line = traceback.extract_tb(error.__traceback__)[-1].line
        where = f" It happened in the line `{line}`:" if line else " Python says:"
        raise DetourError(f"{said}{where} {error}.") from error
