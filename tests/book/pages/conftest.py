"""What the tests of the built pages share: the book, a server for it, a browser, and one look at each page for many checks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.book.pages import built
from tests.book.pages.browser import DOWNLOAD, NoBrowserError, launch, serve
from tests.book.pages.survey import Survey, survey
from tests.book.pages.visit import Visit, visit

SKIPPED = pytest.StashKey[str]()
REMARKS = pytest.StashKey[list[str]]()


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
def browser(pytestconfig: pytest.Config) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            started = launch(playwright)
        except NoBrowserError as error:
            if os.environ.get("REQUIRE_BROWSER") == "1":
                pytest.fail(f"REQUIRE_BROWSER=1, but no browser starts: {error}", pytrace=False)
            pytestconfig.stash[SKIPPED] = str(error)
            pytest.skip("no Chromium or Chrome starts here")
        yield started
        started.close()


@pytest.fixture(scope="session")
def surveys(browser: Browser, address: str, pytestconfig: pytest.Config) -> Callable[[str], Survey]:
    """What was found on a page; each page is opened once, however many tests ask."""
    found: dict[str, Survey] = {}

    def get(page: str) -> Survey:
        if page not in found:
            found[page] = survey(browser, address, page)
            remarks = pytestconfig.stash.setdefault(REMARKS, [])
            remarks += [f"{page} ({mode}): {text}" for mode, texts in found[page].minor.items() for text in texts]
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[None]:
    yield  # what follows comes last, where it is seen
    if remarks := config.stash.get(REMARKS, []):
        terminalreporter.section("accessibility: remarks that are no failures")
        for remark in remarks:
            terminalreporter.write_line(remark)
    if reason := config.stash.get(SKIPPED, ""):
        count = len(terminalreporter.stats.get("skipped", []))
        terminalreporter.section("THE BUILT PAGES WERE NOT TESTED IN A BROWSER", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"{count} tests skipped: layout, sliders, dark mode, search, accessibility.")
        terminalreporter.write_line(f"Tried: {reason}")
        terminalreporter.write_line(f"This command mends it:  {DOWNLOAD}", bold=True)
