"""Take the README's pictures from the built book, and one from JupyterLab.

Usage: python tests/book/screenshot.py FOLDER
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "book/_ext")]

import editions  # noqa: E402  (the line above says where they are)
import exercises  # noqa: E402
from browser import launch  # noqa: E402
from tests.book.pages import built, test_jupyterlab  # noqa: E402
from tests.book.pages.server import serve  # noqa: E402
from visit import visit  # noqa: E402

DESCENT = "book/learning/gradient-descent.html"
SHEET = "book/basics/td.md"
SIZE = {"width": 760, "height": 620}
TALL = {"width": 1300, "height": 2400}  # nothing has to be scrolled
COLOURS = 256
LIMIT_KB = 600  # all together

_TRAIN = """() => { const {advance, show} = window.coursePlayground.page;
  for (let k = 0; k < 50; k++) { advance(10); show(true); } }"""


def seen(place: Page | Locator) -> Image.Image:
    return Image.open(io.BytesIO(place.screenshot())).convert("RGB")


def preview(browser: Browser, address: str) -> Image.Image:
    """What the first page shows of each part."""
    with visit(browser, address, viewport=TALL) as tab:
        return seen(tab.go("book/index.html").locator(".previews"))


def exploration(browser: Browser, address: str) -> Image.Image:
    """An exploration in light and in dark, after a few moves of its first slider."""
    pictures = []
    for mode in ("light", "dark"):
        with visit(browser, address, viewport=SIZE, color_scheme=mode) as tab:
            page = tab.go(DESCENT)
            place = page.locator(".widget-subarea").first
            for _ in range(3):
                place.locator("[role=slider]").first.press("ArrowRight")
            page.evaluate("document.activeElement.blur()")
            place.evaluate("box => (box.closest('section') || box).scrollIntoView({block: 'start', behavior: 'instant'})")
            page.wait_for_timeout(500)
            pictures.append(seen(page))
    both = Image.new("RGB", (2 * pictures[0].width, pictures[0].height))
    for number, picture in enumerate(pictures):
        both.paste(picture, (number * picture.width, 0))
    return both


def playground(browser: Browser, address: str) -> Image.Image:
    """The playground after five hundred steps."""
    with visit(browser, address, viewport=TALL) as tab:
        page = tab.go("book/learning/playground.html")
        page.evaluate(_TRAIN)
        return seen(page.locator("#playground"))


def molecule(browser: Browser, address: str) -> Image.Image:
    """The first molecules of the project, the first of them turned."""
    with visit(browser, address, viewport=TALL) as tab:
        page = tab.go("book/project/molecular-energy.html")
        for key in ["ArrowRight"] * 4 + ["ArrowDown"] * 2:
            page.locator(".molecule-turnable").first.press(key)
        page.evaluate("document.activeElement.blur()")
        return seen(page.locator(".molecules").first)


def exercise(browser: Browser, address: str) -> Image.Image:
    """A student's notebook in JupyterLab, where a check says what is wrong with an answer."""
    question = next(one for one in exercises.exercises(ROOT / SHEET) if not one.by_hand and one.wrong)
    notebook = editions.students_notebook(ROOT / SHEET)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as home:
        nbformat.write(notebook, Path(folder, "td.ipynb"))
        server, lab = test_jupyterlab.start(Path(folder), Path(home))
        try:
            with browser.new_context(viewport={"width": 1000, "height": 760}) as context:
                page = context.new_page()
                page.goto(f"{lab}lab?reset")
                test_jupyterlab.open_by_click(page, "td.ipynb")
                page.evaluate("jupyterapp.commands.execute('application:toggle-left-area')")
                sources = [cell.source for cell in notebook.cells]
                stub = sources.index(question.stub)
                check = next(number for number in range(stub, len(sources)) if "check(" in sources[number])
                test_jupyterlab.cell(page, check).locator(".cm-content").click()
                test_jupyterlab.run(page, "Run All Above Selected Cell", check - 1)
                test_jupyterlab.answer(page, stub, question.wrong[0][1])
                test_jupyterlab.said(page, check)
                page.wait_for_timeout(1000)
                return seen(page)
        finally:
            test_jupyterlab.end(server)
            shutil.rmtree(Path(home), ignore_errors=True)


PICTURES: tuple[Callable[[Browser, str], Image.Image], ...] = (preview, exploration, playground, exercise, molecule)


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    files = []
    with sync_playwright() as playwright, serve(built.HTML) as address:
        browser = launch(playwright)
        for take in PICTURES:
            picture = take(browser, address)
            files.append(folder / f"{take.__name__}.png")
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(files[-1], optimize=True)
            print(f"{files[-1]}: {picture.width} × {picture.height}, {files[-1].stat().st_size / 1e3:.0f} kB")
        browser.close()
    size = sum(file.stat().st_size for file in files) / 1e3
    if size > LIMIT_KB:
        sys.exit(f"The pictures have {size:.0f} kB, more than the {LIMIT_KB} kB that a README should load")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
