"""The first page shows a living exploration of each part: the chapter's own pictures, with a way into the chapter."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.book.pages import built
from visit import PHONE, Visit, visit

DOOR = "book/index.html"
PARTS = ["basics", "learning", "assimilation", "invariance", "trust", "project"]
_STATE = "application/vnd.jupyter.widget-state+json"


def chapters() -> list[str]:
    """The chapters from which the previews come, as paths."""
    return [f"book/{link['href']}" for link in built.soup(DOOR).select(".preview .preview-source a")]


def models(page: str) -> dict[str, Any]:
    return json.loads(built.soup(page).find("script", type=_STATE).string)["state"]


def pictures(page: str) -> set[str]:
    return {model["state"]["value"] for model in models(page).values() if "<img" in model["state"].get("value", "")}


def test_every_part_has_one_preview_in_the_order_of_the_book() -> None:
    assert [chapter.split("/")[1] for chapter in chapters()] == PARTS
    assert len(built.explorations(DOOR)) + len(built.soup(DOOR).select("figure.molecule")) == len(PARTS)


def test_page_stays_light() -> None:
    assert (built.HTML / DOOR).stat().st_size <= 1.5e6


def test_pictures_are_those_of_the_chapters() -> None:
    of_chapters = [pictures(chapter) for chapter in chapters()[:-1]]
    assert pictures(DOOR) <= set().union(*of_chapters)
    assert all(pictures(DOOR) & found for found in of_chapters)
    (molecule,) = built.soup(DOOR).select("figure.molecule")
    assert molecule in built.soup(chapters()[-1]).select("figure.molecule")


def test_every_model_of_the_page_has_a_name_of_its_own() -> None:
    text = built.soup(DOOR).find("script", type=_STATE).string
    names = [name for name, _ in json.loads(text, object_pairs_hook=list)[-1][1]]
    assert len(set(names)) == len(names)
    assert not set(names) & set().union(*(models(chapter) for chapter in chapters()[:-1]))


def test_molecule_turns_by_key_from_a_file(from_file: Visit) -> None:
    page = from_file.go(DOOR)
    stage = page.locator(".preview .molecule-turnable")
    stage.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".preview .molecule-hint [role=status]").text_content() == "Turned by 10°."
    assert from_file.troubles == []


def lefts_and_tops(tab: Visit) -> tuple[list[float], list[float]]:
    boxes = [output.bounding_box() for output in tab.go(DOOR).locator(".preview > .cell_output").all()]
    return [box["x"] for box in boxes], [box["y"] for box in boxes]


def test_previews_stand_in_two_columns_whose_pictures_begin_at_one_height(web: Visit) -> None:
    lefts, tops = lefts_and_tops(web)
    assert len(set(lefts)) == 2
    assert tops[::2] == pytest.approx(tops[1::2], abs=1)


def test_previews_stand_below_each_other_on_a_phone(browser: Browser, address: str) -> None:
    with visit(browser, address, viewport=PHONE) as tab:
        lefts, tops = lefts_and_tops(tab)
    assert len(set(lefts)) == 1
    assert tops == sorted(set(tops))


def test_paper_shows_one_picture_of_each_preview(web: Visit) -> None:
    page = web.go(DOOR)
    page.emulate_media(media="print")
    for output in page.locator(".preview > .cell_output").all():
        assert sum(picture.is_visible() for picture in output.locator("img, svg[role=img]").all()) == 1
