"""What the questions of this sheet have in common: words for single precision, and for what libraries say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from course_lib.teaching.attempts import DetourError

SINGLE = (
    "the numbers are right to seven digits, then they stop: they were computed in single precision. torch.tensor makes float32 "
    "of Python's numbers, and torch.zeros too, unless you add dtype=torch.float64."
)


def in_single_precision(values: np.ndarray) -> bool:
    """Whether all values are numbers of single precision, which doubles that were computed in doubles are not.

    >>> in_single_precision(np.array([0.1])), in_single_precision(np.float32([0.1]).astype(float))
    (False, True)
    """
    return bool((values == values.astype(np.float32)).all())


@contextmanager
def kindly(words: Mapping[str, str]) -> Iterator[None]:
    """Say it in other words when an exception comes whose text holds a key of `words`.

    Raises
    ------
    DetourError
        With the words that belong to the key.
    """
    try:
        yield
    except Exception as error:
        for key, said in words.items():
            if key in str(error):
                raise DetourError(said) from error
        raise
