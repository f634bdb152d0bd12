"""Pages are written by several processes; Jupyter Book has no option for it.

They are read by one, as this extension needs it: what takes long there, executing chapters, is done ahead (``ahead.py``).
"""

from __future__ import annotations

import os

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

#: Writing processes at once, if there are so many cores: each holds a copy of what the build has in memory.
MOST = 4


def _write_side_by_side(app: Sphinx, env: BuildEnvironment) -> None:
    app.parallel = 1 + min(MOST, os.cpu_count() or 1)  # Sphinx counts the process that prepares the pages for the others


def setup(app: Sphinx) -> None:
    app.connect("env-updated", _write_side_by_side)  # all has been read
