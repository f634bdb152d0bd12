"""The look with axe-core sees what it is meant to see, although it measures the contrast of a few words of each kind only."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.book.pages import built
from tests.book.pages.axe import exceptions, findings
from visit import Visit

_PAGE = """<!DOCTYPE html><html lang="en">
<head><title>A page</title><style>body {{ background: white; color: black }}</style></head>
<body><main><h1>A page</h1>{}</main></body></html>"""

GOOD = "<p>Words that are black on white.</p>" * 5

#: Words that are hard to read, in every way in which words like them can be easy to read.
HARD = {
    "their colour": '<p style="color: #999">pale</p>',
    "their ground": '<p style="background: #666">dark ground</p>',
    "the ground of a box around them": '<div style="background: #666"><p><b>dark ground</b></p></div>',
    "the opacity of a box around them": '<div style="opacity: 0.4"><p><b>pale</b></p></div>',
    "a box that lies over others": '<div style="position: absolute; background: #666"><b>dark ground</b></div>',
    "a word of a label": '<label><span style="color: #999">pale</span> <input type="checkbox"></label>',
    "one letter after a sign of the same colour": '<p style="color: #999"><b>)</b><b>) (</b><b>(</b><b>pale</b></p>',
}


@pytest.fixture
def page(web: Visit) -> Page:
    return web.page


@pytest.mark.parametrize("hard", HARD.values(), ids=HARD)
def test_words_that_are_hard_to_read_are_found_after_many_that_are_not(page: Page, hard: str) -> None:
    page.set_content(_PAGE.format(GOOD))
    assert findings(page) == []
    page.set_content(_PAGE.format(GOOD + hard))
    assert [re.split(r" \(", text)[0] for text in findings(page)] == ["color-contrast"]
    assert [re.split(r" \(", text)[0] for text in findings(page, shape=False)] == ["color-contrast"]


@pytest.mark.parametrize(
    ("wrong", "rule", "level"),
    [
        ("<h4>Two levels too low</h4>", "heading-order", "moderate"),
        ('<p style="display: grid" tabindex="3">first</p>', "tabindex", "serious"),
        ('<table><tr><th scope="col"></th></tr><tr><td>1</td></tr></table>', "empty-table-header", "minor"),
        ('<p style="background: linear-gradient(red, white)">on a picture</p>', "color-contrast", "to be reviewed"),
    ],
)
def test_every_level_is_reported(page: Page, wrong: str, rule: str, level: str) -> None:
    page.set_content(_PAGE.format(GOOD + wrong))
    assert [text.split(",")[0] for text in findings(page)] == [f"{rule} ({level})"]
    assert findings(page, shape=False) == ([] if rule != "color-contrast" else findings(page))


def test_what_is_let_pass_still_occurs_and_is_told_on_a_page(page: Page, web: Visit) -> None:
    assert exceptions()
    for one in exceptions():
        assert one["Why it is let pass"].strip()
        (status,) = (name for name in built.chapters() if name.endswith("/status.html"))
        assert one["Rule"] in built.soup(status).select_one("#accessibility table").get_text()
        where = next((name for name in built.chapters() if built.soup(name).select(one["Where"])), None)
        assert where, f"nothing matches {one['Where']}: take it out of the table"
        found = findings(web.go(where), excuse=False)
        assert [text.split(" ")[0] for text in found] == [one["Rule"]]
