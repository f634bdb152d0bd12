"""How long a chapter takes to read: what is in it is counted, and the counts become minutes by rates that are stated.

The box at the top of a chapter says the minutes, rounded by hand; ``tests/book/test_reading_time.py`` holds it to the count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

import budget
import exercises
import notebooks

ROOT = Path(__file__).parents[2]

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


# --- shown on the page "Status" ----------------------------------------------------------------------------------------------


class reading_times_place(nodes.General, nodes.Element):  # noqa: N801  (docutils names nodes so)
    """Where the table will stand, once all chapters have been executed."""


class ReadingTimes(SphinxDirective):
    """``{reading-times}``: for each chapter what was counted, the minutes that it makes, those of its box, and the run."""

    def run(self) -> list[nodes.Node]:
        return [reading_times_place()]


class _FillIn(SphinxPostTransform):
    default_priority = 8  # before references are resolved

    def run(self, **kwargs: Any) -> None:
        for placeholder in list(self.document.findall(reading_times_place)):
            taken = budget.costs(built=Path(self.app.outdir).parent / "jupyter_execute")
            placeholder.replace_self(table(taken, self.env.docname))


def table(taken: dict[str, budget.Cost | None], shown_on: str, root: Path = ROOT) -> nodes.table:
    """The table as a tree of docutils."""
    rows = []
    for page, cost in taken.items():
        source = root / f"{page}.md"
        text = source.read_text(encoding="utf8")
        seconds, box = f"{cost.clock:.0f}" if cost else "–", promised(text) or "–"
        if exercises.is_sheet(text):
            cells = ["–", f"{box} (estimate)", seconds, *["–"] * 4]
        else:
            found = counts(notebooks.as_executed(source))
            numbers = (found.words, found.formulas + found.equations, found.lines, found.figures + found.explorations)
            cells = [f"{found.minutes:.0f}", box, seconds, *map(str, numbers)]
        rows.append([budget.link_to(page, shown_on), *cells])
    titles = ["Chapter", "Counted, min", "Its box says", "Runs, s", "Words", "Formulas", "Lines of code", "Pictures"]
    return budget.tree(titles, rows)


def setup(app: Sphinx) -> None:
    app.add_node(reading_times_place)
    app.add_directive("reading-times", ReadingTimes)
    app.add_post_transform(_FillIn)
