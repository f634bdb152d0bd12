"""What the chapters of the built book have cost: measured when they were executed, and kept with their outputs.

So a chapter that comes from the cache has the cost of the run that made its outputs.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from jupyter_cache.executors import utils
from sphinx.application import Sphinx

import notebooks
from execution import COST, Cost, measured

ROOT = Path(__file__).parents[2]


def cost(executed: Path) -> Cost | None:
    """What an executed notebook says about its cost."""
    if not executed.exists():
        return None
    found = json.loads(executed.read_text(encoding="utf8"))["metadata"].get(COST)
    return Cost(**found) if found else None


def costs(root: Path = ROOT, built: Path = notebooks.EXECUTED) -> dict[str, Cost | None]:
    """Page → its cost, in the order of the book."""
    pages = [source.relative_to(root).with_suffix("") for source in notebooks.sources(root)]
    return {page.as_posix(): cost((built / page).with_suffix(".ipynb")) for page in pages}


def setup(app: Sphinx) -> None:
    utils.executenb = partial(measured, utils.executenb)
