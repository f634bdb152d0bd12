"""Search in the built book, on the web and from a file."""

from __future__ import annotations

import pytest

from tests.book.pages import built
from visit import Visit

WAYS = ("web", "from_file")


@pytest.fixture(params=WAYS)
def tab(request: pytest.FixtureRequest) -> Visit:
    return request.getfixturevalue(request.param)


def results(tab: Visit) -> list[str]:
    """The pages that were found, best first, once the search has finished."""
    tab.page.wait_for_function("/^Search finished|did not match/.test(document.querySelector('.search-summary')?.textContent)")
    links = tab.page.locator("#search-results .search a").evaluate_all("links => links.map(link => link.href)")
    return list(dict.fromkeys(link.removeprefix(tab.home).split("?")[0].split("#")[0] for link in links))


@pytest.mark.parametrize("page", built.chapters())
def test_words_of_a_title_find_the_page(tab: Visit, page: str) -> None:
    tab.go("search.html").locator("main input[type=search]").fill(built.title(page))
    tab.page.keyboard.press("Enter")
    assert page in results(tab)[:3]
    tab.page.wait_for_load_state("networkidle")
    assert tab.troubles == []


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
