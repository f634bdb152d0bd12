"""One look at a page: everything that many tests want to know, from a single visit."""

from __future__ import annotations

import importlib.resources
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playwright.sync_api import Browser, Page

from tests.book.pages.pixels import Look, look
from visit import PHONE, Visit, visit

# Answers, hidden cells and other folded parts: the checks are to see them too.
_UNFOLD = """() => {
  document.querySelectorAll("details").forEach(details => { details.open = true; });
  document.querySelectorAll(".toggle-button.toggle-button-hidden").forEach(button => button.click());
}"""

_STILL = "async () => { await Promise.allSettled(document.getAnimations().map(animation => animation.finished)); }"

_PICTURES = """() => [...document.querySelectorAll("img, svg[role=img], [role=img]")].map(picture => ({
  what: (picture.currentSrc || picture.outerHTML).slice(0, 80),
  figure: !!picture.closest(".cell_output, figure"),
  hidden: !!picture.closest("[aria-hidden=true]"),
  decorative: picture.getAttribute("alt") === "" && !picture.closest(".cell_output, figure"),
  broken: picture.matches("img") && picture.complete && !picture.naturalWidth,
  text: picture.getAttribute("alt") || picture.getAttribute("aria-label") ||
    (document.getElementById(picture.getAttribute("aria-labelledby")) || {}).textContent ||
    (picture.querySelector("title") || {}).textContent || "",
}))"""

_MATH = """() => [...document.querySelectorAll("main .math")]
  .filter(place => !place.querySelector("mjx-container") || place.querySelector("mjx-merror, [data-mjx-error]"))
  .map(place => place.textContent.trim().slice(0, 80))"""

# Words, pictures and controls of the page that lie outside the screen with no way to scroll to them.
_CUT = """() => {
  const scrolls = element => {
    for (let box = element; box && box !== document.body; box = box.parentElement)
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const cut = [], walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  const check = (element, boxes, what) => {
    for (const box of boxes)
      if (box.width > 1 && box.height > 1 && (box.right > innerWidth + 1 || box.left < -1) &&
          element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && !scrolls(element))
        return cut.push(what.trim().slice(0, 80));
  };
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || node.parentElement.closest("mjx-assistive-mml, noscript, script, style")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    check(node.parentElement, range.getClientRects(), node.data);
  }
  for (const element of document.querySelectorAll("main :is(img, button, mjx-container, .noUi-handle, .widget-label)"))
    check(element, element.getClientRects(), element.alt || element.title || element.className || element.tagName);
  return cut;
}"""

# Contrast is measured word by word, and source code and signatures have thousands of words in a dozen colours. A block all of
# whose colours occurred in earlier blocks of the page is left out there, and only there.
_COLOUR = """async ({options, colours}) => {
  const seen = new Set(), known = [];
  for (const block of document.querySelectorAll(".highlight, dt.sig")) {
    const kinds = [...block.querySelectorAll("span")].map(word => block.parentElement.className + " " + word.className);
    if (kinds.every(kind => seen.has(kind))) known.push(block);
    kinds.forEach(kind => seen.add(kind));
  }
  known.forEach(block => block.setAttribute("data-known", ""));
  const where = known.length ? {exclude: [["[data-known]"]]} : document;
  return (await axe.run(where, {...options, runOnly: colours})).violations;
}"""

# Every other rule looks at names, roles and order, which are the same in light and in dark.
_SHAPE = """async ({options, colours}) => {
  const rules = Object.fromEntries(colours.map(name => [name, {enabled: false}]));
  return (await axe.run(document, {...options, rules})).violations;
}"""

# Without preload: it fetches style sheets that are loaded already, some from a wrong address.
_RULES = {"options": {"resultTypes": ["violations"], "preload": False}, "colours": ["color-contrast", "link-in-text-block"]}


@dataclass
class Survey:
    """What was found on one page; keys are the modes "light" and "dark", of `cut` the widths "desk" and "phone"."""

    visit: Visit
    pictures: list[dict[str, Any]]
    not_typeset: list[str]
    toggle: bool
    wide: int
    cut: dict[str, list[str]]
    serious: dict[str, list[str]] = field(default_factory=dict)
    minor: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, list[Look]] = field(default_factory=dict)
    filters: dict[str, set[str]] = field(default_factory=dict)


def survey(browser: Browser, address: str, path: str) -> Survey:
    """Open a page, look at it in light, turn it dark with the keyboard, look again, then hold it to a phone's width."""
    with visit(browser, address) as tab:
        page = tab.go(path)
        page.evaluate(_UNFOLD)
        cut = {"desk": page.evaluate(_CUT)}
        found = Survey(tab, page.evaluate(_PICTURES), page.evaluate(_MATH), toggle=False, wide=0, cut=cut)
        _record(found, page, "light")
        found.toggle = turn_dark(page)
        if not found.toggle:
            page.emulate_media(color_scheme="dark")
        _record(found, page, "dark")
        page.emulate_media(media="print")
        found.filters["print"] = _filters(page)
        page.emulate_media(media="screen")
        page.set_viewport_size(PHONE)
        page.wait_for_timeout(200)  # the theme rearranges its columns
        found.wide = page.evaluate("Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth")
        found.cut["phone"] = page.evaluate(_CUT)
    return found


def turn_dark(page: Page) -> bool:
    """Whether the button that changes the theme is reached with the Tab key and turns the page dark with the Enter key."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.theme-switch-button')"):
            break
    else:
        return False
    for _ in range(3):
        page.keyboard.press("Enter")
        if theme(page) == "dark":
            return True
    return False


def theme(page: Page) -> str:
    return page.evaluate("document.documentElement.dataset.theme")


def _record(found: Survey, page: Page, mode: str) -> None:
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(0, 0)
    page.evaluate(_STILL)
    found.serious[mode], found.minor[mode] = violations(page, shape=mode == "light")
    found.filters[mode] = _filters(page)
    figures = [picture for picture in page.locator("img.course-figure").all() if picture.is_visible()]
    found.figures[mode] = [look(picture) for picture in figures]


def _filters(page: Page) -> set[str]:
    """The filters that lie over the figures."""
    return set(page.evaluate("[...document.querySelectorAll('img.course-figure')].map(img => getComputedStyle(img).filter)"))


@cache
def _axe() -> str:
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf8")


def violations(page: Page, *, shape: bool = True) -> tuple[list[str], list[str]]:
    """What axe-core finds, in words: serious and critical violations, and the others. Without `shape`, colours only."""
    page.evaluate(_axe())
    found = page.evaluate(_COLOUR, _RULES) + (page.evaluate(_SHAPE, _RULES) if shape else [])
    serious, minor = [], []
    for violation in found:
        places = [f"{' '.join(map(str, node['target']))}: {_why(node)}" for node in violation["nodes"]]
        text = f"{violation['id']} ({violation['impact']}), {len(places)} places, {'; '.join(places[:3])}"
        (serious if violation["impact"] in ("serious", "critical") else minor).append(text)
    return serious, minor


def _why(node: dict[str, Any]) -> str:
    checks = node["any"] or node["all"] or node["none"]
    return checks[0]["message"] if checks else ""
