"""The whole book as one PDF, printed by a browser from the built pages.

``python book/_ext/pdf.py HTML OUT.pdf``

Each page is opened as a reader opens it, so that formulas are set and explorations stand at their start; ``pdf.js`` makes it
ready for paper. All pages then become one document, which the browser prints: links between chapters stay links, and its
headings become the PDF's bookmarks and tags. It is printed twice, the second time with the page numbers in the contents.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import yaml
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from atomic import whole_file
from browser import DOWNLOAD, NoBrowserError, launch
from paper import Chapter, Chapters, document, prefix_of
from pdf_file import finished, page_numbers
from visit import visit

ROOT = Path(__file__).parents[2]
PREPARE = Path(__file__).with_name("pdf.js")

#: Told in a line what is being done.
Report = Callable[[str], None]


def in_silence(line: str) -> None:
    """Report to nobody."""


#: Page numbers and running titles are written by CSS, which Chromium prints from this version on.
OLDEST = 131

PATIENCE = 300_000  # milliseconds, for machines that do much besides

# The width of the text on A4 with the margins of pdf.css, in the browser's pixels.
PAPER = {"width": 657, "height": 1000}

# What is wider than the text is made smaller until it fits. First all is measured, then all is changed: in turns, each look
# would lay out the whole book anew.
_FIT = """() => {
  const wide = [...document.querySelectorAll("mjx-container, table")].map(part => {
    const text = part.parentElement.closest("p, li, dd, td, div, section").clientWidth;
    const own = (part.matches("table") ? part : part.firstElementChild).getBoundingClientRect().width;
    return {part, share: text && own > text ? text / own : 1};
  });
  wide.filter(({share}) => share < 1).forEach(({part, share}) => { part.style.fontSize = `${100 * share}%`; });
}"""

# Formulas are set, and each exploration has its sliders.
_READY = """() => {
  const views = document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]').length;
  return document.querySelectorAll(".noUi-handle").length >= views &&
    !document.querySelector("article .math:not(:has(mjx-container))");
}"""

_ALL_LOADED = "Promise.all([document.fonts.ready, ...[...document.images].map(image => image.decode().catch(() => {}))])"


def parts(root: Path = ROOT) -> list[tuple[str, list[str]]]:
    """The parts of the book and the pages in each, in its order; the first page is a part without a name."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf8"))
    return [("", [contents["root"]])] + [
        (part["caption"], [entry["file"] for entry in part["chapters"]]) for part in contents["parts"]
    ]


def write_pdf(
    book: Path,
    target: Path,
    order: list[tuple[str, list[str]]],
    about: dict[str, str],
    report: Report = in_silence,
) -> int:
    """Print the pages in `order` of the built `book` into `target`; returns the number of the PDF's pages.

    Parameters
    ----------
    about : ``title``, ``author``, ``language`` and ``date`` (YYYY-MM-DD) of the book, and the ``edition`` for its first page.
    report : is told what is being done; the whole book takes minutes.

    Raises
    ------
    ValueError
        If a page is not built, or a page asked another host for something.
    NoBrowserError
        If there is no Chromium, or one that is too old.
    """
    for name in [name for _, names in order for name in names]:
        if not (book / f"{name}.html").exists():
            raise ValueError(f"book: {book / name}.html is not there; run `make book`")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        if int(browser.version.split(".")[0]) < OLDEST:
            raise NoBrowserError(f"Chromium {browser.version} is there, {OLDEST} or later is needed")
        home = f"{book.resolve().as_uri()}/"
        data = printed(browser, home, collect(browser, home, order, report), about, report)
        browser.close()
    pages, data = finished(data, about)
    with whole_file(target) as file:
        file.write(data)
    return pages


def collect(browser: Browser, home: str, order: list[tuple[str, list[str]]], report: Report = in_silence) -> Chapters:
    """Open each page as a reader does and take what goes on paper."""
    prepare = PREPARE.read_text(encoding="utf8")
    prefixes = {f"{name}.html": prefix_of(name) for _, names in order for name in names}
    chapters: list[Chapter] = []
    sheets: dict[str, None] = {}
    formulas: dict[str, None] = {}
    for part, name in [(part, name) for part, names in order for name in names]:
        report(f"reading {name}")
        with visit(browser, home) as tab:
            tab.page.goto(f"{home}{name}.html")
            with suppress(TimeoutError):
                tab.page.wait_for_function(_READY, timeout=PATIENCE)
            if tab.troubles or not tab.page.evaluate(_READY):
                raise ValueError(f"book: {name}.html does not open as it should: {[*tab.troubles, 'it is not finished'][0]}")
            found = tab.page.evaluate(prepare, prefixes)
        chapters.append(Chapter(prefix_of(name), part, found["title"], found["article"]))
        sheets.update(dict.fromkeys(found["sheets"]))
        formulas.update(dict.fromkeys(found["formulas"]))
    return Chapters(chapters, list(sheets), list(formulas))


def printed(browser: Browser, home: str, book: Chapters, about: dict[str, str], report: Report = in_silence) -> bytes:
    """The PDF as the browser prints it: again, until the page numbers in the contents are those of the chapters."""
    names = [chapter.prefix for chapter in book.chapters]
    with visit(browser, home, viewport=PAPER) as tab:
        written, found = None, {}
        while written != found:
            written = found
            report(f"printing the whole book {'again, with the right' if written else 'without'} page numbers in its contents")
            data = _print(tab.page, home, document(book, about, written))
            found = page_numbers(data, names)
        if tab.outside:
            raise ValueError(f"book: a page asks for {tab.outside[0]}")
    return data


def _print(page: Page, home: str, text: str) -> bytes:
    # The document takes a place among the book's pages, whose files it may read; on the disk it is not.
    address = f"{home}the-whole-book.html"
    page.route(address, lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8"))
    page.emulate_media(media="print", color_scheme="light")
    page.goto(address, timeout=PATIENCE)
    page.evaluate(_ALL_LOADED)
    page.evaluate(_FIT)
    return page.pdf(prefer_css_page_size=True, print_background=True, tagged=True, outline=True)


def about_book(root: Path = ROOT) -> dict[str, str]:
    """Title, author, language, date and edition, from the files that say them."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf8"))
    cited = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf8"))
    version, date = str(cited["version"]), str(cited["date-released"])
    return {
        "title": config["title"],
        "author": config["author"],
        "language": config["sphinx"]["config"]["language"],
        "date": date,
        "edition": f"Version {version}. Text and figures: CC BY 4.0. Code: BSD 3-Clause.",
    }


def main(arguments: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("book", type=Path, help="the folder of the built pages")
    parser.add_argument("target", type=Path)
    chosen = parser.parse_args(arguments)
    try:
        pages = write_pdf(chosen.book, chosen.target, parts(), about_book(), partial(print, flush=True))
    except NoBrowserError as error:
        sys.exit(f"The PDF is printed by Chromium or Chrome, and none starts here: {error}\nThis command mends it:  {DOWNLOAD}")
    except (OSError, ValueError) as error:
        sys.exit(f"No PDF was written: {error}")
    print(f"{chosen.target}: {pages} pages, {chosen.target.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
