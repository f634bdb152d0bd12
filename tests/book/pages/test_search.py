"""Search in the built book, on the web and from a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.book.pages import built
from visit import Visit, visit

WAYS = ("web", "from_file")


@pytest.fixture(params=WAYS)
def tab(request: pytest.FixtureRequest) -> Visit:
    return request.getfixturevalue(request.param)


_FOUND = """enough => /^Search finished|did not match/.test(document.querySelector(".search-summary")?.textContent) ||
  document.querySelectorAll("#search-results .search > li").length >= enough"""


def results(tab: Visit, enough: int = 10_000) -> list[str]:
    """The pages that were found, best first, once the search has finished or shows `enough` places."""
    tab.page.wait_for_function(_FOUND, arg=enough)
    links = tab.page.locator("#search-results .search a").evaluate_all("links => links.map(link => link.href)")
    return list(dict.fromkeys(link.removeprefix(tab.home).split("?")[0].split("#")[0] for link in links))


@pytest.fixture(scope="module", params=WAYS)
def searching(request: pytest.FixtureRequest, browser: Browser, address: str, html: Path) -> Iterator[Visit]:
    """The page of the search, for one title after another."""
    with visit(browser, address if request.param == "web" else f"{html.as_uri()}/") as tab:
        tab.go("search.html")
        yield tab


@pytest.mark.parametrize("page", built.chapters())
def test_words_of_a_title_find_the_page(searching: Visit, page: str) -> None:
    searching.page.locator("main input[type=search]").fill(built.title(page))
    with searching.page.expect_navigation():  # to the same page, which may still show what was found for another title
        searching.page.keyboard.press("Enter")
    # The page has gathered and ordered all places before it shows the first.
    assert page in results(searching, enough=10)[:3]
    assert searching.troubles == []


def test_the_search_key_opens_a_field_that_searches(tab: Visit) -> None:
    page = built.chapters()[-1]
    tab.go(page).keyboard.press("Control+k")
    tab.page.keyboard.type(built.title(page))
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search.html*")
    assert page in results(tab)
    assert tab.troubles == []


def test_results_come_with_an_excerpt(web: Visit) -> None:
    page = built.all_explorations()[0].page
    web.go("search.html").locator("main input[type=search]").fill("import")
    web.page.keyboard.press("Enter")
    assert page in results(web)
    web.page.locator("#search-results p.context").first.wait_for(timeout=5000)


def test_what_is_not_in_the_book_is_not_found(tab: Visit) -> None:
    tab.go("search.html").locator("main input[type=search]").fill("qwertyuiopasdf")
    tab.page.keyboard.press("Enter")
    assert results(tab) == []
    assert tab.troubles == []
