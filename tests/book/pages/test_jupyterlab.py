"""JupyterLab as a reader and a student use it: a chapter is opened, run, its slider moved; an exercise is answered."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

import editions
import exercises

ROOT = Path(__file__).parents[3]
CHAPTER = "book/basics/gaussians.md"
SHEET = exercises.sheets()[0]
PATIENCE = 120  # seconds, for machines that do much besides
STUDENTS = str(SHEET.relative_to(ROOT).with_suffix(".ipynb"))

_CELLS = """() => [...jupyterapp.shell.currentWidget.content.model.cells].map(cell => ({
  type: cell.type, source: cell.sharedModel.source, count: cell.executionCount ?? null,
  outputs: cell.type === "code" ? cell.outputs.toJSON() : [],
}))"""
_DONE = """last => { const {content, sessionContext} = jupyterapp.shell.currentWidget;
  const upto = [...content.model.cells].slice(0, last + 1);
  const code = upto.filter(cell => cell.type === "code" && cell.sharedModel.source.trim());
  return sessionContext.session?.kernel?.status === "idle" && code.every(cell => cell.executionCount); }"""
_STARTED = "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"


def start(folder: Path, home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A JupyterLab that shows `folder`, with the settings of this environment and nobody's own, and its address."""
    options = {
        "ServerApp.root_dir": folder,
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": 0,
        "ServerApp.open_browser": False,
        "IdentityProvider.token": "",
        "LabApp.expose_app_in_browser": True,
        "LabApp.news_url": "",
    }
    own = {name: str(home / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    environment = {**os.environ, **own, "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"), "PYTHONPATH": str(ROOT)}
    root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [sys.executable, "-m", "jupyterlab", *root, *(f"--{name}={value}" for name, value in options.items())]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    until = monotonic() + PATIENCE
    while monotonic() < until and server.poll() is None:
        for file in (home / "JUPYTER_RUNTIME_DIR").glob("jpserver-*.json"):
            try:
                address = json.loads(file.read_text())["url"]
                urllib.request.urlopen(f"{address}api/status", timeout=5)  # noqa: S310 - our own server
                return server, address
            except (ValueError, OSError):
                pass  # not yet
        sleep(0.2)
    end(server)
    raise RuntimeError(f"JupyterLab does not start: {(home / 'log').read_text()[-2000:]}")


def end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab over one chapter, as Markdown, and one student's notebook."""
    folder, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")
    (folder / CHAPTER).parent.mkdir(parents=True)
    shutil.copy(ROOT / CHAPTER, folder / CHAPTER)
    nbformat.write(editions.students_notebook(SHEET), folder / STUDENTS)
    server, address = start(folder, home)
    yield address
    end(server)


@pytest.fixture
def page(browser: Browser, lab: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1300, "height": 1000}) as context:
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        page.goto(f"{lab}lab?reset")
        yield page
        page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")


def open_by_click(page: Page, path: str) -> None:
    """Open a file as a reader does: a double click on each folder, then on the file."""
    *folders, name = path.split("/")
    for entry in [*folders, name]:
        page.locator(".jp-DirListing-item").filter(has=page.get_by_text(entry, exact=True)).dblclick()
    expect(page.locator(".jp-NotebookPanel:visible")).to_have_count(1)
    page.wait_for_function(_STARTED)


def run(page: Page, which: str, last: int) -> None:
    """Choose an entry of the menu *Run* and wait until the cells up to the one numbered `last` have run."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=which, exact=True).click()
    page.wait_for_function(_DONE, arg=last, timeout=2000 * PATIENCE)


def cell(page: Page, index: int) -> Locator:
    """The cell with this number, scrolled to where it is seen, and active."""
    page.evaluate(
        """async index => { const notebook = jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = index; await notebook.scrollToItem(index, "center"); }""",
        index,
    )
    return page.locator(".jp-Notebook:visible .jp-Cell.jp-mod-active")


def answer(page: Page, index: int, text: str) -> None:
    """Write into a cell what a student writes, and run it."""
    cell(page, index).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    assert page.evaluate(_CELLS)[index]["source"] == text
    page.keyboard.press("Control+Enter")
    page.wait_for_function(_STARTED)


def said(page: Page, index: int) -> str:
    """What the check in a cell says when it is run."""
    before = page.evaluate(_CELLS)[index]["count"]
    cell(page, index).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function(
        """([index, before]) => { const model = jupyterapp.shell.currentWidget.content.model.cells.get(index);
            return model.executionCount && model.executionCount !== before; }""",
        arg=[index, before],
    )
    page.wait_for_function(_STARTED)
    return cell(page, index).locator(".jp-OutputArea").inner_text()


def test_chapter_opens_as_a_notebook_runs_and_its_slider_moves(page: Page) -> None:
    open_by_click(page, CHAPTER)
    run(page, "Run All Cells", len(page.evaluate(_CELLS)) - 1)
    cells = page.evaluate(_CELLS)
    errors = [out for cell in cells for out in cell["outputs"] if out["output_type"] == "error" or out.get("name") == "stderr"]
    assert errors == []
    first = next(number for number, cell in enumerate(cells) if re.search(r"^explore\(", cell["source"], re.M))
    exploration = cell(page, first)
    slider = exploration.get_by_role("slider").first
    seen = exploration.locator("img:visible")
    before = [picture.get_attribute("alt") for picture in seen.all()]
    slider.focus()
    slider.press("ArrowRight")
    expect(seen.first).not_to_have_attribute("alt", before[0])
    slider.press("ArrowLeft")
    expect(seen.first).to_have_attribute("alt", before[0])


def test_exercise_says_what_is_missing_what_is_wrong_and_what_is_right(page: Page) -> None:
    exercise = next(one for one in exercises.exercises(SHEET) if not one.by_hand and one.wrong)
    open_by_click(page, STUDENTS)
    sources = [cell["source"] for cell in page.evaluate(_CELLS)]
    written = next(number for number, source in enumerate(sources) if source == exercise.stub)
    check = next(number for number, source in enumerate(sources) if number > written and "check(" in source)
    cell(page, check).locator(".cm-content").click()
    run(page, "Run All Above Selected Cell", check - 1)
    assert "✗ Not attempted" in said(page, check)
    says, wrong = exercise.wrong[0]
    answer(page, written, wrong)
    complaint = said(page, check)
    assert complaint.startswith("✗ Not yet")
    assert says in " ".join(complaint.split())  # long sentences are broken between words
    answer(page, written, exercise.reference.strip())
    assert said(page, check).startswith("✓ ")
