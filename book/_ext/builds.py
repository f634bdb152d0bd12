"""Builds that are cut short, or that two people start at once, harm nothing: the next one works.

Only one build at a time writes to a folder. While it does, a file says so; one that is found there at the start was left by a
build that did not come to its end, and then no page that it read is taken as good. What was executed is kept: each entry of the
cache is looked at before it is used, and one that is damaged counts as none.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from shutil import rmtree
from typing import IO

from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.errors import SphinxError, SphinxParallelError
from sphinx.util import logging

try:
    import fcntl
except ImportError:  # Windows; there, one has to see to it oneself
    fcntl = None

logger = logging.getLogger(__name__)

_match = JupyterCacheBase.match_cache_notebook


class BusyError(SphinxError):
    """Another build writes to the same folder."""

    category = "Not built"


def begin(built: Path) -> IO[str]:
    """Take a folder for one build, and clear away what an unfinished one left; the open file that is returned holds it.

    Raises
    ------
    BusyError
        If another build has it.
    """
    built.mkdir(parents=True, exist_ok=True)
    lock = (built / ".lock").open("w")
    if fcntl:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system gives it back when the process ends, however it ends
        except OSError as error:
            lock.close()
            raise BusyError(f"another build is writing to {built}; try again when it has ended") from error
    if _unfinished(built).exists():
        logger.info("The last build did not come to its end: all pages are made anew, from what it has executed.")
        rmtree(built / ".doctrees", ignore_errors=True)
    _unfinished(built).touch()
    _mend(built / ".jupyter_cache")
    return lock


def end(built: Path, lock: IO[str], *, good: bool) -> None:
    """Give a folder back, and note whether the build has come to a good end."""
    if good:
        _unfinished(built).unlink(missing_ok=True)
    lock.close()


def _unfinished(built: Path) -> Path:
    return built / ".unfinished"


def _mend(cache: Path) -> None:
    """Remove the cache if its list of entries cannot be read: then everything is executed again."""
    if not (cache / "global.db").exists():
        return
    try:
        with closing(sqlite3.connect(cache / "global.db")) as database:
            sound = database.execute("PRAGMA quick_check").fetchone() == ("ok",)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise  # it may be as good as ever: somebody else has it open, or may not be read
        sound = False
    if not sound:
        logger.info("%s is damaged: it is removed, and every chapter is executed again.", cache)
        rmtree(cache)


def match(cache: JupyterCacheBase, notebook: NotebookNode) -> NbCacheRecord:
    """The cache's entry for a notebook, if its file is whole; else the entry is removed.

    Raises
    ------
    KeyError
        If there is none.
    """
    record = _match(cache, notebook)
    file = cache._get_notebook_path_cache(record.hashkey)
    try:
        json.loads(file.read_text(encoding="utf8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.info("%s is damaged or missing: the chapter is executed again.", file)
        rmtree(file.parent, ignore_errors=True)
        NbCacheRecord.remove_record(record.pk, cache.db)
        raise KeyError(f"no whole entry for {record.hashkey}") from error
    return record


def setup(app: Sphinx) -> None:
    """Before Sphinx opens what the last build left."""
    built = Path(app.doctreedir).parent
    lock = begin(built)
    JupyterCacheBase.match_cache_notebook = match

    def finish(app: Sphinx, error: Exception | None) -> None:
        failed = error or (app.keep_going and app._warncount)  # a page that gave a warning is read again, to give it again
        in_a_writer = isinstance(error, SphinxParallelError) and str(error).startswith("OSError")  # side_by_side.py starts them
        if isinstance(error, OSError) or in_a_writer:
            logger.info("A file could not be written: %s. What was executed is kept; build again when that is mended.", error)
        end(built, lock, good=not failed)

    app.connect("build-finished", finish, priority=1000)
