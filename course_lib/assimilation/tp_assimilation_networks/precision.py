"""What the questions of this sheet have in common: double precision, and torch in a copy of the process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from course_lib.teaching.attempts import DetourError
from course_lib.teaching.checks import Arguments, Question
from course_lib.teaching.properties import numbers

SINGLE = (
    "the numbers are right to seven digits, then they stop: they were computed in single precision. torch.tensor makes float32 "
    "of Python's numbers, and torch.zeros too, unless you add dtype=torch.float64."
)


def tensor(value: Any) -> torch.Tensor:
    """A tensor of doubles."""
    return torch.as_tensor(value, dtype=torch.float64)


def some(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """Halves between −3 and 3 without zero, as a tensor."""
    return tensor(numbers(rng, *shape))


def in_single_precision(values: np.ndarray) -> bool:
    """Whether all values are numbers of single precision, which doubles that were computed in doubles are not.

    >>> in_single_precision(np.array([0.1])), in_single_precision(np.float32([0.1]).astype(float))
    (False, True)
    """
    return bool((values == values.astype(np.float32)).all())


def on_one_thread(questions: Mapping[str, Question]) -> dict[str, Question]:
    """The same questions, drawn and therefore judged with one thread of torch: in a copy of the process there are no others."""

    def alone(question: Question) -> Question:
        def draw(rng: np.random.Generator) -> Arguments:
            torch.set_num_threads(1)
            return question.draw(rng)

        return replace(question, draw=draw)

    return {name: alone(question) for name, question in questions.items()}


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
