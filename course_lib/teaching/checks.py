"""Answers to exercises: right, not attempted, or wrong with the reason.

A `Question` says what is asked of a student's function: fresh random arguments, the shapes of what comes back, the property
that makes an answer right, and the misconceptions that are worth a word of their own. A `Sheet` is the questions of one
exercise sheet; a notebook calls its `check` and `fill_in`. The sheet of a part stands with that part, for example in
`course_lib.basics.td`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from course_lib.basics.arguments import one_of
from course_lib.teaching import attempts
from course_lib.teaching.apart import call_apart
from course_lib.teaching.figures import Pictures, drawing, row

RIGHT, NOT_ATTEMPTED, WRONG = "right", "not attempted", "wrong"

#: What a picture says of an answer that is not right.
NOT_YET = {NOT_ATTEMPTED: "not attempted yet", WRONG: "not right yet"}

_WIDTH = 88  # columns of a message in a notebook, which would break longer lines in the midst of a word

Arguments = dict[str, Any]


class Verdict(NamedTuple):
    """What is said of an answer: `state` is RIGHT, NOT_ATTEMPTED or WRONG."""

    state: str
    message: str


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
class Question:
    """What is asked of one function.

    Attributes
    ----------
    function : name and arguments of the function, as the exercise writes them: ``"gradient(x, A)"``.
    draw : makes the arguments of one random case from a generator, by name, in the order of the signature.
    returns : name → shape of each thing that comes back, as a function of the arguments; several come back as a tuple.
    fault : called with the arguments and what came back (arrays, in that order); says in words which property does not hold, or
        returns None if the answer is right. It tests what is true of a right answer and does not compute one.
    misconceptions : what to say → the wrong function that gives itself away by it, with the same arguments.
    praise : what to say when the answer is right.
    watch : makes, from the arguments, a context in which the function is called; it raises `attempts.DetourError` when the
        function reaches its result by a way that the exercise excludes; None where every way is allowed.
    seconds : the time for all cases together.
    cases : number of random cases.
    """

    function: str
    draw: Callable[[np.random.Generator], Arguments]
    returns: Mapping[str, Callable[..., tuple[int, ...]]]
    fault: Callable[..., str | None]
    misconceptions: Mapping[str, Callable[..., Any]]
    praise: str
    watch: Callable[..., AbstractContextManager[Any]] | None = None
    seconds: float = 10.0
    cases: int = 5

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.split("(")[0]


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


def judge(question: Question, answer: Any, seed: int) -> Verdict:
    """Judge an answer here and now: without a limit of time, and in this very process.

    It never raises, whatever the answer does, except `apart.TimeIsUpError`.
    """
    if answer is None or answer is ...:
        return Verdict(NOT_ATTEMPTED, f"Not attempted: `{question.name}` is still empty.")
    if not callable(answer):
        came = attempts.kind(answer)
        return Verdict(WRONG, f"Not yet: expected the function `{question.name}`, without brackets after its name; got {came}.")
    if complaint := attempts.signature_complaint(answer, question.function):
        return Verdict(WRONG, f"Not yet: {complaint}")
    rng = np.random.default_rng(seed)
    tried = []
    for _ in range(question.cases):
        arguments = question.draw(rng)
        attempt = attempts.attempt(answer, arguments, question.name, question.watch)
        if attempt.failure == attempts.EMPTY:
            return Verdict(NOT_ATTEMPTED, f"Not attempted: `{question.name}` still raises NotImplementedError.")
        if attempt.failure:
            return Verdict(WRONG, f"Not yet: {attempt.failure}{_case(question, arguments, attempt, seed)}")
        tried.append((arguments, attempt))
    return _judge_results(question, tried, seed)


def _judge_results(question: Question, tried: list[tuple[Arguments, attempts.Attempt]], seed: int) -> Verdict:
    """The verdict on calls that all returned something."""
    found = ((_complaint(question, arguments, attempt.returned), arguments, attempt) for arguments, attempt in tried)
    first = next((each for each in found if each[0]), None)
    if first is None:
        return Verdict(RIGHT, f"Right. {question.praise}")
    for said, wrong in question.misconceptions.items():
        if all(_same(attempt.returned, wrong, arguments) for arguments, attempt in tried):
            return Verdict(WRONG, f"Not yet: {said}")
    complaint, arguments, attempt = first
    return Verdict(WRONG, f"Not yet: {complaint}{_case(question, arguments, attempt, seed)}")


def _complaint(question: Question, arguments: Arguments, returned: Any) -> str | None:
    """What is wrong with one result; None if nothing is."""
    values = list(arguments.values())
    shapes = {name: shape(*values) for name, shape in question.returns.items()}
    results, complaint = attempts.as_arrays(returned, shapes, question.name)
    if complaint:
        return complaint
    try:
        return question.fault(*values, *results)
    except Exception as error:  # the question's, not the student's
        return f"the check itself stopped at this answer ({type(error).__name__}). Please show it to your teacher."


def _same(returned: Any, wrong: Callable[..., Any], arguments: Arguments) -> bool:
    """Whether the student's result is that of a misconception, up to rounding."""
    try:
        theirs = wrong(*arguments.values())
        theirs = theirs if isinstance(theirs, tuple) else (theirs,)
        mine = attempts.parts(returned, len(theirs))
        return len(mine) == len(theirs) and all(_close(one, other) for one, other in zip(mine, theirs, strict=True))
    except Exception:  # whatever a student's object does when it is looked at
        return False


def _close(one: Any, other: Any) -> bool:
    one, other = attempts.as_array(one), np.asarray(other, dtype=float)
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)


def _case(question: Question, arguments: Arguments, attempt: attempts.Attempt, seed: int) -> str:
    """The case in which it happened, in a few lines."""
    values = {f"{name} = ": value for name, value in arguments.items()}
    results = attempts.parts(attempt.returned, len(question.returns))
    if attempt.returned is not None and len(results) == len(question.returns) > 1:
        values |= {f"your answer, {name}: ": value for name, value in zip(question.returns, results, strict=True)}
    elif attempt.returned is not None:
        values["your answer: "] = attempt.returned
    lines = [f"    {words}{attempts.shown(value, indent=4 + len(words))}" for words, value in values.items()]
    if attempt.printed:
        lines.append("    it printed: " + attempt.printed.replace("\n", "\n" + 16 * " "))
    return "\n".join(["", f"This happened in the case below (seed={seed} repeats it):", *lines])
