"""The topics of the lecture slides and where the book treats them: ``book/topics.yml``, held against chapters and library.

A topic names its decks, the sections that explain it (page → labels ``(topic-…)=`` before headings; no label: the whole page),
the functions that cells of these sections compute it with, and the exercises about it.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

import uses
from equations import chapters
from exercises import sheets
from freshness import code

ROOT = Path(__file__).parents[2]
SOURCE = "book/topics.yml"

_KEYS = dict.fromkeys(["topic", "deck", "sections", "functions", "exercises"]).keys()
_HEADING = re.compile(r"^(?P<labels>(?:\([\w-]+\)=\n+)*)(?P<level>#+) +(?P<title>.+)$", re.M)
_FENCED = re.compile(r"^(?P<fence>`{3,})[^`\n]*\n.*?^(?P=fence)`*[ ]*$", re.M | re.S)
_EXERCISE = re.compile(r"^:{3,}\{exercise\} (?P<title>.+)\n:label: (?P<label>[\w-]+)$", re.M)


@dataclass(frozen=True)
class Topic:
    """A topic of the slides; its functions are named without ``course_lib.``."""

    part: str
    words: str
    decks: tuple[int, ...]
    sections: dict[str, list[str]]
    functions: tuple[str, ...]
    exercises: tuple[str, ...]

    def labels(self) -> list[tuple[str, str]]:
        """Page and label of each of its sections; a page that it takes as a whole is a label of its own."""
        return [(page, label) for page, labels in self.sections.items() for label in labels or [page]]

    def full_names(self) -> list[str]:
        """The functions, as the library names them."""
        return [f"{uses.LIBRARY}.{name}" for name in self.functions]


@dataclass(frozen=True)
class Section:
    """A labelled section of a page, with the public functions of the library that its cells name; or a page as a whole."""

    page: str
    title: str
    uses: frozenset[str] = frozenset()


def topics(root: Path = ROOT) -> list[Topic]:
    """The topics, in their order.

    Raises
    ------
    ValueError
        If the file is not YAML of the kind that it should be.
    """
    try:
        parts = yaml.safe_load((root / SOURCE).read_text(encoding="utf8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{SOURCE} is no YAML: {error}") from error
    if not isinstance(parts, dict) or not all(isinstance(entries, list) for entries in parts.values()):
        raise ValueError(f"{SOURCE}: expected the names of parts, and a list of topics under each")
    return [_topic(part, entry) for part, entries in parts.items() for entry in entries]


def _topic(part: str, entry: object) -> Topic:
    if not isinstance(entry, dict) or entry.keys() != _KEYS:
        raise ValueError(f"{SOURCE}: expected a topic with the keys {', '.join(_KEYS)}, got {entry}")
    words, decks, sections, functions, exercises = (entry[key] for key in _KEYS)
    decks = decks if isinstance(decks, list) else [decks]
    if not decks or any(deck not in (1, 2) for deck in decks):
        raise ValueError(f"{SOURCE}: {words}: expected 1, 2 or [1, 2] as deck, got {entry['deck']}")
    lists = [functions, exercises, *(sections.values() if isinstance(sections, dict) and sections else [None])]
    if any(not isinstance(names, list) or not all(isinstance(name, str) for name in names) for names in lists):
        raise ValueError(
            f"{SOURCE}: {words}: expected lists of names as functions and exercises, and one for each page as sections"
        )
    return Topic(part, str(words), tuple(decks), sections, tuple(functions), tuple(exercises))


def sections(root: Path = ROOT) -> dict[str, Section]:
    """Each label ``topic-…`` of the book's pages, and each page under its own name → what stands there."""
    known, found = uses.public(root), {}
    for page in chapters(root):
        name, text = page.relative_to(root / "book").with_suffix("").as_posix(), page.read_text(encoding="utf8")
        found[name] = Section(name, name)
        for label, title, named in labelled(text):
            found.setdefault(label, Section(name, title, frozenset(known[full] for full in named if full in known)))
    return found


@cache
def labelled(text: str) -> list[tuple[str, str, set[str]]]:
    """Each label ``topic-…``: the title below it, and what cells name before the next heading of its level."""
    outside = _FENCED.sub(lambda fenced: re.sub(r"[^\n]", " ", fenced[0]), text)  # no comment of a cell is a heading
    headings, found, names = list(_HEADING.finditer(outside)), [], None
    for place, heading in enumerate(headings):
        labels = re.findall(r"\((topic-[\w-]+)\)=", heading["labels"])
        if labels:
            names = names or uses.imported(ast.walk(ast.parse(code(text))))
            after = (other.start() for other in headings[place + 1 :] if len(other["level"]) <= len(heading["level"]))
            cells = ast.parse(code(text[heading.start() : next(after, len(text))]))
            found += [(label, heading["title"], uses.named(ast.walk(cells), names)) for label in labels]
    return found


def exercises(root: Path = ROOT) -> dict[str, str]:
    """Label of each exercise of the sheets → its title."""
    return {label: title for sheet in sheets(root) for label, title in exercises_of(sheet).items()}


def exercises_of(page: Path) -> dict[str, str]:
    """Label of each exercise of a page → its title."""
    return {match["label"]: match["title"] for match in _EXERCISE.finditer(page.read_text(encoding="utf8"))}
