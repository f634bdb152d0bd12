"""What a cell prints is shown as it was printed, in however many pieces the kernel sent it.

A kernel sends what is printed every fifth of a second, in the midst of a line if need be. MyST-NB joins such pieces with line
breaks and strips their blanks, so a slow loop would be shown differently at every build. nbclient joins them as they are.
"""

from __future__ import annotations

from functools import partial

import nbclient
from jupyter_cache.executors import utils
from sphinx.application import Sphinx

#: Execute a notebook so that what a cell prints is one output: every way to an executed chapter goes through it.
execute = partial(nbclient.execute, coalesce_streams=True)


def setup(app: Sphinx) -> None:
    utils.executenb = execute  # jupyter-cache has no option for it
