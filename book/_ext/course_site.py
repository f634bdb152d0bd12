"""The book's own Sphinx extension: what neither Jupyter Book nor its theme offers as an option.

Each concern is a module beside this one; this one only plugs them in.
"""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

import ahead
import budget_table
import builds
import costs
import docstrings
import equations
import exercise_pages
import freshness
import late_tables
import pages
import preview_pages
import quiz_pages
import reading_table
import remembered
import side_by_side
import source_pages
import streams
import topic_pages

ROOT = Path(__file__).parents[2]


def site_version() -> int:
    """Changes when something changes that all pages are made with: this extension, style sheets and scripts, the lock."""
    folders = (ROOT / "book/_ext", ROOT / "book/assets")
    files = [file for folder in folders for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".pyc"]
    return int(remembered.digest_of([*files, ROOT / "requirements.lock"]), 16)


def setup(app: Sphinx) -> dict[str, int | bool]:
    builds.setup(app)
    docstrings.setup(app)
    equations.setup(app)
    exercise_pages.setup(app)
    freshness.setup(app)
    late_tables.setup(app)
    pages.setup(app)
    preview_pages.setup(app)
    quiz_pages.setup(app)
    reading_table.setup(app)
    side_by_side.setup(app)
    source_pages.setup(app)
    streams.setup(app)
    costs.setup(app)
    ahead.setup(app)
    budget_table.setup(app)
    topic_pages.setup(app)
    return {
        "env_version": site_version(),  # when it moves, Sphinx writes every page anew
        "parallel_read_safe": False,  # what takes time, the chapters, is executed side by side all the same (ahead.py)
        "parallel_write_safe": True,
    }
