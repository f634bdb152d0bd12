"""Self-check questions in the built pages: by keyboard, by eye, by ear, on paper, with and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.book.pages import built
from tests.book.pages.axe import findings
from visit import PHONE, Visit, visit

PAGES = built.holding("quiz")
PAGE = PAGES[0] if PAGES else ""

# In each quiz of the page, the choice with this number; a quiz with fewer choices keeps its last one.
_CHECK = """number => document.querySelectorAll("fieldset.quiz").forEach(quiz => {
  const radios = quiz.querySelectorAll("input");
  radios[Math.min(number, radios.length - 1)].click();
})"""

_TOO_WIDE = """() => [...document.querySelectorAll("fieldset.quiz")].filter(quiz => quiz.scrollWidth > quiz.clientWidth)
  .map(quiz => quiz.id)"""


def test_book_has_quizzes() -> None:
    assert PAGES


@pytest.fixture
def without_script(browser: Browser, address: str) -> Iterator[Page]:
    with visit(browser, address, java_script_enabled=False) as tab:
        tab.page.goto(tab.home + PAGE)
        yield tab.page


def said(quiz: Locator) -> list[str]:
    """The letters of the choices whose feedback is seen."""
    seen = quiz.locator(".quiz-choice", has=quiz.page.locator(".quiz-feedback:visible"))
    return [radio.get_attribute("id")[-1] for radio in seen.locator("input").all()]


def tab_to_a_radio_button(page: Page) -> str:
    """The next one with the Tab key, past the links that stand in between."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('input[type=radio]')"):
            break
    return page.evaluate("document.activeElement.id")


@pytest.mark.parametrize("page", PAGES)
def test_one_choice_of_each_quiz_is_right_and_every_choice_has_its_say(page: str) -> None:
    quizzes = built.soup(page).select("fieldset.quiz")
    assert len(quizzes) == 3
    for quiz in quizzes:
        feedback = quiz.select(".quiz-choice > [role=status] > .quiz-feedback")
        assert len(feedback) == len(quiz.select("input[type=radio]"))
        verdicts = [part.select_one(".quiz-verdict").get_text().split(" ", 1)[1] for part in feedback]
        assert sorted(verdicts) == ["Not quite."] * (len(verdicts) - 1) + ["Right."]
        assert all(len(part.get_text().split()) > 8 for part in feedback)


def test_keyboard_alone_reaches_each_quiz_and_changes_its_mind(web: Visit) -> None:
    page = web.go(PAGE)
    first, second = page.locator("fieldset.quiz").nth(0), page.locator("fieldset.quiz").nth(1)
    assert said(first) == []
    page.locator("#check-yourself > h2").click()  # where the Tab key goes on from
    assert tab_to_a_radio_button(page) == "quiz-1-a"
    assert said(first) == []  # to arrive is not to answer
    page.keyboard.press("Space")
    assert said(first) == ["a"]
    page.keyboard.press("ArrowDown")
    assert said(first) == ["b"]
    page.keyboard.press("ArrowUp")
    assert said(first) == ["a"]
    assert said(second) == []
    assert tab_to_a_radio_button(page) == "quiz-2-a"
    page.keyboard.press("Space")
    assert (said(first), said(second)) == (["a"], ["a"])
    assert web.troubles == []


def test_a_click_on_the_words_answers(web: Visit) -> None:
    quiz = web.go(PAGE).locator("fieldset.quiz").first
    quiz.locator("label").nth(1).click()
    assert said(quiz) == ["b"]


def test_focus_is_seen(web: Visit) -> None:
    page = web.go(PAGE)
    page.locator("#quiz-1-a").focus()
    page.keyboard.press("Space")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_answer_is_forgotten_when_the_page_is_loaded_again(web: Visit) -> None:
    page = web.go(PAGE)
    page.locator("#quiz-1-a").check()
    page.reload()
    assert page.locator("fieldset.quiz input:checked").count() == 0


def test_feedback_enters_a_live_region_that_was_there_before(web: Visit) -> None:
    page = web.go(PAGE)
    region = page.locator("#quiz-1-a ~ [role=status]")
    assert region.aria_snapshot() in {"", "- status"}
    page.locator("#quiz-1-a").check()
    told = region.aria_snapshot()
    assert "Not quite." in told or "Right." in told
    assert "✗" not in told  # the words say it


def test_group_and_choices_have_their_words_as_names(web: Visit) -> None:
    quiz = web.go(PAGE).locator("fieldset.quiz").first
    question = " ".join((quiz.locator("legend").text_content() or "").split())
    assert f'group "{question[:12]}' in quiz.aria_snapshot()
    for radio in quiz.locator("input").all():
        letter = radio.get_attribute("id")[-1]
        assert f'radio "{letter}.' in quiz.aria_snapshot()


def test_works_without_javascript(without_script: Page) -> None:
    quiz = without_script.locator("fieldset.quiz").first
    assert said(quiz) == []
    quiz.locator("input").nth(0).focus()
    without_script.keyboard.press("Space")
    assert said(quiz) == ["a"]
    without_script.keyboard.press("ArrowDown")
    assert said(quiz) == ["b"]


def test_works_from_a_file(from_file: Visit) -> None:
    quiz = from_file.go(PAGE).locator("fieldset.quiz").first
    quiz.locator("input").nth(2).check()
    assert said(quiz) == ["c"]
    assert from_file.troubles == []


def test_paper_shows_the_right_letters_and_no_feedback(web: Visit) -> None:
    page = web.go(PAGE)
    page.evaluate(_CHECK, 0)
    answers = page.locator("fieldset.quiz .quiz-answer")
    assert answers.filter(visible=True).count() == 0
    page.emulate_media(media="print")
    assert page.locator(".quiz-feedback:visible").count() == 0
    assert answers.filter(visible=True).count() == 3
    right = page.locator("fieldset.quiz .quiz-choice", has=page.locator(".quiz-right")).locator("input").all()
    letters = [radio.get_attribute("id")[-1] for radio in right]
    assert answers.all_text_contents() == [f"Right: {letter}" for letter in letters]


@pytest.mark.parametrize("page", PAGES)
def test_open_feedback_fits_a_phone(browser: Browser, address: str, page: str) -> None:
    with visit(browser, address, viewport=PHONE) as tab:
        tab.go(page)
        for number in range(4):
            tab.page.evaluate(_CHECK, number)
            tab.page.wait_for_timeout(100)  # formulas are fitted to their lines
            assert tab.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            assert tab.page.evaluate(_TOO_WIDE) == []


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_open_feedback(browser: Browser, address: str, dark: bool) -> None:
    with visit(browser, address, color_scheme="dark" if dark else "light") as tab:
        page = tab.go(PAGE)
        for number in (0, 1):
            page.evaluate(_CHECK, number)
            assert findings(page) == []
