"""Take the README's picture from the built book: a chapter's exploration at work, on a light page and on a dark one.

Usage: python tests/book/screenshot.py OUT.png
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[2] / "book" / "_ext"))

from browser import launch
from tests.book.pages import built
from tests.book.pages.server import serve
from visit import visit

CHAPTER = "book/learning/gradient-descent.html"
STEPS = 3  # moves of the first slider from where it starts
SIZE = {"width": 760, "height": 620}
LIMIT_KB = 300


def picture(browser: Browser, address: str, mode: str) -> Image.Image:
    """The top of the chapter's first exploration, its heading included, as it looks in one mode."""
    with visit(browser, address, viewport=SIZE, color_scheme=mode) as tab:
        page = tab.go(CHAPTER)
        exploration = page.locator(".widget-subarea").first
        for _ in range(STEPS):
            exploration.locator("[role=slider]").first.press("ArrowRight")
        page.evaluate("document.activeElement.blur()")
        exploration.evaluate("box => (box.closest('section') || box).scrollIntoView({block: 'start', behavior: 'instant'})")
        page.wait_for_timeout(500)
        return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    both = Image.new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    return both


def main(out: str) -> None:
    with sync_playwright() as playwright, serve(built.HTML) as address:
        browser = launch(playwright)
        image = side_by_side(picture(browser, address, "light"), picture(browser, address, "dark"))
        browser.close()
    image.save(out, optimize=True)
    size = Path(out).stat().st_size / 1e3
    if size > LIMIT_KB:
        sys.exit(f"{out} has {size:.0f} kB, more than the {LIMIT_KB} kB that a README should load")
    print(f"{out}: {image.width} × {image.height}, {size:.0f} kB")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
