"""The book on paper, printed from three of its pages."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import bs4
import pikepdf
import pytest
from playwright.sync_api import Browser

import pdf
import pdf_file
from paper import Chapter, Chapters, document, prefix_of
from tests.book.pages import built

CHAPTER = "book/basics/gaussians"
ORDER = [("", ["book/index"]), ("Basics", [CHAPTER]), ("Reference", ["book/references"])]
NAMES = [prefix_of(name) for _, names in ORDER for name in names]
CODE = "Show code cell source"


@pytest.fixture(scope="module")
def home(html: Path) -> str:
    return f"{html.as_uri()}/"


@pytest.fixture(scope="module")
def reported() -> list[str]:
    """What one is told while the PDF is made."""
    return []


@pytest.fixture(scope="module")
def book(browser: Browser, home: str, reported: list[str]) -> Chapters:
    """The pages, ready for paper."""
    return pdf.collect(browser, home, ORDER, reported.append)


@pytest.fixture(scope="module")
def printed(browser: Browser, home: str, book: Chapters, reported: list[str]) -> bytes:
    """The PDF as the browser prints it."""
    return pdf.printed(browser, home, book, pdf.about_book(), reported.append)


@pytest.fixture(scope="module")
def paper(printed: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf_file.finished(printed, pdf.about_book())[1]))


@pytest.fixture(scope="module")
def chapter(book: Chapters) -> bs4.BeautifulSoup:
    return bs4.BeautifulSoup(book.chapters[1].article, "html.parser")


def bookmarks(paper: pikepdf.Pdf) -> list[tuple[int, str, int]]:
    """Level, title and page of each bookmark."""
    number = {page.objgen: number for number, page in enumerate(paper.pages, start=1)}

    def below(items: list[pikepdf.OutlineItem], level: int) -> list[tuple[int, str, int]]:
        found = []
        for item in items:
            found += [(level, item.title, number[item.destination[0].objgen]), *below(item.children, level + 1)]
        return found

    with paper.open_outline() as outline:
        return below(outline.root, 1)


def links(paper: pikepdf.Pdf) -> list[Any]:
    return [note for page in paper.pages for note in page.get("/Annots", []) if note.Subtype == "/Link"]


def test_bookmarks_are_parts_chapters_and_sections_in_the_order_of_the_pages(paper: pikepdf.Pdf) -> None:
    found = bookmarks(paper)
    assert [title for level, title, _ in found if level == 1] == ["Contents", "Basics", "Reference"]
    chapters = [title for level, title, _ in found if level == 2]
    assert chapters == [built.title(f"{name}.html") for _, names in ORDER for name in names]
    sections = [heading.get_text().removesuffix("#") for heading in built.soup(f"{CHAPTER}.html").select("article h2")]
    assert [title for level, title, _ in found if level == 3 and title in sections] == sections
    pages = [page for _, _, page in found]
    assert pages == sorted(pages)


def test_molecules_are_pictures_with_their_text_and_their_gradients(book: Chapters) -> None:
    article = bs4.BeautifulSoup(book.chapters[0].article, "html.parser")
    drawn = [unquote(picture["src"]) for picture in article.select(".molecule img[alt]")]
    assert drawn
    for drawing in drawn:
        discs = re.findall(r'fill="url\(#([^)]+)\)"', drawing)
        assert discs
        assert set(discs) <= set(re.findall(r'<radialGradient id="([^"]+)"', drawing))


def test_contents_name_the_page_on_which_each_chapter_begins(printed: bytes, paper: pikepdf.Pdf) -> None:
    numbers = pdf_file.page_numbers(printed, NAMES)
    begins = {title: page for level, title, page in bookmarks(paper) if level == 2}
    assert list(numbers.values()) == list(begins.values())
    book = Chapters([Chapter(name, "A part", "A title", "") for name in NAMES], [], [])
    text = bs4.BeautifulSoup(document(book, pdf.about_book(), numbers), "html.parser")
    shown = {line["href"].lstrip("#"): int(line.select_one(".number").get_text()) for line in text.select(".contents a")}
    assert shown == numbers


def test_links_between_pages_lead_to_places_inside_and_no_link_to_this_machine(paper: pikepdf.Pdf) -> None:
    inside = [str(link.Dest).lstrip("/") for link in links(paper) if "/Dest" in link]
    assert set(NAMES) <= set(inside)
    cited = [name for name in inside if name.startswith("book-references--")]
    assert len(cited) >= 3
    assert all(f"/{name}" in paper.Root.Dests for name in inside)
    outside = [str(link.A.URI) for link in links(paper) if "/A" in link]
    assert outside
    assert [address for address in outside if not address.startswith("http")] == []
    assert [address for address in outside if "127.0.0.1" in address] == []


def test_title_language_tags_and_every_figure_with_its_text(paper: pikepdf.Pdf, chapter: bs4.BeautifulSoup) -> None:
    about = pdf.about_book()
    assert paper.docinfo.Title == about["title"]
    assert paper.docinfo.Author == about["author"]
    assert paper.Root.Lang == about["language"]
    assert paper.Root.MarkInfo.Marked
    tags = [thing for thing in paper.objects if isinstance(thing, pikepdf.Dictionary) and thing.get("/S") == "/Figure"]
    told = {str(tag.Alt) for tag in tags}
    drawn = {picture["alt"] for picture in chapter.select("img.course-figure")}
    assert len(drawn) >= 3
    assert drawn <= told


def test_explorations_show_their_start_once_with_the_sliders_values(chapter: bs4.BeautifulSoup) -> None:
    explorations = built.explorations(f"{CHAPTER}.html")
    boxes = chapter.select(".widget-subarea")
    assert len(boxes) == len(explorations) > 0
    stills = built.soup(f"{CHAPTER}.html").select(".cell_output noscript .course-figures")
    for box, still in zip(boxes, stills, strict=True):
        assert [picture["alt"] for picture in box.select("img")] == [picture["alt"] for picture in still.select("img")]
        words = [line.get_text() for line in box.select(".slider-position")]
        assert words
        assert all(all(part.strip() for part in line.split(":", 1)) and ":" in line for line in words)


def test_answers_are_unfolded_and_nothing_is_left_that_only_a_screen_can_do(chapter: bs4.BeautifulSoup) -> None:
    source = built.soup(f"{CHAPTER}.html")
    answers = [
        box for box in chapter.select(".admonition") if box.select_one(".admonition-title").get_text().strip() == "Answer"
    ]
    assert len(answers) == len(source.select("article .admonition.dropdown")) > 0
    assert not chapter.select(
        "button, details, summary, script, noscript, input:not([type=radio]), .toggle-hidden, a.headerlink"
    )
    assert CODE in source.get_text()
    assert CODE not in chapter.get_text()
    assert not chapter.select("mjx-assistive-mml, mjx-container [aria-hidden]")


def test_names_are_unique_and_headings_one_level_lower(chapter: bs4.BeautifulSoup) -> None:
    names = [part["id"] for part in chapter.select("[id]")]
    assert len(set(names)) == len(names)
    assert all(name.startswith("book-basics-gaussians--") for name in names)
    assert not chapter.select("h1")
    assert len(chapter.select("h2")) == 1


def test_paper_is_the_same_whenever_it_is_printed(printed: bytes) -> None:
    about = pdf.about_book()
    pages, data = pdf_file.finished(printed, about)
    assert pdf_file.finished(printed, about) == (pages, data)
    assert len(data) < len(printed)
    assert b"Chrom" not in data
    later = printed.replace(b"/CreationDate (D:20", b"/CreationDate (D:19")
    assert later != printed
    assert pdf_file.finished(later, about) == (pages, data)


def test_one_is_told_what_is_being_done(printed: bytes, reported: list[str]) -> None:
    assert reported[:3] == [f"reading {name}" for _, names in ORDER for name in names]
    assert [line.split(",")[0] for line in reported[3:5]] == [
        "printing the whole book without page numbers in its contents",
        "printing the whole book again",
    ]


def test_page_that_is_not_built_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"book: .*index\.html is not there; run `make book`"):
        pdf.write_pdf(tmp_path, tmp_path / "out.pdf", ORDER, pdf.about_book())
    assert list(tmp_path.iterdir()) == []


def test_without_a_browser_the_message_names_the_command_that_gets_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        raise pdf.NoBrowserError("chromium: not found")

    monkeypatch.setattr(pdf, "write_pdf", nothing)
    with pytest.raises(SystemExit, match=r"none starts here: chromium: not found\n.*playwright install chromium"):
        pdf.main([str(tmp_path), str(tmp_path / "out.pdf")])


def test_parts_are_those_of_the_table_of_contents() -> None:
    found = pdf.parts()
    assert found[0] == ("", ["book/index"])
    assert all((built.ROOT / f"{name}.md").exists() for _, names in found for name in names)
    assert json.dumps(found).count(CHAPTER) == 1
