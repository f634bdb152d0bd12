"""A build that is cut short, or meets another, or a damaged cache: a clear message, nothing lost, and the next one works."""

import re
import signal
import sqlite3
import subprocess
import sys

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase

import builds
from builds import BusyError, begin, end
from tests.book.small_book import build, run_build, write_book, write_library

resource = pytest.importorskip("resource")  # only Windows lacks it, and locks on files with it

# --- the folder of a build ---------------------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path):
    """The folder of a build that has come to a good end."""
    folder = tmp_path / "_build"
    end(folder, begin(folder), good=True)
    (folder / ".doctrees").mkdir()
    return folder


def test_second_build_is_told_that_there_is_a_first(built):
    lock = begin(built)
    with pytest.raises(BusyError, match=f"another build is writing to {built}; try again"):
        begin(built)
    assert (built / ".doctrees").exists()
    end(built, lock, good=True)
    end(built, begin(built), good=True)


def test_pages_of_a_good_build_are_kept(built):
    end(built, begin(built), good=True)
    assert (built / ".doctrees").exists()


def test_pages_of_a_failed_build_are_forgotten(built):
    end(built, begin(built), good=False)
    end(built, begin(built), good=True)
    assert not (built / ".doctrees").exists()


def test_killed_build_gives_its_folder_back(built):
    program = (
        "import sys, builds, pathlib\nlock = builds.begin(pathlib.Path(sys.argv[1]))\nprint('has it', flush=True)\ninput()"
    )
    command = [sys.executable, "-c", program, built]
    paths = {"PYTHONPATH": str(builds.__file__.rpartition("/")[0])}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=paths) as other:
        assert other.stdout.readline() == "has it\n"
        with pytest.raises(BusyError):
            begin(built)
        other.kill()
    end(built, begin(built), good=True)
    assert not (built / ".doctrees").exists()


# --- the cache of what was executed ------------------------------------------------------------------------------------------

NOTEBOOK = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1", execution_count=1)])


@pytest.fixture
def cache(built, monkeypatch):
    """A cache with one entry."""
    monkeypatch.setattr(JupyterCacheBase, "match_cache_notebook", builds.match)
    cache = get_cache(built / ".jupyter_cache")
    store(cache)
    return cache


def store(cache):
    cache.cache_notebook_bundle(CacheBundleIn(NOTEBOOK, "one.md"), overwrite=True)


def entry(cache):
    (file,) = cache.path.glob("executed/*/base.ipynb")
    return file


def test_whole_entry_is_found(cache):
    assert cache.merge_match_into_notebook(NOTEBOOK)[1].cells[0].source == "1 + 1"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(part=st.floats(0, 0.999), other=st.none() | st.binary(max_size=40))
def test_damaged_entry_counts_as_none_and_is_replaced(cache, part, other):
    whole = entry(cache).read_bytes()
    entry(cache).write_bytes(whole[: int(part * len(whole))] if other is None else other)
    with pytest.raises(KeyError, match="no whole entry"):
        cache.merge_match_into_notebook(NOTEBOOK)
    assert cache.list_cache_records() == []
    store(cache)
    assert cache.merge_match_into_notebook(NOTEBOOK)[1].cells[0].source == "1 + 1"


def test_missing_entry_counts_as_none(cache):
    entry(cache).unlink()
    with pytest.raises(KeyError, match="no whole entry"):
        cache.merge_match_into_notebook(NOTEBOOK)
    store(cache)
    assert entry(cache).exists()


@pytest.mark.parametrize("damage", [lambda data: b"no database" * 200, lambda data: data[:4096] + b"\xff" * (len(data) - 4096)])
def test_unreadable_list_of_entries_is_removed_and_made_anew(built, cache, damage):
    cache.db.dispose()
    database = built / ".jupyter_cache" / "global.db"
    database.write_bytes(damage(database.read_bytes()))
    end(built, begin(built), good=True)
    assert not (built / ".jupyter_cache").exists()
    store(get_cache(built / ".jupyter_cache"))


