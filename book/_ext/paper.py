"""The whole book as one HTML document for paper: a first page, the contents, then chapter after chapter."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from pathlib import Path

STYLE = Path(__file__).with_name("pdf.css")


@dataclass(frozen=True)
class Chapter:
    """A page of the book, ready for paper."""

    prefix: str
    part: str  # empty for the first page
    title: str
    article: str


@dataclass(frozen=True)
class Chapters:
    """All pages, the style sheets that they load, and the rules for the glyphs in their formulas."""

    chapters: list[Chapter]
    sheets: list[str]
    formulas: list[str]


def prefix_of(page: str) -> str:
    """What the names inside of a page begin with once all pages are one document.

    >>> prefix_of("book/basics/gaussians")
    'book-basics-gaussians'
    """
    return page.replace("/", "-")


def document(book: Chapters, about: dict[str, str], numbers: dict[str, int]) -> str:
    """The HTML of the whole book; `numbers` has the page on which each chapter begins, as far as it is known."""
    title = html.escape(about["title"])
    body = [_title_page(about), _contents(book.chapters, numbers)]
    part = ""
    for chapter in book.chapters:
        heading = f'<h1 class="part">{html.escape(chapter.part)}</h1>' if chapter.part != part else ""
        part = chapter.part
        body.append(f'<section class="chapter" id="{chapter.prefix}">{heading}{chapter.article}</section>')
    running = "\n".join(
        f"@page {chapter.prefix} {{ @top-left {{ content: {json.dumps(about['title'])} }}"
        f" @top-right {{ content: {json.dumps(chapter.title if chapter.part else '')} }} }}\n"
        f"#{chapter.prefix} {{ page: {chapter.prefix} }}"
        for chapter in book.chapters
    )
    links = "\n".join(f'<link rel="stylesheet" href="{html.escape(sheet)}">' for sheet in book.sheets)
    rules = "\n".join(book.formulas)
    own = STYLE.read_text(encoding="utf8")
    return (
        f'<!DOCTYPE html><html lang="{about["language"]}" data-theme="light" data-mode="light"><head><meta charset="utf-8">'
        f"<title>{title}</title>{links}<style>{rules}</style><style>{own}\n{running}</style></head>"
        '<body><main class="bd-main"><div class="bd-content"><div class="bd-article-container"><article class="bd-article">'
        f"{''.join(body)}</article></div></div></main></body></html>"
    )


def _title_page(about: dict[str, str]) -> str:
    title, author, edition = (html.escape(about[name]) for name in ("title", "author", "edition"))
    return (
        f'<section class="title-page"><p class="title">{title}</p><p>{author}</p><p>{edition}</p>'
        "<p>This is the book on paper. Explorations show the picture at which their sliders start, answers and hints are "
        "unfolded, and code that only draws is left out; the pages and the notebooks have it all.</p></section>"
    )


def _contents(chapters: list[Chapter], numbers: dict[str, int]) -> str:
    lines, part = ["<section class='contents'><h1>Contents</h1>"], None
    for chapter in chapters:
        if chapter.part != part:
            lines += ["</ol>"] * (part is not None)
            part = chapter.part
            lines += [f'<p class="of-part">{html.escape(part)}</p>'] * bool(part) + ["<ol>"]
        lines.append(
            f'<li><a href="#{chapter.prefix}"><span>{html.escape(chapter.title)}</span><span class="leader"></span>'
            f'<span class="number">{numbers.get(chapter.prefix, "000")}</span></a></li>'
        )
    return "".join([*lines, "</ol></section>"])
