"""Chapters are executed ahead, on all cores.

Sphinx reads one page after the other, and MyST-NB executes a chapter when its page is read. So as soon as it is known which
pages will be read, processes beside the build begin to execute those that the cache does not hold, in the order in which they
will be read; a chapter's page then waits for what is already under way.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_cache import get_cache
from jupyter_cache.cache.main import JupyterCacheBase
from jupyter_cache.executors import utils
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

import execution
from freshness import is_notebook

#: Notebooks at once, if there are so many cores: each takes up to 2 GiB of memory.
MOST = 4

# Fresh processes: a copy of this one would share its threads' locks.
_PROCESSES = multiprocessing.get_context("spawn")


class Task(NamedTuple):
    """A notebook that will be needed, with what options it is executed, and where the outcome will be."""

    notebook: NotebookNode
    options: dict[str, Any]
    outcome: Future[NotebookNode]


def execute_ahead(tasks: dict[str, Task], workers: int) -> None:
    """Begin to execute notebooks, in their order, so many at a time; return at once."""
    queue = deque(tasks.values())
    for _ in range(min(workers, len(tasks))):
        threading.Thread(target=_feed, args=(queue,), daemon=True).start()


def _feed(queue: deque[Task]) -> None:
    """Give one process notebook after notebook, and what is left to another one if it ends too early."""
    while queue:
        here, there = _PROCESSES.Pipe()
        # A daemon ends with the build, however that ends.
        worker = _PROCESSES.Process(target=execution.serve, args=(there,), daemon=True)
        worker.start()
        there.close()
        with here:
            while queue and _done(queue, here):
                pass
        worker.join()


def _done(queue: deque[Task], worker: Connection) -> bool:
    """Have the next notebook executed; whether the process is still there."""
    try:
        task = queue.popleft()
    except IndexError:  # another thread took the last one
        return True
    try:
        worker.send((task.notebook, task.options))
        good, outcome = worker.recv()
    except (EOFError, OSError) as error:
        task.outcome.set_exception(RuntimeError(f"the process that executed the notebook has ended: {error!r}"))
        return False
    if good:
        task.outcome.set_result(outcome)
    else:
        task.outcome.set_exception(outcome)
    return True


def take(execute: Callable[..., Any], tasks: dict[str, Task], notebook: NotebookNode, **options: Any) -> NotebookNode:
    """What `execute` would do with a notebook: the outcome of its task, if it has one, else executed here and now."""
    task = tasks.pop(key(notebook), None)
    if task is None or task.options != options:
        return execute(notebook, **options)
    notebook.update(task.outcome.result())
    return notebook


def key(notebook: NotebookNode) -> str:
    """The name under which any cache keeps a notebook."""
    return JupyterCacheBase.create_hashed_notebook(None, notebook)[1]  # it makes no use of the cache that it is a method of


def setup(app: Sphinx) -> None:
    """After ``costs``, which measures what is executed here; the processes measure themselves."""
    tasks: dict[str, Task] = {}
    utils.executenb = partial(take, utils.executenb, tasks)

    def begin(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
        workers = min(MOST, os.cpu_count() or 1)
        found = _needed(app, env, docnames)
        if workers > 1 and len(found) > 1:
            tasks.update(found)
            execute_ahead(found, workers)

    app.connect("env-before-read-docs", begin)


def _needed(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> dict[str, Task]:
    """The notebooks among some pages that the cache does not hold, by their keys, in the order of the pages."""
    settings, found = env.mystnb_config, {}
    cache = get_cache(settings.execution_cache_path)
    common = {"timeout": settings.execution_timeout, "allow_errors": settings.execution_allow_errors, "record_timing": False}
    for docname in docnames:
        file = Path(env.doc2path(docname))
        source = [file.read_text(encoding="utf8")]
        if not is_notebook(source[0]):
            continue
        app.emit("source-read", docname, source)  # as Sphinx will do when it reads the page
        notebook = create_nb_reader(str(file), env.myst_config, settings, source[0]).read(source[0])
        try:
            cache.match_cache_notebook(notebook)
        except KeyError:
            found[key(notebook)] = Task(notebook, {"cwd": os.path.abspath(file.parent), **common}, Future())
    return found
