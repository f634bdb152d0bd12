"""A tab in which a page is opened, and everything that went wrong in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response, Route, TimeoutError

DESK = {"width": 1300, "height": 900}
PHONE = {"width": 390, "height": 844}

# MathJax has typeset, and each exploration has its sliders, named.
_READY = """async () => {
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  const views = document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]').length;
  const handles = [...document.querySelectorAll(".noUi-handle")];
  return handles.length >= views && handles.every(handle => handle.hasAttribute("aria-label"));
}"""


@dataclass
class Visit:
    """A tab and its troubles: `errors` from scripts and the console, requests `outside` the book, `failed` ones inside it."""

    page: Page
    home: str
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the book and wait until its scripts have done their work, or a few seconds have passed."""
        self.page.goto(self.home + path)
        self.settle()
        return self.page

    def settle(self) -> None:
        try:
            self.page.wait_for_function(_READY, timeout=8000)
        except TimeoutError:
            return  # what is missing is for the tests to find

    @property
    def troubles(self) -> list[str]:
        return [*self.errors, *self.outside, *self.failed]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")

    def _not_loaded(self, request: Request) -> None:
        if request.url.startswith(self.home) and request.failure != "net::ERR_ABORTED":
            self.failed.append(f"{request.failure} {request.url}")

    def _block(self, route: Route) -> None:
        self.outside.append(route.request.url)
        route.abort()


@contextmanager
def visit(browser: Browser, home: str, **options: Any) -> Iterator[Visit]:
    """A fresh tab, without memory of earlier ones, that can load nothing but what begins with `home`."""
    options = {"viewport": DESK, "color_scheme": "light", "reduced_motion": "reduce", **options}
    with browser.new_context(**options) as context:
        tab = Visit(context.new_page(), home)
        context.route(lambda url: not url.startswith((home, "data:", "blob:")), tab._block)
        tab.page.on("console", tab._console)
        tab.page.on("pageerror", lambda error: tab.errors.append(f"script: {_text(error)}"))
        tab.page.on("response", tab._response)
        tab.page.on("requestfailed", tab._not_loaded)
        yield tab


def _text(error: Error) -> str:
    return " ".join(str(error).split())[:300]
