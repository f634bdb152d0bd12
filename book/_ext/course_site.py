"""The book's own Sphinx extension: what neither Jupyter Book nor its theme offers as an option.

Each concern is a module beside this one; this one only plugs them in.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx

import docstrings
import equations
import freshness
import pages

ROOT = Path(__file__).parents[2]


def site_version() -> int:
    """Changes when something changes that all pages are made with: this extension, style sheets and scripts, the lock."""
    parts = hashlib.sha256()
    for folder in ("book/_ext", "book/assets"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                parts.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    parts.update((ROOT / "requirements.lock").read_bytes())
    return int(parts.hexdigest()[:12], 16)


def setup(app: Sphinx) -> dict[str, int | bool]:
    docstrings.setup(app)
    equations.setup(app)
    freshness.setup(app)
    pages.setup(app)
    return {
        "env_version": site_version(),  # when it moves, Sphinx writes every page anew
        "parallel_read_safe": False,  # chapters are executed one after the other: their threads and memory add up
        "parallel_write_safe": True,
    }
