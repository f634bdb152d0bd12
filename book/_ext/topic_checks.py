"""What ``book/topics.yml`` promises and the book does not keep, and what the book holds and no topic names."""

from __future__ import annotations

from pathlib import Path

import yaml

import uses
from exercises import sheets
from topics import Section, Topic, exercises, sections, topics

ROOT = Path(__file__).parents[2]

#: Parts of the book that explain no topic.
APPENDIX = {"Reference", "Library"}


def complaints(root: Path = ROOT) -> list[str]:
    """What ``book/topics.yml`` promises and the book or its tests do not keep: one sentence each."""
    listed, found, asked = topics(root), sections(root), exercises(root)
    known = set(uses.public(root).values())
    tested = {function for functions in uses.by_test(root).values() for function in functions}
    wrong = []
    for topic in listed:
        named = topic.labels()
        for page, label in named:
            if label not in found:
                wrong.append(f"{topic.words}: no heading of a page of the book has the label {label}")
            elif found[label].page != page:
                wrong.append(f"{topic.words}: {label} is in {found[label].page}, not in {page}")
        used = {function for _, label in named if label in found for function in found[label].uses}
        for function in topic.full_names():
            if function not in known:
                wrong.append(f"{topic.words}: the library makes no public {function}")
            elif function not in used:
                wrong.append(f"{topic.words}: no cell of its sections uses {function}")
            elif function not in tested:
                wrong.append(f"{topic.words}: no test uses {function}")
        wrong += [f"{topic.words}: no sheet has the exercise {name}" for name in topic.exercises if name not in asked]
    return wrong + _forgotten(listed, found, asked, pages_to_cover(root))


def _forgotten(listed: list[Topic], found: dict[str, Section], asked: dict[str, str], pages: list[str]) -> list[str]:
    """What the book holds and no topic names."""
    named = [pair for topic in listed for pair in topic.labels()]
    labels, covered = {label for _, label in named}, {page for page, _ in named}
    practised = {name for topic in listed for name in topic.exercises}
    unused = (label for label in found if label.startswith("topic-") and label not in labels)
    return [
        *(f"{found[label].page}: no topic names the label {label}" for label in unused),
        *(f"{page}: no topic names a section of this chapter" for page in pages if page not in covered),
        *(f"no topic names the exercise {name}" for name in asked if name not in practised),
    ]


def pages_to_cover(root: Path = ROOT) -> list[str]:
    """The chapters that explain something: all but the appendix and the exercise sheets."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))
    files = [entry["file"] for part in contents["parts"] if part.get("caption") not in APPENDIX for entry in part["chapters"]]
    asking = {sheet.relative_to(root).with_suffix("").as_posix() for sheet in sheets(root)}
    return [file.removeprefix("book/") for file in files if file not in asking]
