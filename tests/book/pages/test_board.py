"""The competition's leaderboard in a browser: it sorts without a network, by keyboard too, and shows names as they are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from course_lib.project.board_page import board_page
from course_lib.project.entries import entry
from course_lib.project.physical_score import PhysicalScore
from course_lib.project.submissions import Score
from tests.book.pages.axe import findings

SCORE = Score(0.5, 0.4, 0.6, 0.3, PhysicalScore(0.0, 0.125, 0.0, 0.0, float("nan")))
FIRST = entry("Noether", datetime(2026, 3, 2, 12, tzinfo=UTC), "ab" * 32, SCORE)
BOARD = [
    FIRST,
    replace(FIRST, team="<script>document.title='no'</script>", public_rmse=10.5, extensivity=3.0),
    replace(FIRST, team="Équipe Ångström", public_rmse=9.25, extensivity=20.0, rotation=0.25),
]


@pytest.fixture(params=["light", "dark"])
def board(request, browser, tmp_path):
    """The page, opened from its file, in a browser that has no network."""
    (tmp_path / "board.html").write_text(board_page(BOARD, "Leaderboard"), encoding="utf-8")
    context = browser.new_context(color_scheme=request.param, viewport={"width": 390, "height": 800}, offline=True)
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto((tmp_path / "board.html").as_uri())
    yield page
    assert said == []
    context.close()


def teams(page):
    return page.locator("tbody th").all_inner_texts()


def test_columns_sort_as_numbers_both_ways_and_what_is_missing_stands_last(board):
    noether, script, equipe = (one.team for one in BOARD)
    assert teams(board) == [noether, equipe, script]
    board.get_by_role("button", name="Extensivity").click()
    assert teams(board) == [script, equipe, noether]
    board.get_by_role("button", name="Extensivity").click()
    assert teams(board) == [equipe, script, noether]
    head = board.locator("th", has=board.get_by_role("button", name="Extensivity"))
    assert head.get_attribute("aria-sort") == "descending"
    assert board.locator("th[aria-sort]").count() == 1


def test_names_sort_by_alphabet_with_the_keyboard(board):
    board.get_by_role("button", name="Team").focus()
    board.keyboard.press("Enter")
    assert teams(board)[1:] == ["Équipe Ångström", "Noether"]
    board.keyboard.press("Space")
    assert teams(board)[:2] == ["Noether", "Équipe Ångström"]


def test_a_hostile_name_is_text(board):
    assert board.title() == "Leaderboard"
    assert "<script>document.title='no'</script>" in teams(board)


def test_the_page_is_as_wide_as_a_phone_and_the_table_scrolls_in_its_frame(board):
    assert board.evaluate("document.documentElement.scrollWidth") == 390
    assert board.locator(".scroll").evaluate("frame => frame.scrollWidth > frame.clientWidth")
    assert board.locator(".scroll[tabindex='0'][role=region][aria-labelledby]").count() == 1, "the arrow keys can scroll it"


def test_axe_finds_nothing(board):
    board.set_viewport_size({"width": 1280, "height": 800})  # it cannot judge colours in columns that are out of sight
    assert findings(board) == []
