"""Single pages as a reader's browser prints them; `test_pdf.py` looks at the book as a whole."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.book.pages import built
from tests.book.pages.survey import CUT
from tests.book.pages.test_keyboard import with_folds
from visit import Visit

#: The width of A4 less its margins, in pixels of CSS.
PAPER = {"width": 680, "height": 1000}

PAGES = sorted({*with_folds(), *(page for page in built.with_figures() if built.explorations(page))})[:4]


def printed(web: Visit, path: str) -> Page:
    page = web.go(path)
    page.set_viewport_size(PAPER)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    return page


@pytest.mark.parametrize("path", [*PAGES, "genindex.html"])
def test_nothing_is_cut_and_nothing_asks_for_a_click(web: Visit, path: str) -> None:
    page = printed(web, path)
    assert page.evaluate(CUT) == []
    assert (
        page.evaluate("[...document.querySelectorAll('main pre')].filter(code => code.scrollWidth > code.clientWidth).length")
        == 0
    )
    for control in (".toggle-button", ".copybtn", ".slider-container", "details.hide:not([open])", ".bd-sidebar"):
        assert page.locator(control).filter(visible=True).count() == 0


@pytest.mark.parametrize("path", with_folds())
def test_answers_and_hints_are_open(web: Visit, path: str) -> None:
    parts = printed(web, path).locator(".admonition.dropdown > .admonition-title + *").all()
    assert len(parts) == len(built.soup(path).select(".admonition.dropdown"))
    assert [part.text_content() for part in parts if not part.is_visible()] == []


def test_an_exploration_says_in_words_what_its_picture_shows(web: Visit) -> None:
    exploration = built.all_explorations()[0]
    page = printed(web, exploration.page)
    for slider in page.locator(".widget-slider").all():
        assert slider.locator(".widget-label").is_visible()
        assert slider.locator(".widget-readout").inner_text().strip()


def test_a_letter_of_the_index_may_begin_in_the_middle_of_a_sheet(web: Visit) -> None:
    page = printed(web, "genindex.html")
    breaks = "[...document.querySelectorAll('.genindextable')].map(table => getComputedStyle(table).breakInside)"
    assert set(page.evaluate(breaks)) == {"auto"}
