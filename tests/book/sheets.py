"""The graded sheets as the tests meet them: each question with the answers that its sheet's source holds."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jupytext
import matplotlib.pyplot as plt
import numpy as np
import pytest

import exercises
from course_lib.teaching.questions import Question


@dataclass(frozen=True)
class Asked:
    """An exercise that is answered by a function, and the question that checks it."""

    sheet: Path
    exercise: exercises.Exercise
    question: Question

    @property
    def name(self) -> str:
        """The question's name in its sheet."""
        return self.exercise.label.removeprefix(f"{self.sheet.stem}-")

    def function(self, answer: str) -> Callable[..., Any]:
        """The function that a cell defines, after the sheet's imports and the right answers of the exercises before it."""
        before = [exercise.reference for exercise in coded(self.sheet) if exercise.number < self.exercise.number]
        names: dict[str, Any] = {}
        with plt.rc_context():  # the imports choose a style, for this only
            exec("\n".join([imports(self.sheet), *before, answer]), names)  # noqa: S102 - the project's own source
        return names[self.question.name]

    @property
    def reference(self) -> Callable[..., Any]:
        """The right answer of the sheet."""
        return self.function(self.exercise.reference)

    def drawn(self, seed: int) -> dict[str, Any]:
        """The arguments of one case."""
        return self.question.draw(np.random.default_rng(seed))

    def __str__(self) -> str:
        return self.exercise.label


def questions(sheet: Path) -> dict[str, Question]:
    """What the module of a sheet asks, by name."""
    module = f"course_lib.{sheet.parent.name}.{sheet.stem.replace('-', '_')}"
    return importlib.import_module(module).sheet.questions


#: What a sheet asks: read once for all tests.
every_exercise = cache(exercises.exercises)


def coded(sheet: Path) -> list[exercises.Exercise]:
    """The exercises of a sheet that are answered by a function."""
    return [exercise for exercise in every_exercise(sheet) if not exercise.by_hand]


@cache
def code_cells(sheet: Path) -> list[str]:
    """What stands in the code cells of a sheet."""
    return [cell.source for cell in jupytext.read(sheet).cells if cell.cell_type == "code"]


def imports(sheet: Path) -> str:
    """The first code cell of a sheet."""
    return code_cells(sheet)[0]


def asked(sheet: Path) -> dict[str, Asked]:
    """The questions of a sheet, by name."""
    names = {exercise.label.removeprefix(f"{sheet.stem}-"): exercise for exercise in coded(sheet)}
    return {name: Asked(sheet, exercise, questions(sheet)[name]) for name, exercise in names.items()}


def by_name(sheet: Path) -> tuple[dict[str, Asked], Callable[[str], Callable[..., Any]], Callable[[str, int], dict[str, Any]]]:
    """A sheet's questions; the right answer to the one of a name; the arguments of one case of it, from a seed."""
    found = asked(sheet)
    return found, cache(lambda name: found[name].reference), lambda name, seed: found[name].drawn(seed)


SHEETS = exercises.sheets()
ASKED = [pytest.param(one, id=str(one)) for sheet in SHEETS for one in asked(sheet).values()]


def as_tuple(returned: Any) -> tuple[Any, ...]:
    """The results of a function, one or several."""
    return returned if isinstance(returned, tuple) else (returned,)


def packed(results: list[Any]) -> Any:
    """Results as a function returns them: one by itself, several as a tuple."""
    return results[0] if len(results) == 1 else tuple(results)
