"""Explorations in the built pages: sliders that work by keyboard, without a kernel, and pictures in words as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, TimeoutError

from tests.book.pages import built
from tests.book.pages.built import Exploration
from visit import PHONE, Visit, visit

_STATE = """box => {
  const seen = [...box.querySelectorAll("img")].filter(img => img.checkVisibility({checkVisibilityCSS: true}));
  return {pictures: seen.map(img => img.src), alts: seen.map(img => img.alt)};
}"""
_SLIDER = """handle => ({
  text: handle.getAttribute("aria-valuetext"),
  shown: handle.closest(".widget-slider").querySelector(".widget-readout").textContent.trim(),
  name: handle.getAttribute("aria-label"),
})"""


@dataclass(frozen=True)
class State:
    """What a reader meets at one position of a slider."""

    shown: str
    told: str
    pictures: tuple[str, ...]
    alts: tuple[str, ...]


@pytest.fixture(scope="module")
def opened(browser: Browser, address: str) -> Iterator[Callable[[Exploration], Locator]]:
    """The exploration's place in its page; a page stays open until another one is asked for."""
    tabs: dict[str, Any] = {}

    def close() -> None:
        for context in tabs.values():
            context[0].__exit__(None, None, None)
        tabs.clear()

    def get(exploration: Exploration) -> Locator:
        if exploration.page not in tabs:
            close()
            context = visit(browser, address)
            tabs[exploration.page] = context, context.__enter__()
            tabs[exploration.page][1].go(exploration.page)
        return place(tabs[exploration.page][1], exploration)

    yield get
    close()


def place(tab: Visit, exploration: Exploration) -> Locator:
    return tab.page.locator(".widget-subarea").nth(exploration.number)


def state(box: Locator, slider: Locator) -> State:
    told, seen = slider.evaluate(_SLIDER), box.evaluate(_STATE)
    return State(told["shown"], told["text"], tuple(seen["pictures"]), tuple(seen["alts"]))


def press(box: Locator, slider: Locator, key: str) -> State:
    """The state after a key, once the page has come to rest."""
    before = state(box, slider)
    slider.press(key)
    # Two frames of the browser are more than the widgets need to follow.
    box.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    after = state(box, slider)
    if after == before:
        box.page.wait_for_timeout(200)
        after = state(box, slider)
    return after


def sliders(box: Locator) -> list[Locator]:
    try:
        box.locator("[role=slider]").first.wait_for(timeout=5000)
    except TimeoutError:
        pytest.fail("the exploration shows no slider")
    return box.locator("[role=slider]").all()


def differ(one: State, other: State) -> None:
    assert one.pictures != other.pictures
    assert one.alts != other.alts
    assert one.shown != other.shown


@pytest.mark.parametrize("exploration", built.all_explorations(), ids=str)
class TestExploration:
    def test_keys_change_the_picture_its_text_and_the_value(
        self, opened: Callable[[Exploration], Locator], exploration: Exploration
    ) -> None:
        box = opened(exploration)
        for slider in sliders(box):
            if slider.get_attribute("aria-valuemax") == slider.get_attribute("aria-valuemin"):
                continue  # a slider with one value has nowhere to go
            slider.focus()
            first = press(box, slider, "Home")
            second = press(box, slider, "ArrowRight")
            differ(first, second)
            assert press(box, slider, "ArrowLeft") == first
            last = press(box, slider, "End")
            differ(first, last)
            differ(last, press(box, slider, "ArrowLeft"))
            assert press(box, slider, "ArrowRight") == last
            for met in (first, second, last):
                assert met.told == met.shown
                assert met.pictures
                assert not any(built.says_nothing(alt) for alt in met.alts)

    def test_sliders_have_names_of_their_own(self, opened: Callable[[Exploration], Locator], exploration: Exploration) -> None:
        names = [slider.evaluate(_SLIDER)["name"] for slider in sliders(opened(exploration))]
        assert all(names)
        assert len(set(names)) == len(names)

    def test_label_slider_and_value_share_a_line_and_the_picture_is_centred(
        self, opened: Callable[[Exploration], Locator], exploration: Exploration
    ) -> None:
        box = opened(exploration)
        for row in box.locator(".widget-slider").all():
            parts = [row.locator(part).bounding_box() for part in (".widget-label", ".noUi-target", ".widget-readout")]
            middles = [part["y"] + part["height"] / 2 for part in parts]
            assert max(middles) - min(middles) < 6
            assert parts[0]["x"] + parts[0]["width"] <= parts[1]["x"]
            assert parts[1]["x"] + parts[1]["width"] <= parts[2]["x"]
        pictures = [img.bounding_box() for img in box.locator("img").all() if img.is_visible()]
        whole = box.bounding_box()
        left = min(picture["x"] for picture in pictures) - whole["x"]
        right = whole["x"] + whole["width"] - max(picture["x"] + picture["width"] for picture in pictures)
        assert abs(left - right) < 4

    def test_sliders_can_be_used_on_a_phone(self, opened: Callable[[Exploration], Locator], exploration: Exploration) -> None:
        box = opened(exploration)
        box.page.set_viewport_size(PHONE)
        try:
            for row in box.locator(".widget-slider").all():
                for part in (".widget-label", ".noUi-target", ".widget-readout"):
                    assert row.locator(part).evaluate("part => part.scrollWidth - part.clientWidth") <= 1
                    edges = row.locator(part).bounding_box()
                    assert edges["x"] >= 0
                    assert edges["x"] + edges["width"] <= PHONE["width"]
                assert row.locator(".noUi-target").bounding_box()["width"] >= 100
        finally:
            box.page.set_viewport_size({"width": 1300, "height": 900})

    def test_one_still_picture_stands_in_without_javascript(
        self, browser: Browser, address: str, exploration: Exploration
    ) -> None:
        with visit(browser, address, java_script_enabled=False) as tab:
            tab.page.goto(tab.home + exploration.page)
            stills = tab.page.locator(".cell_output noscript .course-figures")
            still = stills.nth(exploration.number)
            assert stills.count() == len(built.explorations(exploration.page))
            pictures = still.locator("img").all()
            assert pictures
            for picture in pictures:
                assert picture.is_visible()
                assert not built.says_nothing(picture.get_attribute("alt"))

    def test_with_javascript_only_one_position_is_seen(
        self, opened: Callable[[Exploration], Locator], exploration: Exploration
    ) -> None:
        box = opened(exploration)
        output = box.locator("xpath=ancestor::div[contains(@class, 'cell_output')]")
        seen = [row for row in output.locator(".course-figures").all() if row.is_visible()]
        assert len(seen) == 1

    def test_pictures_are_light(self, exploration: Exploration) -> None:
        pictures = sum(len(alts) for alts in exploration.alts)
        assert pictures
        assert exploration.weight / pictures <= 20e3
        assert exploration.weight <= 2e6

    def test_every_position_is_described(self, exploration: Exploration) -> None:
        assert [alts for alts in exploration.alts if not alts or any(built.says_nothing(alt) for alt in alts)] == []
