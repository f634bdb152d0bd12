"""What the tests of the built pages share: the book, a server for it, a browser, and one look at each page for many checks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from browser import DOWNLOAD, NoBrowserError, launch
from tests.book.pages import built
from tests.book.pages.by_page import ByPage
from tests.book.pages.server import serve
from tests.book.pages.survey import Survey, survey
from visit import Visit, visit

NO_BROWSER = "no Chromium or Chrome starts here: "


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built book."""
    if not (built.HTML / "index.html").exists():
        pytest.fail(f"there is no built book in {built.HTML}: run `make book` first", pytrace=False)
    return built.HTML


@pytest.fixture(scope="session")
def address(html: Path) -> Iterator[str]:
    """The address of the book on a local server."""
    with serve(html) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            started = launch(playwright)
        except NoBrowserError as error:
            if os.environ.get("REQUIRE_BROWSER") == "1":
                pytest.fail(f"REQUIRE_BROWSER=1, but no browser starts: {error}", pytrace=False)
            pytest.skip(f"{NO_BROWSER}{error}")
        yield started
        started.close()


@pytest.fixture(scope="session")
def surveys(browser: Browser, address: str) -> Callable[[str], Survey]:
    """What was found on a page; each page is opened once, however many tests ask."""
    found: dict[str, Survey] = {}

    def get(page: str) -> Survey:
        if page not in found:
            found[page] = survey(browser, address, page)
        return found[page]

    return get


@pytest.fixture
def web(browser: Browser, address: str) -> Iterator[Visit]:
    """An empty tab that may ask the book's server, and nobody else."""
    with visit(browser, address) as tab:
        yield tab


@pytest.fixture
def from_file(browser: Browser, html: Path) -> Iterator[Visit]:
    """An empty tab that may read the book's files, as after a double click, and ask nobody."""
    with visit(browser, f"{html.as_uri()}/") as tab:
        yield tab


@pytest.fixture(scope="module")
def script(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """The page that a module calls PAGE, for tests that only call its functions and change nothing."""
    with visit(browser, address) as tab:
        yield tab.go(request.module.PAGE)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPage:
    """Share the tests out among several processes."""
    return ByPage(config, log)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield  # what follows comes last, where it is seen
    skipped = [str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])]
    reasons = [reason for reason in skipped if NO_BROWSER in reason]
    if reasons:
        terminalreporter.section("THE BUILT PAGES WERE NOT TESTED IN A BROWSER", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{len(reasons)} tests skipped: layout, sliders, dark mode, search, accessibility.")
        terminalreporter.write_line(reasons[0])
        terminalreporter.write_line(f"This command mends it:  {DOWNLOAD}", bold=True)
