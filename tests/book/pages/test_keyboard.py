"""What the keyboard alone can do in the built pages; `test_every_page.py` walks through each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.book.pages import built
from tests.book.pages.keyboard import walk
from visit import DESK, PHONE, Visit, visit

CHAPTER = "book/basics/gaussians.html"

# Of each formula, whether it is wider than its box and whether the Tab key stops there.
_FORMULAS = """() => {
  const formulas = [...document.querySelectorAll("main mjx-container")].filter(formula => formula.checkVisibility());
  return [formulas.map(one => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX === "auto"),
    formulas.map(one => one.tabIndex === 0)];
}"""

_LINKS = '<p><a href="#a" id="a">one</a> <button>two</button> <input aria-label="three"></p>'


def with_folds() -> list[str]:
    """A chapter and an exercise sheet: pages with answers and with hints."""
    titles = {
        title.text_content().strip(): page
        for page in built.chapters()
        for fold in built.tree(page).find_class("dropdown")
        for title in fold.find_class("admonition-title")
    }
    return sorted({titles[title] for title in ("Answer", "Hint 1")})


def folds(page: str) -> list:
    return built.soup(page).select(".admonition.dropdown")


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    with visit(browser, address, viewport=PHONE) as tab:
        yield tab.go(built.chapters()[0])


def focused(page: Page, selector: str) -> bool:
    return page.evaluate("selector => document.activeElement.matches(selector)", selector)


def tab_to(page: Page, selector: str) -> Locator:
    for _ in range(300):
        page.keyboard.press("Tab")
        if focused(page, selector):
            return page.locator(":focus")
    pytest.fail(f"the Tab key never reaches {selector}")


def test_the_walk_passes_an_innocent_page(web: Visit) -> None:
    web.page.set_content(_LINKS)
    found = walk(web.page)
    assert (found.stops, found.missed, found.again, found.backwards, found.unseen) == (3, [], [], [], [])


def test_the_walk_notices_a_stop_that_is_not_seen(web: Visit) -> None:
    web.page.set_content(_LINKS + "<style>button { outline: none !important }</style>")
    assert walk(web.page).unseen == ["<button>two</button>"]


def test_the_walk_notices_a_stop_that_keeps_the_focus(web: Visit) -> None:
    web.page.set_content(_LINKS)
    web.page.evaluate("() => { document.querySelector('button').onkeydown = event => event.preventDefault(); }")
    found = walk(web.page)
    assert found.again
    assert found.missed == ['<input aria-label="three">']


def test_the_walk_notices_an_order_that_is_not_that_of_the_page(web: Visit) -> None:
    web.page.set_content('<p><a href="#a" id="a">one</a> <button tabindex="5">two</button></p>')
    assert walk(web.page).backwards == ['<a href="#a" id="a">one</a>']


@pytest.mark.parametrize("viewport", [DESK, {**PHONE, "width": 320}], ids=["desk", "phone"])
def test_a_formula_stops_the_tab_key_only_where_it_scrolls(browser: Browser, address: str, viewport: dict[str, int]) -> None:
    with visit(browser, address, viewport=viewport) as tab:
        page = tab.go(CHAPTER)
        page.wait_for_timeout(300)  # formulas are fitted to their lines
        scrolls, stops = page.evaluate(_FORMULAS)
        assert stops == scrolls
        assert (sum(scrolls) > 3) == (viewport != DESK)
        assert len(scrolls) > 30
        if sum(scrolls):
            page.locator("mjx-container[tabindex='0']").first.focus()
            page.keyboard.press("ArrowRight")
            page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_the_pages_have_answers_and_hints() -> None:
    assert len(with_folds()) == 2


@pytest.mark.parametrize("path", with_folds())
def test_answers_and_hints_open_and_close_by_keyboard_and_say_what_they_are(web: Visit, path: str) -> None:
    page = web.go(path)
    buttons = page.locator(".admonition-title > .toggle-button")
    assert buttons.count() == len(folds(path))
    for button, fold in zip(buttons.all()[:3], folds(path), strict=False):
        title = fold.select_one(".admonition-title").get_text().strip()
        assert button.get_attribute("aria-label") == f"Show or hide: {title}"
        inside = button.locator("xpath=../following-sibling::*").first
        assert not inside.is_visible()
        button.focus()
        for key, shown in (("Enter", True), ("Space", False), ("Enter", True)):
            page.keyboard.press(key)
            assert button.get_attribute("aria-expanded") == str(shown).lower()
            assert inside.evaluate("part => getComputedStyle(part).visibility") == ("visible" if shown else "hidden")
    assert web.troubles == []


def test_search_opens_takes_words_and_closes(web: Visit) -> None:
    page = web.go(built.chapters()[0])
    tab_to(page, ".search-button, .search-button-field")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('input[type=search]')")
    page.keyboard.type("filter")
    assert page.locator(":focus").input_value() == "filter"
    page.keyboard.press("Escape")
    page.wait_for_function("!document.activeElement.matches('input[type=search]')")
    tab_to(page, "main a")


def test_menus_open_and_close(web: Visit) -> None:
    page = web.go(with_folds()[0])
    button = tab_to(page, ".dropdown-toggle")
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert focused(page, ".dropdown-menu a, .dropdown-menu button")
    page.keyboard.press("Escape")
    assert focused(page, ".dropdown-toggle")
    assert page.locator(":focus").get_attribute("aria-expanded") == "false"


def test_contents_open_and_close_on_a_phone(phone: Page) -> None:
    links = phone.locator(".bd-sidebar-primary .bd-links a")
    assert not links.first.is_visible()
    tab_to(phone, ".primary-toggle")
    phone.keyboard.press("Enter")
    tab_to(phone, ".bd-sidebar-primary .bd-links a")
    assert phone.locator(":focus").is_visible()
    phone.keyboard.press("Escape")
    links.first.wait_for(state="hidden")
    phone.keyboard.press("Tab")
    assert focused(phone, ".primary-toggle")  # where one was
