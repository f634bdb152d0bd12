"""What the questions of several exercise sheets that use torch have in common: doubles, and one thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from course_lib.teaching.properties import numbers
from course_lib.teaching.questions import Arguments, Question


def tensor(value: Any) -> torch.Tensor:
    """A tensor of doubles."""
    return torch.as_tensor(value, dtype=torch.float64)


def some(rng: np.random.Generator, *shape: int) -> torch.Tensor:
    """Halves between −3 and 3 without zero, as a tensor."""
    return tensor(numbers(rng, *shape))


def on_one_thread(questions: Mapping[str, Question]) -> dict[str, Question]:
    """The same questions, drawn and therefore judged with one thread of torch: in a copy of the process there are no others."""

    def alone(question: Question) -> Question:
        def draw(rng: np.random.Generator) -> Arguments:
            torch.set_num_threads(1)
            return question.draw(rng)

        return replace(question, draw=draw)

    return {name: alone(question) for name, question in questions.items()}
