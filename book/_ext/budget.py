"""Whether each chapter keeps to its share of the time, in ``book/budget.csv``.

``python book/_ext/budget.py check``: does every chapter keep to its share? For the book that ``make book`` has built.
``python book/_ext/budget.py write [PAGE …]``: new shares from what was measured, for all chapters or for those named.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import costs
from execution import MEASURABLE, Cost

ROOT = Path(__file__).parents[2]
SHARES = ROOT / "book" / "budget.csv"

#: A share is so many times what was measured: a busy machine may add 30 % here and there, twice the work is noticed.
ROOM = 1.5


def shares(file: Path = SHARES) -> dict[str, float]:
    """Page → the loops that it may take.

    Raises
    ------
    ValueError
        If a line is not a page and a positive number, or a page has two.
    """
    found: dict[str, float] = {}
    with file.open(encoding="utf8", newline="") as lines:
        for number, line in enumerate(csv.reader(lines), start=1):
            if number == 1:
                continue
            try:
                page, share = line[0], float(line[1])
            except (IndexError, ValueError):
                page, share = "", 0
            if len(line) != 2 or not page or not 0 < share < float("inf") or page in found:
                raise ValueError(f"{file.name}, line {number}: {','.join(line)!r} is not a page, once, and a positive number")
            found[page] = share
    return found


def complaints(measured: dict[str, Cost | None], allowed: dict[str, float]) -> list[str]:
    """What is wrong: one sentence for each chapter that takes too much, was not measured or has no share, or is gone."""
    found = [f"{page} has a share, and is no notebook of the book: remove its line" for page in allowed if page not in measured]
    for page, taken in measured.items():
        if taken is None:
            found.append(f"{page} was not measured: run `make clean book`")
        elif page not in allowed:
            found.append(f"{page} has no share: it took {taken.loops:.0f} loops, so add the line {page},{share_for(taken)}")
        elif taken.loops > allowed[page]:
            found.append(
                f"{page} took {taken.loops:.0f} loops, more than its share of {allowed[page]:g}: make it faster, or, if the "
                f"time is well spent, give it a new share: python book/_ext/budget.py write {page}"
            )
    return found


def share_for(taken: Cost) -> int:
    """The share of a chapter that took so much: a round number above it.

    >>> share_for(Cost(clock=12.0, cpu=10.1, loop=0.1))
    160
    """
    return 10 * -int(-ROOM * taken.loops // 10)


def write(file: Path, measured: dict[str, Cost | None], pages: list[str]) -> None:
    """Give new shares to some pages, to all if none is named; lines of pages that are gone go.

    Raises
    ------
    ValueError
        If a page is no notebook of the book, or was not measured.
    """
    for page in pages or measured:
        if measured.get(page) is None:
            raise ValueError(f"{page} was not measured, or is no notebook of the book")
    kept = shares(file) if pages else {}
    kept |= {page: share_for(measured[page]) for page in pages or measured}
    lines = [f"{page},{kept[page]:g}" for page in measured if page in kept]
    file.write_text("\n".join(["chapter,loops", *lines]) + "\n", encoding="utf8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["check", "write"])
    parser.add_argument("page", nargs="*")
    arguments = parser.parse_args()
    if not MEASURABLE:
        print("This system does not tell the CPU time of a kernel: costs are neither measured nor compared.")
        return
    try:
        taken = costs.costs()
        if arguments.action == "write":
            write(SHARES, taken, arguments.page)
        wrong = complaints(taken, shares())
    except (OSError, ValueError) as error:
        sys.exit(f"budget: {error}")
    if wrong:
        sys.exit("\n".join(["The book does not keep to book/budget.csv:", *wrong]))
    print(f"{len(taken)} chapters keep to their shares in book/budget.csv.")


if __name__ == "__main__":
    main()
