"""Exercise sheets: a notebook calls `check` and `fill_in` with a student's function.

A `Sheet` is the questions of one exercise sheet. It stands with the part that it belongs to, for example in
`course_lib.basics.td`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from course_lib.basics.arguments import one_of
from course_lib.teaching import attempts
from course_lib.teaching.apart import call_apart
from course_lib.teaching.figures import Pictures, drawing, row
from course_lib.teaching.questions import NOT_ATTEMPTED, RIGHT, WRONG, Question, Verdict, judge

#: What a picture says of an answer that is not right.
NOT_YET = {NOT_ATTEMPTED: "not attempted yet", WRONG: "not right yet"}

_WIDTH = 88  # columns of a message in a notebook, which would break longer lines in the midst of a word


class NotYetError(AssertionError):
    """An answer that is not right yet. A notebook shows its one line instead of a traceback."""

    def _render_traceback_(self) -> list[str]:
        sentences, *case = f"✗ {self}".split("\n")
        return [*textwrap.wrap(sentences, _WIDTH, break_long_words=False, break_on_hyphens=False), *case]


class CheckInterruptedError(KeyboardInterrupt):
    """A check that the reader of the notebook has interrupted, which ends all cells that wait to be run."""

    _render_traceback_ = NotYetError._render_traceback_


@contextmanager
def _interruptible(question: Question) -> Iterator[None]:
    """Let an interruption say what it interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        raise CheckInterruptedError(f"Interrupted: `{question.name}` had not finished.") from None


@dataclass(frozen=True)
class Sheet:
    """The questions of an exercise sheet, by name."""

    questions: Mapping[str, Question]

    def check(self, question: str, answer: Any, seed: int | None = None) -> None:
        """Say whether `answer` answers the question, for a notebook.

        Parameters
        ----------
        question : its name.
        answer : the student's function, or whatever stands in its place; it is called apart, with a limit of time.
        seed : repeats the random cases of an earlier check; by default every check draws fresh ones.

        Raises
        ------
        NotYetError
            If it is not attempted or not right; the message says why.
        ValueError
            If there is no such question.
        """
        verdict = self.verdict(question, answer, seed)
        if verdict.state != RIGHT:
            raise NotYetError(verdict.message)
        print(f"✓ {verdict.message}")

    def verdict(self, question: str, answer: Any, seed: int | None = None) -> Verdict:
        """What `check` says, as a value."""
        asked = one_of("question", question, self.questions)
        seed = int(np.random.SeedSequence().generate_state(1)[0]) if seed is None else seed
        with _interruptible(asked):
            report = call_apart(lambda: list(judge(asked, answer, seed)), asked.seconds)
        return Verdict(*report.value) if report.state == "done" else unfinished(asked, report.state)

    def fill_in(self, question: str, answer: Any, draw: Callable[[Axes, Any], None], alt: str) -> Pictures:
        """The exercise's picture, drawn with the student's own function; it says so when that is not right yet.

        Parameters
        ----------
        question, answer : as in `check`.
        draw : draws on the axes with the function. What needs no function it draws first: that much is seen from the beginning.
        alt : what the picture shows with a right answer, for readers who do not see it.

        Raises
        ------
        ValueError
            If there is no such question.
        """
        asked = one_of("question", question, self.questions)

        def drawn() -> tuple[str, str]:
            verdict = judge(asked, answer, seed=0)
            with attempts.nobody_types():
                return drawing(draw, answer, alt, "" if verdict.state == RIGHT else f"{asked.name}: {NOT_YET[verdict.state]}")

        with _interruptible(asked):
            report = call_apart(drawn, asked.seconds)
        if report.state != "done":
            report = report._replace(value=drawing(None, None, alt, f"{asked.name}: {NOT_YET[WRONG]}"))
        markup, said = report.value
        return Pictures(row([markup]), (said,))


def unfinished(question: Question, state: str) -> Verdict:
    """The verdict on a call that brought no answer."""
    if state == "late":
        reason = f"did not finish within {question.seconds:g} s. Is there a loop that never ends? What should end it?"
    else:
        reason = "ended Python itself, as a crash does. Save your work, then run it by hand on a small example."
    return Verdict(WRONG, f"Not yet: `{question.name}` {reason}")
