"""The browser that looks at the built book: the one that the machine has, or Playwright's own."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
DOWNLOAD = f"{Path(sys.executable).parent / 'playwright'} install chromium"

# Nothing that a browser does of its own accord may be taken for something that a page does.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


class NoBrowserError(Exception):
    """No Chromium or Chrome could be started."""


def candidates() -> list[str | None]:
    """Where a Chromium may be, in the order of trying; None is the one that Playwright downloads."""
    if chosen := os.environ.get("CHROMIUM"):
        return [chosen]
    installed = [path for name in NAMES if (path := shutil.which(name))]
    return [*installed, *([MAC] if Path(MAC).exists() else []), None]


def launch(playwright: Playwright) -> Browser:
    """The first candidate that starts.

    Raises
    ------
    NoBrowserError
        If none does; the message says what was tried.
    """
    # Chromium's sandbox refuses to work for root, which is who runs tests in most containers.
    flags = [*QUIET, "--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else list(QUIET)
    failures = []
    for path in candidates():
        try:
            return playwright.chromium.launch(executable_path=path, args=flags)
        except Error as error:
            failures.append(f"{path or 'Playwright’s own Chromium'}: {error.message.splitlines()[0]}")
    raise NoBrowserError("; ".join(failures))
