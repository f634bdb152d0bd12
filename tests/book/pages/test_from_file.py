"""The book opened with a double click, without any server."""

from __future__ import annotations

import pytest

from tests.book.pages import built
from tests.book.pages.test_explorations import differ, place, press, sliders
from visit import Visit

PAGES = [*built.chapters(), "search.html"]


@pytest.mark.parametrize("path", PAGES)
def test_page_works_from_a_file(from_file: Visit, path: str) -> None:
    page = from_file.go(path)
    assert page.locator("main h1:visible").count() == 1
    formulas = page.locator("main .math")
    assert formulas.count() == page.locator("main .math:has(mjx-container)").count()
    for exploration in built.explorations(path):
        box = place(from_file, exploration)
        slider = sliders(box)[0]
        differ(press(box, slider, "Home"), press(box, slider, "ArrowRight"))
    assert from_file.troubles == []
