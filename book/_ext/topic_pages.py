"""The page that leads from each topic of the lecture slides to the book: the directive ``{topic-table}``."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

import topic_checks
import topics
import uses
from equations import chapters
from remembered import digest_of, library_and_tests, remembered

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
PAGE = "book/slides"


def table(root: Path = ROOT) -> str:
    """One Markdown table for each part, one row for each topic, with links that Sphinx resolves."""
    asked, tests, rows, part = topics.exercises(root), uses.by_test(root), [], ""
    for topic in topics.topics(root):
        if topic.part != part:
            part = topic.part
            rows += ["", f"**{part}**", "", "| topic | explained | computed | exercises |", "|---|---|---|---|"]
        cells = [
            [topic.words, *(f"deck {deck}" for deck in topic.decks)],
            _links(topic),
            [*(f"{{py:func}}`{name.split('.')[-1]} <{name}>`" for name in topic.full_names()), *_tests(topic, tests)],
            [*(f"{{ref}}`{asked.get(label, label)} <{label}>`" for label in topic.exercises), *_sheets(topic, root)],
        ]
        rows.append(f"| {' | '.join('<br>'.join(lines) or '–' for lines in cells)} |")
    return "\n".join(rows)


def _links(topic: topics.Topic) -> list[str]:
    """Each page of a topic, and the sections of it."""
    sections = topic.sections.items()
    return [line for page, labels in sections for line in (f"**{{doc}}`{page}`**", *(f"{{ref}}`{label}`" for label in labels))]


def _sheets(topic: topics.Topic, root: Path) -> list[str]:
    """What is said of a sheet that is a topic as a whole."""
    pages = (root / "book" / f"{page}.md" for page, labels in topic.sections.items() if not labels)
    return [f"all {count} of the sheet" for page in pages if page.exists() and (count := len(topics.exercises_of(page)))]


def _tests(topic: topics.Topic, tests: dict[str, set[str]]) -> list[str]:
    """How many tests use the functions of a topic: in each of the two files with the most of them, and in the others."""
    users = [test for test, used in tests.items() if used.intersection(topic.full_names())]
    files = Counter(test.split("::")[0].split("/")[-1] for test in users).most_common()
    parts = [f"{count} in `{file}`" for file, count in files[:2]]
    parts += [f"{sum(count for _, count in files[2:])} in others"] if files[2:] else []
    return [f"Tests: {', '.join(parts)}"] if parts else []


def sources_digest(env: BuildEnvironment, root: Path = ROOT) -> str:
    """Changes when the table may change, or what is wrong with it."""
    try:
        sections = [_sections_of(env, page, root) for page in chapters(root)]
        read = (topics.topics(root), sections, topics.exercises(root), topic_checks.pages_to_cover(root))
    except (OSError, ValueError, SyntaxError) as error:
        read = str(error)
    return hashlib.sha256(repr((read, digest_of(library_and_tests(root), root))).encode()).hexdigest()


def _sections_of(env: BuildEnvironment, page: Path, root: Path) -> tuple[str, list[tuple[str, str, list[str]]]]:
    """A page and its labelled sections, which to find takes a while."""
    state = digest_of([page], root)
    found = remembered(env, f"sections of {page}", state, lambda: topics.labelled(page.read_text(encoding="utf8")))
    return str(page), [(label, title, sorted(named)) for label, title, named in found]


class TopicTable(SphinxDirective):
    """``{topic-table}``: the table, and a warning for each thing that is promised there and not kept."""

    def run(self) -> list[nodes.Node]:
        try:
            for wrong in topic_checks.complaints():
                logger.warning("%s: %s", topics.SOURCE, wrong, location=self.get_location())
            found = self.parse_text_to_nodes(table())
        except (OSError, ValueError, SyntaxError) as error:
            logger.warning("%s cannot be held against the book: %s", topics.SOURCE, error, location=self.get_location())
            return []
        for drawn in (node for top in found for node in top.findall(nodes.table)):
            drawn["classes"] += ["topics"]  # course.css puts the cells of a row below each other on a phone
        return found


def _outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Read the page again when something has changed that it shows."""
    if PAGE not in env.found_docs:
        return []
    pages = [page for page in chapters() if page.exists()]
    state = digest_of([*library_and_tests(), *pages, ROOT / topics.SOURCE, ROOT / "_toc.yml"])
    now, before = remembered(env, PAGE, state, partial(sources_digest, env)), getattr(env, "course_topics", "")
    env.course_topics = now
    return [PAGE] if now != before else []


def setup(app: Sphinx) -> None:
    app.add_directive("topic-table", TopicTable)
    app.connect("env-get-outdated", _outdated)
