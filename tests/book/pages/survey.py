"""One look at a page: everything that many tests want to know, from a single visit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

from tests.book.pages.axe import findings
from tests.book.pages.keyboard import Walk, walk
from tests.book.pages.pixels import Look, look
from visit import PHONE, Visit, visit

# Answers, hidden cells and other folded parts: the checks are to see them too.
_UNFOLD = """() => {
  document.querySelectorAll("details").forEach(details => { details.open = true; });
  document.querySelectorAll(".toggle-button.toggle-button-hidden").forEach(button => button.click());
}"""

_STILL = "async () => { await Promise.allSettled(document.getAnimations().map(animation => animation.finished)); }"

_REST = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50))))"

_WIDE = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth"

# Of phones: the narrowest for which pages must be made, and one of today.
WIDTHS = (320, PHONE["width"])

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
CUT = """() => {
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


@dataclass
class Survey:
    """What was found on one page; keys are the modes "light" and "dark", of `axe` "phone" too, of `cut` "desk" and "phone"."""

    visit: Visit
    pictures: list[dict[str, Any]]
    not_typeset: list[str]
    cut: dict[str, list[str]]
    walk: Walk = field(default_factory=Walk)
    toggle: bool = False
    wide: dict[int, int] = field(default_factory=dict)
    axe: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, list[Look]] = field(default_factory=dict)
    filters: dict[str, set[str]] = field(default_factory=dict)


def survey(browser: Browser, address: str, path: str) -> Survey:
    """Open a page, look at it in light, walk through it, turn it dark, look again, then hold it to a phone's width."""
    with visit(browser, address) as tab:
        page = tab.go(path)
        page.evaluate(_UNFOLD)
        cut = {"desk": page.evaluate(CUT)}
        found = Survey(tab, page.evaluate(_PICTURES), page.evaluate(_MATH), cut)
        _record(found, page, "light")
        found.walk = walk(page)
        found.toggle = turn_dark(page)
        if not found.toggle:
            page.emulate_media(color_scheme="dark")
        _record(found, page, "dark")
        page.emulate_media(media="print")
        found.filters["print"] = _filters(page)
        page.emulate_media(media="screen")
        for width in WIDTHS:
            page.set_viewport_size({**PHONE, "width": width})
            page.evaluate(_REST)  # the theme rearranges its columns
            found.wide[width] = page.evaluate(_WIDE)
        found.cut["phone"] = page.evaluate(CUT)
        page.wait_for_timeout(400)  # so long after a change of width the theme lets the keyboard reach code that scrolls now
        found.axe["phone"] = findings(page)
    return found


def turn_dark(page: Page) -> bool:
    """Whether the Enter key on the button that changes the theme turns the page dark."""
    page.locator(".theme-switch-button:visible").focus()
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
    found.axe[mode] = findings(page, shape=mode == "light")
    found.filters[mode] = _filters(page)
    figures = [picture for picture in page.locator("img.course-figure").all() if picture.is_visible()]
    found.figures[mode] = [look(picture) for picture in figures]


def _filters(page: Page) -> set[str]:
    """The filters that lie over the figures."""
    return set(page.evaluate("[...document.querySelectorAll('img.course-figure')].map(img => getComputedStyle(img).filter)"))
