"""Molecules in the built page: drawn before any script runs, and turned as course_lib turns them."""

from __future__ import annotations

import json
import re
from typing import Any

import bs4
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page
from scipy.spatial.transform import Rotation

from course_lib.teaching.molecule_drawing import drawn, project
from course_lib.teaching.molecule_view import START
from tests.book.pages import built
from tests.book.pages.axe import findings
from tests.book.pages.survey import turn_dark
from visit import PHONE, Visit, visit

PAGE = "book/project/molecular-energy.html"


@pytest.fixture
def page(web: Visit) -> Page:
    return web.go(PAGE)


def values(page: Page, expression: str, *args: Any) -> Any:
    return page.evaluate(f"(args) => {{ const M = window.courseMolecule; return {expression}; }}", list(args))


def scenes() -> list[dict[str, Any]]:
    return [json.loads(figure["data-molecule"]) for figure in built.soup(PAGE).select("figure.molecule")]


def first(page: Page) -> Locator:
    return page.locator(".molecule-turnable").first


def by_python(rotation: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The same from course_lib: names, and the numbers of discs and rods."""
    return numbers_of(bs4.BeautifulSoup(drawn(scenes()[0], rotation), "html.parser"))


def in_page(page: Page) -> tuple[list[str], np.ndarray]:
    return numbers_of(bs4.BeautifulSoup(first(page).locator("svg > g").inner_html(), "html.parser"))


def numbers_of(soup: bs4.BeautifulSoup) -> tuple[list[str], np.ndarray]:
    parts = soup.find_all(["circle", "line"])
    names = [f"{part.name} {part.get('data-atom', part.get('data-rod'))}" for part in parts]
    wanted = {"circle": ["cx", "cy", "r", "r"], "line": ["x1", "y1", "x2", "y2"]}
    return names, np.array([[float(part[name]) for name in wanted[part.name]] for part in parts])


def said(page: Page) -> str:
    return page.locator(".molecule-hint [role=status]").first.text_content() or ""


def same(one: tuple[list[str], np.ndarray], other: tuple[list[str], np.ndarray]) -> None:
    """Equal pictures: the same order but for what is equally near, and the same places."""
    assert sorted(one[0]) == sorted(other[0])
    rows = [dict(zip(names, numbers, strict=True)) for names, numbers in (one, other)]
    for name in one[0]:
        np.testing.assert_allclose(rows[0][name], rows[1][name], atol=1.5e-3)


# --- the formulas


@pytest.mark.parametrize("seed", range(3))
def test_script_projects_as_course_lib(script: Page, seed: int) -> None:
    rng = np.random.default_rng(seed)
    R, points = Rotation.random(random_state=seed).as_matrix(), rng.normal(size=(20, 3))
    found = values(script, "args[0].map(p => M.project(p, args[1], args[2]))", points.tolist(), R.tolist(), 8.0)
    np.testing.assert_allclose(found, project(points, R, 8.0), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_script_turns_about_the_axes_of_the_screen(script: Page, seed: int) -> None:
    rng = np.random.default_rng(seed)
    R, (right, down) = Rotation.random(random_state=seed), rng.uniform(-3, 3, 2)
    found = values(script, "M.turned(...args)", R.as_matrix().tolist(), right, down)
    np.testing.assert_allclose(found, (Rotation.from_euler("yx", [right, down]) * R).as_matrix(), atol=1e-12)
    angle = values(script, "M.angle(...args)", found, R.as_matrix().tolist())
    assert angle == pytest.approx(np.degrees(Rotation.from_euler("yx", [right, down]).magnitude()), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_script_places_and_orders_all_as_course_lib(script: Page, seed: int) -> None:
    R = Rotation.random(random_state=seed).as_matrix()
    for scene in scenes():
        names, numbers = numbers_of(bs4.BeautifulSoup(drawn(scene, R), "html.parser"))
        found = values(script, "M.layout(...args)", scene, R.tolist())
        assert [f"circle {part['atom']}" if "atom" in part else f"line {part['rod']}" for part in found] == names
        rows = [[part[key] for key in (("x", "y", "r", "r") if "atom" in part else ("x1", "y1", "x2", "y2"))] for part in found]
        np.testing.assert_allclose(rows, numbers, atol=1e-3)


# --- the picture


def test_molecules_are_drawn_where_there_is_no_script(browser: Browser, address: str) -> None:
    with visit(browser, address, java_script_enabled=False) as tab:
        tab.page.goto(tab.home + PAGE)
        figures = tab.page.locator("figure.molecule")
        assert figures.count() == len(scenes()) > 0
        for figure, scene in zip(figures.all(), scenes(), strict=True):
            box = figure.locator("svg").bounding_box()
            assert min(box["width"], box["height"]) > 150
            assert figure.locator("circle").count() == len(scene["atoms"])
            assert len(figure.locator("svg").get_attribute("aria-label")) > 20
        assert tab.page.locator(".molecule-hint").count() == 0  # nothing promises what does not work


def test_the_first_view_is_the_still_picture(page: Page) -> None:
    same(in_page(page), by_python(START))
    assert said(page) == "Turned by 0°."


@pytest.mark.parametrize(
    ("key", "axis", "sign"), [("ArrowRight", "y", 1), ("ArrowLeft", "y", -1), ("ArrowDown", "x", 1), ("ArrowUp", "x", -1)]
)
def test_an_arrow_key_turns_by_ten_degrees_as_course_lib_would(page: Page, key: str, axis: str, sign: int) -> None:
    first(page).focus()
    for count in (1, 2, 3):
        page.keyboard.press(key)
        turn = Rotation.from_euler(axis, sign * 10 * count, degrees=True)
        same(in_page(page), by_python(turn.as_matrix() @ START))
        assert said(page) == f"Turned by {10 * count}°."


def test_what_is_in_front_comes_forward_on_a_right_arrow_key(page: Page) -> None:
    """The eye sees the near side move to the right."""
    scene = scenes()[0]
    near = max(range(len(scene["atoms"])), key=lambda k: project([scene["atoms"][k][:3]], START, scene["eye"])[0, 2])
    disc = first(page).locator(f"circle[data-atom='{near}']")
    before = float(disc.get_attribute("cx"))
    first(page).focus()
    page.keyboard.press("ArrowRight")
    assert float(disc.get_attribute("cx")) > before + 0.05


def test_home_and_a_full_turn_lead_back(page: Page) -> None:
    first(page).focus()
    before = in_page(page)
    for _ in range(36):
        page.keyboard.press("ArrowDown")
    same(in_page(page), before)
    for key in ("ArrowLeft", "ArrowUp", "ArrowLeft", "Home"):
        page.keyboard.press(key)
    same(in_page(page), before)
    assert said(page) == "Turned by 0°."


def test_dragging_turns_about_the_vertical_and_leaves_the_other_molecules(page: Page) -> None:
    others = [place.inner_html() for place in page.locator(".molecule-turnable svg > g").all()[1:]]
    first(page).scroll_into_view_if_needed()
    box = first(page).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y, steps=5)
    page.mouse.up()
    page.mouse.move(x + 120, y + 60)  # the button is up
    same(in_page(page), by_python(Rotation.from_euler("y", 30, degrees=True).as_matrix() @ START))
    assert [place.inner_html() for place in page.locator(".molecule-turnable svg > g").all()[1:]] == others


def test_letters_stay_with_their_discs(page: Page) -> None:
    first(page).focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    parts = bs4.BeautifulSoup(first(page).locator("svg > g").inner_html(), "html.parser").find_all(["circle", "text", "line"])
    symbols = [atom[4] for atom in scenes()[0]["atoms"]]
    discs = [k for k, part in enumerate(parts) if part.name == "circle"]
    assert len(discs) == len(symbols)
    for k in discs:
        disc, letter = parts[k], parts[k + 1]
        assert letter.get_text() == symbols[int(disc["data-atom"])]
        assert float(letter["x"]) == float(disc["cx"])
        assert abs(float(letter["y"]) - float(disc["cy"])) < float(disc["r"])


def test_arrow_keys_do_not_scroll_and_tab_goes_on(page: Page) -> None:
    first(page).focus()
    at = page.evaluate("scrollY")
    for key in ("ArrowDown", "ArrowUp", "Home"):
        page.keyboard.press(key)
    page.wait_for_timeout(200)
    assert page.evaluate("scrollY") == at
    page.keyboard.press("Tab")
    assert not first(page).evaluate("stage => stage === document.activeElement")
    page.keyboard.press("Shift+Tab")
    assert first(page).evaluate("stage => stage === document.activeElement")
    assert first(page).evaluate("stage => getComputedStyle(stage).outlineStyle") == "solid"


def test_keys_of_the_browser_are_left_to_it(page: Page) -> None:
    first(page).focus()
    for key in ("Alt+ArrowUp", "PageDown", "a"):
        page.keyboard.press(key)
    assert said(page) == "Turned by 0°."


def test_every_molecule_has_role_name_and_instructions(page: Page) -> None:
    stages = page.locator(".molecule-turnable").all()
    assert len(stages) == len(scenes())
    told = set()
    for stage in stages:
        assert stage.get_attribute("role") == "application"
        assert stage.get_attribute("aria-roledescription")
        assert stage.get_attribute("aria-label") == stage.locator("svg").get_attribute("aria-label")
        told.add(stage.get_attribute("aria-describedby"))
        assert "arrow keys" in page.locator(f"#{stage.get_attribute('aria-describedby')}").text_content()
    assert len(told) == len(stages)


@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_after_a_turn(page: Page, dark: bool) -> None:
    if dark:
        assert turn_dark(page)
    first(page).focus()
    page.keyboard.press("ArrowRight")
    assert findings(page) == []


def test_a_finger_turns_sideways_and_scrolls_up_and_down(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport=PHONE, has_touch=True) as tab:
        page = tab.go(PAGE)
        assert first(page).evaluate("stage => getComputedStyle(stage).touchAction") == "pan-y pinch-zoom"
        for stage in page.locator(".molecule-turnable").all():
            box = stage.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
        assert tab.troubles == []


def test_paper_gets_the_picture_and_no_instructions(page: Page) -> None:
    page.emulate_media(media="print")
    assert first(page).is_visible()
    assert not page.locator(".molecule-hint").first.is_visible()


def test_nothing_moves_by_itself(page: Page) -> None:
    before = in_page(page)
    page.wait_for_timeout(500)
    same(in_page(page), before)
    assert not re.search(r"requestAnimationFrame|setInterval|transition|animation", sources())


def sources() -> str:
    return "".join((built.ROOT / "book/assets" / name).read_text() for name in ("js/molecule.js", "css/molecule.css"))
