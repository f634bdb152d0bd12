"""The glossary: each word has its chapter, and somebody who links to it."""

import re
from pathlib import Path

import pytest

import equations
import exercises
import notebooks

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "book" / "glossary.md").read_text()
SHEETS = exercises.sheets()
CHAPTERS = [pytest.param(page, id=page.stem) for page in notebooks.sources() if page not in SHEETS]


def entries():
    """Each term → what is said of it; a second name of the same thing has the same text."""
    found, names = {}, []
    for part in re.search(r"^```\{glossary\}\n:sorted:\n\n(.*?)^```$", GLOSSARY, re.M | re.S)[1].split("\n\n"):
        lines = part.strip("\n").split("\n")
        names = [line for line in lines if not line.startswith(" ")]
        found |= dict.fromkeys(names, "\n".join(lines[len(names) :]))
    return found


def links(text):
    """The terms that a page links to."""
    found = re.findall(r"\{term\}`(?:[^<`]+<)?([^>`]+)>?`", text)
    return [" ".join(term.split()) for term in found]


ENTRIES = entries()


@pytest.mark.parametrize("term", ENTRIES)
def test_term_is_explained_in_words_and_names_the_chapter(term):
    pages = [page.relative_to(ROOT / "book").with_suffix("").as_posix() for page in equations.chapters()]
    named = re.findall(r"\{doc\}`([^`]+)`", ENTRIES[term])
    assert named
    assert set(named) <= set(pages)
    assert len(ENTRIES[term].split()) > 6


def test_terms_are_many_and_in_alphabetical_order():
    heads = [term.lower() for term in ENTRIES if term not in {"BLUE", "DAN", "background"}]  # second names
    assert len(heads) >= 60
    assert heads == sorted(heads)


def test_every_term_is_linked_from_some_page_and_no_link_leads_nowhere():
    linked = {term for page in equations.chapters() for term in links(page.read_text())}
    assert linked <= set(ENTRIES)
    alone = {text for term, text in ENTRIES.items() if term in linked}
    assert [term for term, text in ENTRIES.items() if text not in alone] == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapter_links_some_of_its_terms_once_each(page):
    linked = links(page.read_text())
    assert len(linked) >= 2
    assert len(linked) == len(set(linked))
