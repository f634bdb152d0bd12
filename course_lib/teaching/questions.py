"""Questions of an exercise: what is asked of a student's function, and whether an answer is right.

A `Question` says what is asked: fresh random arguments, the shapes of what comes back, the property that makes an answer right,
and the misconceptions that are worth a word of their own. An answer is right, not attempted, or wrong with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from course_lib.teaching import attempts
from course_lib.teaching.values import as_array, as_arrays, kind, parts, shown

RIGHT, NOT_ATTEMPTED, WRONG = "right", "not attempted", "wrong"

Arguments = dict[str, Any]


class Verdict(NamedTuple):
    """What is said of an answer: `state` is RIGHT, NOT_ATTEMPTED or WRONG."""

    state: str
    message: str


@dataclass(frozen=True)
class Question:
    """What is asked of one function.

    Parameters
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


def judge(question: Question, answer: Any, seed: int) -> Verdict:
    """Judge an answer here and now: without a limit of time, and in this very process.

    It never raises, whatever the answer does, except `apart.TimeIsUpError`.
    """
    if answer is None or answer is ...:
        return Verdict(NOT_ATTEMPTED, f"Not attempted: `{question.name}` is still empty.")
    if not callable(answer):
        came = kind(answer)
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
    results, complaint = as_arrays(returned, shapes, question.name)
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
        mine = parts(returned, len(theirs))
        return len(mine) == len(theirs) and all(_close(one, other) for one, other in zip(mine, theirs, strict=True))
    except Exception:  # whatever a student's object does when it is looked at
        return False


def _close(one: Any, other: Any) -> bool:
    one, other = as_array(one), np.asarray(other, dtype=float)
    return one.shape == other.shape and np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)


def _case(question: Question, arguments: Arguments, attempt: attempts.Attempt, seed: int) -> str:
    """The case in which it happened, in a few lines."""
    values = {f"{name} = ": value for name, value in arguments.items()}
    results = parts(attempt.returned, len(question.returns))
    if attempt.returned is not None and len(results) == len(question.returns) > 1:
        values |= {f"your answer, {name}: ": value for name, value in zip(question.returns, results, strict=True)}
    elif attempt.returned is not None:
        values["your answer: "] = attempt.returned
    lines = [f"    {words}{shown(value, indent=4 + len(words))}" for words, value in values.items()]
    if attempt.printed:
        lines.append("    it printed: " + attempt.printed.replace("\n", "\n" + 16 * " "))
    return "\n".join(["", f"This happened in the case below (seed={seed} repeats it):", *lines])