def test_list_of_entries_that_others_have_open_is_not_removed(built, cache):
    with sqlite3.connect(built / ".jupyter_cache" / "global.db") as other:
        other.execute("BEGIN IMMEDIATE")
        end(built, begin(built), good=True)
    other.close()
    assert entry(cache).exists()


# --- real builds of a small book ---------------------------------------------------------------------------------------------


def small_book(folder, executed=("one", "two")):
    """The book's page `one` shows a number of the library; the page `status` what each chapter took."""
    root = write_book(write_library(folder), executed)
    page = root / "book" / "one.md"
    cell = "```{code-cell} ipython3\nfrom course_lib.part.numbers_ import TWO\nprint('TWO is', TWO)\n```\n"
    page.write_text(f"{page.read_text()}\n{cell}")
    (root / "book" / "status.md").write_text("# Status\n\n```{chapter-times}\n```\n")
    (root / "book" / "budget.csv").write_text("chapter,loops\nbook/one,1000\n")
    return root


def test_build_that_meets_another_says_so_and_touches_nothing(tmp_path):
    root = small_book(tmp_path)
    lock = begin(root / "_build")
    done = run_build(root)
    end(root / "_build", lock, good=True)
    assert done.returncode != 0
    assert re.search(r"Not built:.*\n?another build is writing to", done.stderr)
    assert not (root / "_build" / "jupyter_execute").exists()


KILLED = """

import os

_setup = setup


def _kill(app, pagename, *rest):
    if pagename == os.environ.get("KILLED_AT"):
        os.kill(os.getpid(), 9)


def setup(app):
    app.connect("html-page-context", _kill)
    return _setup(app)
"""


def test_build_that_was_killed_while_it_wrote_pages_leaves_no_old_page_behind(tmp_path):
    root = small_book(tmp_path, executed=("one",))
    extension = root / "book" / "_ext" / "course_site.py"
    extension.write_text(extension.read_text() + KILLED)
    page = root / "_build" / "html" / "book" / "one.html"
    build(root)
    assert "TWO is 2" in page.read_text()
    (root / "course_lib" / "part" / "numbers_.py").write_text("TWO = 22\n")
    assert run_build(root, env={"KILLED_AT": "book/one"}).returncode == -signal.SIGKILL
    assert "TWO is 22" not in page.read_text()
    assert build(root) == set(), "what was executed before the kill is kept"
    assert "TWO is 22" in page.read_text()


def test_full_disk_is_named_and_nothing_that_was_executed_is_lost(tmp_path):
    root = small_book(tmp_path)
    limit = 30_000  # enough for what is executed, not for what is made of it
    full = run_build(root, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert full.returncode != 0
    assert re.search(r"A file could not be written: .*File too large.*\. What was executed is kept", full.stdout)
    assert build(root) == set()
    costs_come_from_the_cache(root)


def costs_come_from_the_cache(root):
    status = (root / "_build" / "html" / "book" / "status.html").read_text()
    rows = [re.findall(r"<td><p>(?:<a.*?<span[^>]*>)?([^<]*)", row) for row in status.split("<tr")[2:]]
    assert [(row[0], row[-1]) for row in rows] == [("one", "1000"), ("two", "–"), ("Total", "1000")]
    clock, cpu, loops = zip(*[[float(cell) for cell in row[1:4]] for row in rows], strict=True)
    assert min(cpu) > 0.3, "a kernel cannot be started in less"
    assert max(cpu) < 1.2 * max(clock) + 0.2, "one kernel, one thread"
    assert loops[2] == pytest.approx(sum(loops[:2]), abs=1.1)
    command = [sys.executable, str(root / "book" / "_ext" / "budget.py")]
    checked = subprocess.run([*command, "check"], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr.splitlines()[0]) == (1, "The book does not keep to book/budget.csv:")
    assert checked.stderr.splitlines()[1].startswith("book/two has no share: it took ")
    written = subprocess.run([*command, "write", "book/two"], capture_output=True, text=True, check=True)
    assert written.stdout == "2 chapters keep to their shares in book/budget.csv.\n"
