"""What holds for each page of the built book in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from browser import candidates
from tests.book.pages import built
from tests.book.pages.survey import WIDTHS, Survey, theme
from visit import Visit, visit

Surveys = Callable[[str], Survey]
MODES = ("light", "dark")


def test_the_kinds_of_pages_that_the_other_tests_look_at_are_found(html: object) -> None:
    assert built.chapters()
    assert built.with_math()
    assert built.with_figures()
    assert built.all_explorations()
    assert {"search.html", "genindex.html", "_modules/index.html"} <= set(built.pages())


def test_the_folder_leads_to_the_first_page(web: Visit) -> None:
    page = web.page
    page.goto(web.home)
    page.wait_for_url("**/book/index.html")
    assert web.troubles == []


@pytest.mark.parametrize("page", built.walked())
class TestPage:
    def test_loads_without_an_error_in_the_console(self, surveys: Surveys, page: str) -> None:
        assert surveys(page).visit.errors == []

    def test_asks_no_other_host(self, surveys: Surveys, page: str) -> None:
        assert surveys(page).visit.outside == []

    def test_gets_every_file_it_asks_for(self, surveys: Surveys, page: str) -> None:
        assert surveys(page).visit.failed == []

    @pytest.mark.parametrize("width", WIDTHS)
    def test_does_not_scroll_sideways_on_a_phone(self, surveys: Surveys, page: str, width: int) -> None:
        assert surveys(page).wide[width] <= 0

    @pytest.mark.parametrize("width", ["desk", "phone"])
    def test_nothing_is_cut(self, surveys: Surveys, page: str, width: str) -> None:
        assert surveys(page).cut[width] == []

    def test_every_picture_is_described(self, surveys: Surveys, page: str) -> None:
        shown = [picture for picture in surveys(page).pictures if not (picture["hidden"] or picture["decorative"])]
        assert [picture for picture in shown if built.says_nothing(picture["text"])] == []

    def test_every_picture_is_there(self, surveys: Surveys, page: str) -> None:
        assert [picture["what"] for picture in surveys(page).pictures if picture["broken"]] == []

    @pytest.mark.parametrize("mode", [*MODES, "phone"])
    def test_axe_finds_nothing_at_any_level(self, surveys: Surveys, page: str, mode: str) -> None:
        assert surveys(page).axe[mode] == []

    def test_the_tab_key_meets_every_control_once_and_in_order_and_leaves_the_page(self, surveys: Surveys, page: str) -> None:
        walk = surveys(page).walk
        assert walk.stops > 5
        assert walk.missed == []
        assert walk.again == []
        assert walk.backwards == []

    def test_focus_is_seen_wherever_the_tab_key_stops(self, surveys: Surveys, page: str) -> None:
        assert surveys(page).walk.unseen == []

    def test_the_theme_is_changed_with_the_keyboard(self, surveys: Surveys, page: str) -> None:
        assert surveys(page).toggle


@pytest.mark.parametrize("page", built.with_math())
def test_formulas_are_typeset(surveys: Surveys, page: str) -> None:
    assert surveys(page).not_typeset == []


@pytest.mark.parametrize("page", built.with_figures())
class TestFigures:
    @pytest.mark.parametrize("mode", MODES)
    def test_can_be_read(self, surveys: Surveys, page: str, mode: str) -> None:
        assert [figure for figure in surveys(page).figures[mode] if figure.ink < 4.5] == []

    @pytest.mark.parametrize("mode", MODES)
    def test_stand_on_the_ground_of_the_page(self, surveys: Surveys, page: str, mode: str) -> None:
        figures = surveys(page).figures[mode]
        assert figures
        assert [figure for figure in figures if figure.box > 3] == []

    def test_follow_the_theme_button(self, surveys: Surveys, page: str) -> None:
        filters = surveys(page).filters
        assert filters["light"] == {"none"}
        assert len(filters["dark"]) == 1
        assert "invert" in filters["dark"].pop()

    def test_are_printed_as_they_are(self, surveys: Surveys, page: str) -> None:
        assert surveys(page).filters["print"] == {"none"}


def test_the_browser_named_in_the_environment_is_the_only_one_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/a/browser")
    assert candidates() == ["/a/browser"]


def test_a_dark_page_is_printed_as_a_light_one(browser: Browser, address: str) -> None:
    with visit(browser, address, color_scheme="dark") as tab:
        page = tab.go(built.with_figures()[0])
        page.evaluate("addEventListener('beforeprint', () => { window.printedIn = document.documentElement.dataset.theme; })")
        page.pdf()
        assert page.evaluate("window.printedIn") == "light"
        assert theme(page) == "dark"
