"""The release as whoever gets it meets it: unpacked anywhere, opened with a double click, no network."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import exercises
import notebooks
import release
from tests.book.leaks import leaks, solution_lines
from tests.book.pages import built
from tests.book.pages.test_explorations import differ, place, press, sliders
from tests.book.pages.test_search import results
from visit import Visit, visit


@pytest.fixture(scope="module")
def unpacked(html: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is in a zip made of the built pages. Its PDF is empty: `test_pdf.py` looks at paper."""
    folder = tmp_path_factory.mktemp("built")
    (folder / "html").symlink_to(html)
    notebooks.write_students(folder / "students")
    (folder / "course.pdf").write_bytes(b"%PDF")
    archive = folder / "course-0.zip"
    assert release.pack(release.contents(folder), archive) < release.LIMIT_MB
    elsewhere = tmp_path_factory.mktemp("a memory stick")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(elsewhere)
    return elsewhere / "course-0"


@pytest.fixture
def offline(browser: Browser, unpacked: Path) -> Iterator[Visit]:
    """An empty tab that may read the unpacked pages, without a network."""
    with visit(browser, f"{(unpacked / 'html').as_uri()}/", offline=True) as tab:
        yield tab


def test_from_the_front_page_by_a_link_to_a_chapter_whose_slider_moves(offline: Visit) -> None:
    exploration = built.all_explorations()[0]
    page = offline.page
    page.goto(f"{offline.home}index.html")
    page.wait_for_url("**/book/index.html")
    page.locator(f"main a[href$='{exploration.page.removeprefix('book/')}']").first.click()
    page.wait_for_url(f"**/{exploration.page}")
    offline.settle()
    box = place(offline, exploration)
    slider = sliders(box)[0]
    differ(press(box, slider, "Home"), press(box, slider, "End"))
    assert offline.troubles == []


def test_search_finds_a_chapter(offline: Visit) -> None:
    chapter = built.all_explorations()[0].page
    page = offline.go("search.html")
    page.locator("main input[type=search]").fill(built.title(chapter))
    page.keyboard.press("Enter")
    assert chapter in results(offline)[:3]
    assert offline.troubles == []


def test_pages_are_those_that_were_built(unpacked: Path, html: Path) -> None:
    pages = [file for file in (unpacked / "html").rglob("*") if file.is_file()]
    assert len(pages) > len(built.pages())
    assert [page for page in pages if page.read_bytes() != (html / page.relative_to(unpacked / "html")).read_bytes()] == []


def test_release_holds_no_solution_outside_the_pages(unpacked: Path, tmp_path: Path) -> None:
    # `test_leaks.py` reads all pages.
    shutil.copytree(unpacked, tmp_path / "rest", ignore=shutil.ignore_patterns("html"))
    (wheel,) = (tmp_path / "rest").glob("*.whl")
    wheel.rename(wheel.with_suffix(".zip"))  # under this name it is looked into
    asked = [exercise for sheet in exercises.sheets() for exercise in exercises.exercises(sheet)]
    assert leaks(tmp_path / "rest", solution_lines(asked)) == []


def test_readme_names_files_that_are_there(unpacked: Path) -> None:
    named = re.findall(r"^ {4}(\S+)", (unpacked / "README.txt").read_text(), re.M)
    assert len(named) == 4
    assert [name for name in named if not (unpacked / name).exists()] == []
