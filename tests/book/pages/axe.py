"""What axe-core finds on a page, at every level: violations of whatever impact, best practices, and what it cannot decide."""

from __future__ import annotations

import csv
import importlib.resources
from functools import cache

from playwright.sync_api import Page

from tests.book.pages.built import ROOT

# What is let pass, and why, as the page "Status" shows it.
EXCEPTIONS = ROOT / "book/accessibility.csv"

# The contrast of words with their ground depends on their colour and size and on the grounds that lie behind one another, and
# pages have thousands of words in a dozen such combinations: of each, axe-core measures the first few and not all. Words on
# a picture, in a label or in a box that floats over others are all measured: what lies behind them is no box that holds them.
# Signs without a letter or a digit it does not judge.
_MARK = """() => {
  const FEW = 3, grounds = new Map([["", 0]]), groundOf = new Map(), seen = new Map();
  const number = text => grounds.get(text) ?? grounds.set(text, grounds.size).get(text);
  const ground = box => {
    if (!box) return 0;
    if (groundOf.has(box)) return groundOf.get(box);
    const style = getComputedStyle(box), below = ground(box.parentElement);
    const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter, style.clip, style.clipPath].join();
    const floats = !["static", "relative"].includes(style.position);
    const found = own === "rgba(0, 0, 0, 0),none,1,none,auto,none" && !floats ? below
      : number([below, own, floats ? groundOf.size : ""].join());
    groundOf.set(box, found);
    return found;
  };
  for (const marked of document.querySelectorAll("[data-contrast]")) marked.removeAttribute("data-contrast");
  for (const element of document.body.querySelectorAll("*")) {
    const words = [...element.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join("").trim();
    const control = element.matches("input, select, textarea, button");
    if (!words && !control || element.closest("mjx-assistive-mml")) continue;
    if (!element.checkVisibility({checkVisibilityCSS: true})) continue;
    if (!control && !/[\\p{L}\\p{N}]/u.test(words)) continue;
    const style = getComputedStyle(element);
    const kind = [ground(element), style.color, style.fontSize, style.fontWeight, style.textShadow].join();
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    if (control || seen.get(kind) <= FEW || element.closest("label, svg, [aria-disabled]")) element.dataset.contrast = "";
  }
}"""

# Without preload: it fetches style sheets that are loaded already, some from a wrong address.
_RUN = """async ({rules, exceptions}) => {
  axe.configure({rules: [{id: "color-contrast", selector: "[data-contrast]"}]});
  const options = {preload: false, elementRef: true, resultTypes: ["violations", "incomplete"], ...rules};
  const found = await axe.run(document, options);
  const passed = rule => exceptions.filter(one => one.Rule === rule).map(one => one.Where).join() || ":not(*)";
  const left = one => one.nodes.filter(node => !node.element?.matches(passed(one.id)));
  return [...found.violations.map(one => ({...one, sure: true})), ...found.incomplete].map(one => ({
    rule: one.id, level: one.sure ? one.impact : "to be reviewed",
    places: left(one).map(node => `${node.target.join(" ")}: ${[...node.any, ...node.all, ...node.none][0]?.message ?? ""}`),
  })).filter(one => one.places.length);
}"""

_COLOURS = ["color-contrast", "link-in-text-block"]


@cache
def _axe() -> str:
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf8")


@cache
def exceptions() -> list[dict[str, str]]:
    with EXCEPTIONS.open(encoding="utf8", newline="") as lines:
        return list(csv.DictReader(lines))


def findings(page: Page, *, shape: bool = True, excuse: bool = True) -> list[str]:
    """What axe-core finds, in words.

    Without `shape` colours only: names, roles and order are the same in light and in dark. Without `excuse` the exceptions too.
    """
    size = page.viewport_size
    page.set_viewport_size({**size, "height": 4000})  # nothing is scrolled out of the columns at the sides
    page.evaluate(_MARK)
    page.evaluate(_axe())
    rules = {} if shape else {"runOnly": _COLOURS}
    found = page.evaluate(_RUN, {"rules": rules, "exceptions": exceptions() if excuse else []})
    page.set_viewport_size(size)
    return [f"{one['rule']} ({one['level']}), {len(one['places'])} places, {'; '.join(one['places'][:3])}" for one in found]
