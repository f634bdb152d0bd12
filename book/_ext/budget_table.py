"""The table of the page "Status": what each chapter took, and its share."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from budget import SHARES, shares
from execution import Cost
from late_tables import add_late_table, link_to, tree


def table(taken: dict[str, Cost | None], env: BuildEnvironment) -> nodes.table:
    """For each chapter the seconds on the clock and of CPU time, the loops, and its share of them; and the total."""
    rows, allowed = [], shares()
    for page, cost in taken.items():
        rows.append([link_to(page, env.docname), *_numbers(cost), f"{allowed[page]:g}" if page in allowed else "–"])
    known = [cost for cost in taken.values() if cost]
    clock, cpu, loops = (sum(getattr(cost, name) for cost in known) for name in ("clock", "cpu", "loops"))
    rows.append(["Total", f"{clock:.1f}", f"{cpu:.1f}", f"{loops:.0f}", f"{sum(allowed.values()):g}"])
    return tree(["Chapter", "Time, s", "CPU, s", "Loops", "Share"], rows)


def _numbers(cost: Cost | None) -> list[str]:
    return [f"{cost.clock:.1f}", f"{cost.cpu:.1f}", f"{cost.loops:.0f}"] if cost else ["–"] * 3


def setup(app: Sphinx) -> None:
    add_late_table(app, "chapter-times", table, SHARES)
