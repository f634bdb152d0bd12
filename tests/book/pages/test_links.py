"""Links, anchors, pictures and scripts of the built pages, as they stand in the files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import lxml.html
import pytest

from exercises import is_sheet
from tests.book.pages import built
from tests.book.pages.built import HTML, ROOT

_POINTERS = ("href", "src", "srcset", "data", "poster", "action")


def pointers(page: str) -> Iterator[tuple[lxml.html.HtmlElement, str]]:
    """Each element that points somewhere, and where to."""
    for element in built.tree(page).iter(lxml.html.etree.Element):
        for name in _POINTERS:
            value = element.get(name)
            if value is None:
                continue
            for part in value.split(",") if name == "srcset" else [value]:
                yield element, part.split()[0] if name == "srcset" else part.strip()


def is_internal(target: str) -> bool:
    return not urlsplit(target).scheme and not target.startswith("//")


@cache
def anchors(file: Path) -> frozenset[str]:
    return frozenset(built.tree(str(file.relative_to(HTML))).xpath("//@id | //@name"))


def dead(page: str, target: str) -> str | None:
    """Why an internal link leads nowhere, or None."""
    parts = urlsplit(target)
    file = HTML / page if not parts.path else (HTML / page).parent / unquote(parts.path)
    file = file.resolve()
    if parts.path.startswith("/"):
        return f"{target}: the book may lie in any folder, so a link must not begin at the root"
    if not file.is_relative_to(HTML):
        return f"{target}: outside the book"
    if not file.is_file():
        return f"{target}: no such file"
    if parts.fragment and file.suffix == ".html" and unquote(parts.fragment) not in anchors(file):
        return f"{target}: no such anchor"
    return None


@pytest.mark.usefixtures("html")
@pytest.mark.parametrize("page", built.files())
class TestFile:
    def test_every_internal_link_leads_somewhere(self, page: str) -> None:
        targets = {target for _, target in pointers(page) if target and is_internal(target)}
        assert [why for target in sorted(targets) if (why := dead(page, target))] == []

    def test_other_hosts_are_only_linked_to(self, page: str) -> None:
        for element, target in pointers(page):
            if not is_internal(target) and urlsplit(target).scheme not in ("data", "mailto"):
                assert element.tag == "a", f"<{element.tag}> would load {target}"
                assert urlsplit(target).scheme == "https", f"{target}: expected https"

    def test_has_a_language_and_a_title(self, page: str) -> None:
        html = built.tree(page)
        assert html.get("lang") == "en"
        assert (html.findtext(".//title") or "").strip() not in ("", "<no title>")

    def test_identifiers_are_unique(self, page: str) -> None:
        found = Counter(built.tree(page).xpath("//@id"))
        assert sorted(name for name, times in found.items() if times > 1) == []


@pytest.mark.usefixtures("html")
def test_style_sheets_load_nothing_from_other_hosts() -> None:
    for sheet in HTML.rglob("*.css"):
        outside = re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^\"')]+", sheet.read_text(encoding="utf8"))
        assert outside == [], f"{sheet.relative_to(HTML)}: {outside}"


@pytest.mark.usefixtures("html")
@pytest.mark.parametrize("page", [page for page in built.chapters() if (HTML / page).exists()])
class TestSource:
    def test_the_page_comes_from_a_file_of_the_repository(self, page: str) -> None:
        assert (ROOT / built.source(page)).is_file()

    def test_the_launch_button_opens_that_file(self, page: str) -> None:
        menus = built.tree(page).find_class("dropdown-launch-buttons")
        buttons = [link for menu in menus for link in menu.iter("a") if "urlpath" in link.get("href")]
        text = (ROOT / built.source(page)).read_text(encoding="utf8")
        if "\nkernelspec:" not in text[:600]:
            assert buttons == []
            return
        assert len(buttons) == 1
        paths = parse_qs(urlsplit(buttons[0].get("href")).query)["urlpath"]
        opened = built.source(page).with_suffix(".ipynb") if is_sheet(text) else built.source(page)
        assert paths == [f"lab/tree/{opened.as_posix()}"]
