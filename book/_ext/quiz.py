"""Self-check questions as the chapters' sources hold them: three or four choices, each with its feedback.

The source says which choice is right and what is to be said to whoever takes it::

    Question text, MyST with $math$ and roles.

    - [x] A right answer.
      > Why it is right.
    - [ ] A wrong answer.
      > Why it is wrong, and where to look.
    - [ ] Another wrong answer.
      > …

``quiz_pages.py`` makes radio buttons of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

LETTERS = "abcd"
RIGHT, WRONG = "Right.", "Not quite."

_CHOICE = re.compile(r"- \[(?P<mark>[ xX])\] +(?P<text>\S.*)")
_FENCED = re.compile(r"^(?P<fence>`{3,}|:{3,})\{quiz\}[ \t]*\n(?P<text>.*?)^(?P=fence)[ \t]*$", re.M | re.S)


class QuizError(ValueError):
    """A quiz that breaks the rules; `line` counts from 0 within its text."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Choice:
    """One answer that can be chosen, the lines of what is said to it, and where both begin."""

    right: bool
    line: int
    text: list[str] = field(default_factory=list)
    feedback: list[str] = field(default_factory=list)
    feedback_line: int = 0


@dataclass
class Quiz:
    """One question, by lines, and its choices."""

    question: list[str]
    choices: list[Choice]

    @property
    def right(self) -> str:
        """The letter of the right choice."""
        return next(letter for letter, choice in zip(LETTERS, self.choices, strict=False) if choice.right)


def parse(lines: Iterable[str]) -> Quiz:
    """Read the text of a quiz.

    Raises
    ------
    QuizError
        If there is no question, if there are not three or four choices with exactly one of them right, if a choice has no
        feedback, or if a line belongs to nothing.
    """
    quiz = Quiz([], [])
    for number, line in enumerate(lines):
        if match := _CHOICE.fullmatch(line.rstrip()):
            quiz.choices.append(Choice(match["mark"] != " ", number, [match["text"]]))
        elif not quiz.choices:
            quiz.question.append(line)
        elif line.strip():
            _continue(quiz.choices[-1], line, number)
    _check(quiz)
    return quiz


def _continue(choice: Choice, line: str, number: int) -> None:
    """Give a line below a choice to its feedback if it is quoted, else to its text."""
    if not line.startswith("  "):
        raise QuizError(f"{line.strip()!r} is neither a choice, '- [ ] …', nor indented below one", number)
    if line.lstrip().startswith(">"):
        choice.feedback_line = choice.feedback_line or number
        choice.feedback.append(line.lstrip().removeprefix(">").removeprefix(" "))
    elif choice.feedback:
        raise QuizError(f"{line.strip()!r} comes after the feedback and does not begin with '>'", number)
    else:
        choice.text.append(line.strip())


def _check(quiz: Quiz) -> None:
    if not "".join(quiz.question).strip():
        raise QuizError("there is no question before the choices")
    if not 3 <= len(quiz.choices) <= len(LETTERS):
        raise QuizError(f"there are {len(quiz.choices)} choices, '- [ ] …'; expected 3 or 4")
    if (right := sum(choice.right for choice in quiz.choices)) != 1:
        raise QuizError(f"{right} choices are right, '- [x] …'; expected exactly one")
    for choice in quiz.choices:
        if not "".join(choice.feedback).strip():
            raise QuizError(f"the choice {choice.text[0]!r} has no feedback, '> …'", choice.line)


def with_folded_answers(text: str) -> str:
    """MyST Markdown in which each quiz is a question, a list of its choices and a folded box with what is said to them.

    For notebooks: what shows MyST there does not know the directive.
    """
    return _FENCED.sub(lambda match: _in_words(parse(match["text"].splitlines())), text)


def _in_words(quiz: Quiz) -> str:
    lettered = list(zip(LETTERS, quiz.choices, strict=False))
    choices = [f"- **{letter}.** {' '.join(choice.text)}" for letter, choice in lettered]
    verdicts = [RIGHT if choice.right else WRONG for choice in quiz.choices]
    said = [
        f"- **{letter}.** {verdict} {' '.join(choice.feedback)}"
        for (letter, choice), verdict in zip(lettered, verdicts, strict=True)
    ]
    question = "\n".join(quiz.question).strip()
    return "\n".join([question, "", *choices, "", ":::{admonition} Answer", ":class: dropdown", "", *said, ":::"])
