"""The leaderboard as one page of HTML that loads nothing, and reads by keyboard, on a phone and in the dark."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from html import escape

from course_lib.project.entries import Entry
from course_lib.project.leaderboard import best

_STYLE = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; --page: #fff; --text: #1b1b1b; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --page: #121212; --text: #eee; --link: #8ab8f0; } }
body { background: var(--page); color: var(--text); }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .4rem; }
.scroll:focus-visible, button:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .45rem .6rem; border-top: 1px solid var(--line); text-align: right; white-space: nowrap; }
thead th { border-top: 0; white-space: normal; vertical-align: bottom; }
th.text, td.text { text-align: left; }
th[scope=row] { min-width: 7rem; max-width: 16rem; white-space: normal; overflow-wrap: anywhere; }
td { font-variant-numeric: tabular-nums; }
tbody tr:nth-child(even) { background: var(--soft); }
button { all: unset; cursor: pointer; font-weight: 600; color: var(--link); }
[aria-sort=ascending] button::after { content: " \\2191"; }
[aria-sort=descending] button::after { content: " \\2193"; }
"""
_SCRIPT = """
document.querySelectorAll("th button").forEach(function (button) {
  button.addEventListener("click", function () {
    var head = button.closest("th"), body = head.closest("table").tBodies[0], column = head.cellIndex;
    var down = head.getAttribute("aria-sort") === "ascending";
    head.parentNode.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    function key(row) { return row.cells[column].dataset.key; }
    Array.from(body.rows).sort(function (a, b) {
      var x = key(a), y = key(b);
      if (x === "" || y === "") return (x === "") - (y === "");  // what is missing stands last, either way
      var order = head.classList.contains("text") ? x.localeCompare(y) : x - y;
      return down ? -order : order;
    }).forEach(function (row) { body.appendChild(row); });
  });
});
"""
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '{style_hash}'; script-src '{script_hash}'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{summary}</p>
<p id="caption">{caption}</p>
<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">
<table aria-labelledby="caption">
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
<p>{notes}</p>
</main>
<script>{script}</script>
</body>
</html>
"""
_NOTES = (
    "All numbers are in eV, and smaller is better. RMSE is the root mean square error, MAE the mean absolute one. "
    "<em>Symmetry</em> is the largest change of a prediction when molecules are moved, turned, mirrored or renumbered, "
    "<em>extensivity</em> the difference between two molecules far apart and the sum of both (root mean squares; – where no "
    "pairs were handed in). Neither counts for the rank."
)
Column = tuple[str, Callable[[Entry], float | str | None]]
_PUBLIC: list[Column] = [("RMSE, public", lambda one: one.public_rmse), ("MAE, public", lambda one: one.public_mae)]
_PRIVATE: list[Column] = [("RMSE, private", lambda one: one.private_rmse), ("MAE, private", lambda one: one.private_mae)]
_PHYSICS: list[Column] = [("Symmetry", lambda one: one.symmetry), ("Extensivity", lambda one: one.extensivity)]


def board_page(entries: Sequence[Entry], title: str = "Leaderboard", reveal: bool = False) -> str:
    """A page with the best submission of each team: the one of least public error, whatever its private one.

    Parameters
    ----------
    entries : all submissions.
    title : heading of the page.
    reveal : show the private scores too, and rank by them; without it they are nowhere in the page.
    """
    ranked = best(entries)
    if reveal:
        ranked.sort(key=lambda one: one.private_rmse)
    counts = Counter(one.team.casefold() for one in entries)
    columns: list[Column] = [("Rank", lambda one: ranked.index(one) + 1), ("Team", lambda one: one.team)]
    columns += _PRIVATE * reveal + _PUBLIC + _PHYSICS
    columns += [("Submissions", lambda one: counts[one.team.casefold()]), ("Handed in (UTC)", _minute)]
    return _PAGE.format(
        title=escape(title), style=_STYLE, script=_SCRIPT, style_hash=_hash(_STYLE), script_hash=_hash(_SCRIPT), notes=_NOTES,
        summary=f"{len(ranked)} teams, {len(entries)} submissions. Final scores." if reveal else
        f"{len(ranked)} teams, {len(entries)} submissions. Scores on the public part of the test; the private part decides.",
        caption="The best submission of each team on the public part. A column's name sorts by it; the table scrolls sideways.",
        heads="".join(_head(name, "Rank") for name, _ in columns),
        rows="\n".join("<tr>" + "".join(_cell(name, value(one)) for name, value in columns) + "</tr>" for one in ranked),
    )  # fmt: skip


def _minute(one: Entry) -> str:
    return one.time[:16].replace("T", " ")


def _head(name: str, sorted_by: str) -> str:
    kind = ' class="text"' if name.startswith(("Team", "Handed")) else ""
    order = ' aria-sort="ascending"' if name == sorted_by else ""
    return f'<th scope="col"{kind}{order}><button type="button">{escape(name)}</button></th>'


def _cell(name: str, value: float | str | None) -> str:
    if isinstance(value, str):
        tag = 'th scope="row"' if name == "Team" else "td"
        return f'<{tag} class="text" data-key="{escape(value)}">{escape(value)}</{tag[:2]}>'
    key = "" if value is None else repr(value)
    shown = "–" if value is None else str(value) if isinstance(value, int) else f"{value:.4f}"
    return f'<td data-key="{key}">{shown}</td>'


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
