"""How long a chapter takes to read: what is in it is counted, and the counts become minutes by rates that are stated.

The box at the top of a chapter says the minutes, rounded by hand; ``tests/book/test_reading_time.py`` holds it to the count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nbformat import NotebookNode

#: Words a minute, silent reading of English non-fiction: Brysbaert (2019), the mean over 190 studies.
WORDS_A_MINUTE = 238

#: Minutes for each of what no study was found for: assumptions, and round.
MINUTES = {
    "formulas": 1 / 12,  # in a line of text
    "equations": 1.0,  # displayed
    "lines": 1 / 12,  # of code that is shown
    "figures": 0.5,
    "explorations": 2.0,
    "quizzes": 1.0,
    "questions": 3.0,  # before the answer is unfolded
}

_FENCE = re.compile(r"^(`{3,}|~{3,}|:{3,}).*$|^:[\w-]+:.*$", re.M)
_DISPLAYED = re.compile(
    r"^\$\$.*?\$\$(?: *\([\w-]+\))?"
    r"|^(?P<fence>`{3,})\{math\}.*?^(?P=fence)\s*$"
    r"|^\\begin\{(?P<name>align|gather|equation)\*?\}.*?^\\end\{(?P=name)\*?\}",
    re.M | re.S,
)
_INLINE = re.compile(r"(?<![\\$])\$(?!\$)[^$]+\$")
_TAGS = re.compile(r"</?[a-z][^>\n]*>")
_TARGET = re.compile(r"\{[\w:-]+\}`([^`<]*?)(?::[.,\d]*\w|<[^`]*>)?`|\]\([^)\s]*\)")
_WORD = re.compile(r"[^\W_][\w’'.,-]*")
_UNSEEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


@dataclass(frozen=True)
class Counts:
    """What is in a chapter, as a reader meets it: folded answers are read, folded code is not."""

    words: int = 0
    formulas: int = 0
    equations: int = 0
    lines: int = 0
    figures: int = 0
    explorations: int = 0
    quizzes: int = 0
    questions: int = 0

    @property
    def minutes(self) -> float:
        """How long that takes.

        >>> Counts(words=476, equations=3, questions=2).minutes
        11.0
        """
        return self.words / WORDS_A_MINUTE + sum(rate * getattr(self, name) for name, rate in MINUTES.items())


def counts(notebook: NotebookNode) -> Counts:
    """What is in a chapter."""
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [cell.source for cell in code if not _UNSEEN & set(cell.metadata.get("tags", []))]
    prose, equations = _DISPLAYED.subn(" ", text)
    prose, formulas = _INLINE.subn(" ", prose)
    prose = _TARGET.sub(r" \1 ", _TAGS.sub(" ", _FENCE.sub(" ", prose)))
    return Counts(
        words=len(_WORD.findall(prose)),
        formulas=formulas,
        equations=equations,
        lines=sum(bool(line.strip()) for source in shown for line in source.splitlines()),
        figures=_calling("show|view|side_by_side|fill_in", code),
        explorations=_calling("explore", code),
        quizzes=len(re.findall(r"^```\{quiz\}", text, re.M)),
        questions=len(re.findall(r"^:{3,}\{admonition\} Answer\b", text, re.M)),
    )


def _calling(names: str, cells: list[NotebookNode]) -> int:
    """The cells that call one of these functions and do not define it."""
    return sum(bool(re.search(rf"(?<!def )(?<![\w.])({names})\(", cell.source)) for cell in cells)


def promised(text: str) -> str | None:
    """What the box of a chapter says of the time it takes.

    >>> promised("**Time** about 75 minutes, at ease.")
    '75 minutes'
    """
    found = re.search(r"^\*\*Time\*\* about ([\w ]+?)[.,;]", text, re.M)
    return found[1] if found else None


def promised_minutes(text: str) -> int | None:
    """The minutes that the box of a chapter promises; of a sheet, whose hours are an estimate, None."""
    found = re.fullmatch(r"(\d+) minutes", promised(text) or "")
    return int(found[1]) if found else None
