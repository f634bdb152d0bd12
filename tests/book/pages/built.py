"""The built book as files: which pages there are, and what they hold before any script has run."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import bs4
import lxml.html

ROOT = Path(__file__).parents[3]
HTML = Path(os.environ.get("BOOK_HTML", ROOT / "_build/html")).resolve()

_WIDGETS = "application/vnd.jupyter.widget-{}+json"
_FILE_NAME = re.compile(r"^\S*[/\\]\S*$|\.(png|svg|jpe?g|gif|webp)$", re.I)
_SAYS_NOTHING = re.compile(
    r"(an?|the|this|one|two|of|image|img|picture|photo|figure|fig|plot|graph|chart|diagram|drawing|output|untitled|null|none|\W|\d)*",
    re.I,
)


@cache
def tree(page: str) -> lxml.html.HtmlElement:
    """A page for questions that are asked of all of them: read thirty times faster than a soup."""
    return lxml.html.parse(HTML / page, lxml.html.HTMLParser(encoding="utf8")).getroot()


@cache
def soup(page: str) -> bs4.BeautifulSoup:
    """A page for questions with CSS selectors."""
    return bs4.BeautifulSoup((HTML / page).read_text(encoding="utf8"), "html.parser")


@cache
def pages() -> tuple[str, ...]:
    """Every page, as a path below the book's folder; what only sends the reader on is no page."""
    return tuple(page for page in files() if not tree(page).xpath("//meta[@http-equiv='Refresh']"))


def walked() -> list[str]:
    """The pages that are walked through one by one: all but listings of source code, and the longest listing of each part.

    There are two hundred listings, all made by one template.
    """
    longest: dict[str, str] = {}
    for page in sorted(pages(), key=lambda page: (HTML / page).stat().st_size):
        if page.startswith("_modules/course_lib/"):
            longest[page.split("/")[2]] = page
    return [page for page in pages() if not page.startswith("_modules/course_lib/") or page in longest.values()]


@cache
def files() -> tuple[str, ...]:
    """Every HTML file of the book; those below _static belong to the theme's machinery."""
    found = (file.relative_to(HTML) for file in HTML.rglob("*.html"))
    return tuple(sorted(str(file) for file in found if file.parts[0] != "_static"))


def chapters() -> list[str]:
    """The pages that come from a source file of the book."""
    return [page for page in pages() if page.startswith("book/")]


def source(page: str) -> Path:
    """The file from which a page was made."""
    return Path(page).with_suffix(".md")


def title(page: str) -> str:
    return soup(page).select_one("main h1").get_text().removesuffix("#").strip()


def holding(name: str) -> list[str]:
    """The pages on which an element has this class."""
    return [page for page in pages() if tree(page).find_class(name)]


def with_math() -> list[str]:
    return holding("math")


def with_figures() -> list[str]:
    return [page for page in pages() if explorations(page) or tree(page).find_class("course-figure")]


def says_nothing(text: str | None) -> bool:
    """Whether an alternative text is missing, is the name of a file, or would suit any picture."""
    text = (text or "").strip()
    return bool(not text or _FILE_NAME.search(text) or _SAYS_NOTHING.fullmatch(text))


@dataclass(frozen=True)
class Exploration:
    """Sliders over pictures, as the page carries them.

    `weight` is the number of bytes of all widgets that the exploration is made of; `alts` has the texts of each position, one
    for each of the pictures that stand side by side there.
    """

    page: str
    number: int
    weight: int
    alts: tuple[tuple[str | None, ...], ...]

    def __str__(self) -> str:
        return f"{self.page} exploration {self.number + 1}"


@cache
def explorations(page: str) -> tuple[Exploration, ...]:
    views, stored = (_stored(page, kind) for kind in ("view", "state"))
    models = stored[0]["state"] if stored else {}
    return tuple(_exploration(page, number, view["model_id"], models) for number, view in enumerate(views))


def _stored(page: str, kind: str) -> list[dict[str, Any]]:
    """What the page carries for the widgets' script."""
    scripts = tree(page).iter("script")
    return [json.loads(script.text) for script in scripts if script.get("type") == _WIDGETS.format(kind)]


def all_explorations() -> list[Exploration]:
    return [exploration for page in pages() for exploration in explorations(page)]


def _exploration(page: str, number: int, root: str, models: dict[str, Any]) -> Exploration:
    parts: dict[str, Any] = {}
    to_open = [root]
    while to_open:
        if (name := to_open.pop()) not in parts:
            parts[name] = models[name]
            to_open += re.findall(r"IPY_MODEL_(\w+)", json.dumps(models[name]["state"]))
    pictures = [
        images
        for model in parts.values()
        if model["model_name"] == "HTMLModel"
        and (images := bs4.BeautifulSoup(model["state"]["value"], "html.parser").find_all("img"))
    ]
    weight = sum(len(json.dumps(model).encode()) for model in parts.values())
    return Exploration(page, number, weight, tuple(tuple(img.get("alt") for img in row) for row in pictures))
