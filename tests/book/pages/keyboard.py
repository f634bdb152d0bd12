"""A walk through a page with the Tab key alone: where it stops, in which order, and whether one sees where it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import Page

# Of plain links of one kind the walk visits the first few: an index has thousands. The lower levels of the contents beside the
# page come and go as it scrolls; they are passed over too. Of radio buttons, a group is one stop.
_PREPARE = """() => {
  const FEW = 4, kinds = new Map(), groups = new Set();
  for (const link of document.querySelectorAll("a[href]:not([tabindex], [role])")) {
    const kind = [link, link.parentElement, link.parentElement.parentElement].map(one => one.tagName + one.className).join();
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (kinds.get(kind) <= FEW && !link.matches(".bd-sidebar-secondary ul ul a")) continue;
    link.setAttribute("tabindex", "-1");
    link.setAttribute("data-passed-over", "");
  }
  const stops = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(one => {
    if (one.tabIndex < 0 || one.disabled || one.closest("[inert]")) return false;
    if (!one.checkVisibility({checkVisibilityCSS: true})) return false;
    if (one.type !== "radio") return true;
    const group = one.name, chosen = document.querySelector(`input[name="${CSS.escape(group)}"]:checked`);
    if (groups.has(group) || (chosen && chosen !== one)) return false;
    return groups.add(group);
  });
  const still = document.createElement("style");
  still.textContent = "*, ::before, ::after { transition: none !important; scroll-behavior: auto !important; }";
  document.head.append(still);
  const LOOK = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor", "borderColor", "color",
    "textDecorationLine", "textDecorationThickness"];
  const looks = one => LOOK.map(name => getComputedStyle(one)[name]).join("; ");
  const seen = one => {
    const box = one.getBoundingClientRect(), inside = (low, x, high) => Math.min(Math.max(x, low), high);
    const x = inside(0, (box.left + box.right) / 2, innerWidth - 1), y = inside(0, (box.top + box.bottom) / 2, innerHeight - 1);
    const top = document.elementFromPoint(x, y);
    return box.width > 1 && box.height > 1 && !!top && (one.contains(top) || top.contains(one));
  };
  const visits = [];
  const note = () => {
    const one = document.activeElement;
    if (one && one !== document.body) visits.push({one, looks: looks(one), seen: seen(one)});
  };
  addEventListener("keydown", note, true);
  window.walked = () => {
    removeEventListener("keydown", note, true);
    document.activeElement.blur();
    const name = one => one.outerHTML.replace(/\\s+/g, " ").slice(0, 120), met = visits.map(visit => visit.one);
    const before = (one, other) => !!(other.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING);
    const found = {
      stops: met.length,
      missed: stops.filter(one => !met.includes(one)).map(name),
      again: met.filter((one, at) => met.indexOf(one) < at).map(name),
      backwards: met.filter((one, at) => at && before(one, met[at - 1])).map(name),
      unseen: visits.filter(visit => !visit.seen || visit.looks === looks(visit.one)).map(visit => name(visit.one)),
    };
    still.remove();
    document.querySelectorAll("[data-passed-over]").forEach(link => link.removeAttribute("tabindex"));
    return found;
  };
  getSelection().removeAllRanges();
  document.activeElement.blur();
  return stops.length;
}"""


@dataclass
class Walk:
    """Where the Tab key stopped: `missed` stops, those met `again` (a trap), met after a later one, or not to be seen."""

    stops: int = 0
    missed: list[str] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    backwards: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)


def walk(page: Page) -> Walk:
    """From the top of the page to where the Tab key leaves it."""
    page.evaluate("scrollTo(0, 0)")
    stops = page.evaluate(_PREPARE)
    for _ in range(stops + 1):  # the last one is for the listener, which looks before each
        page.keyboard.press("Tab")
    return Walk(**page.evaluate("walked()"))
