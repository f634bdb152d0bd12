"""What a notebook costs is measured in loops that run beside it."""

import itertools
import statistics
import subprocess
import sys
import threading
import time

import nbformat
import pytest

import calibration
import execution
from execution import COST, Cost, measured
from freshness import ROOT, digest


def spend(cpu):
    """Stands for nbclient: a child process that computes for so many seconds of CPU time, then sleeps."""

    def execute(notebook, **options):
        program = f"import time\nwhile time.process_time() < {cpu}: pass\ntime.sleep(0.3)"
        subprocess.run([sys.executable, "-c", program], check=True)
        return notebook

    return execute


def test_cost_is_the_cpu_time_of_the_kernel_and_not_time_that_passes(monkeypatch):
    pytest.importorskip("resource")
    monkeypatch.setattr(execution, "PAUSE", 0.05)
    monkeypatch.setattr(calibration, "loop_seconds", lambda: 0.25)
    found = Cost(**measured(spend(0.5), nbformat.v4.new_notebook()).metadata[COST])
    assert 0.5 <= found.cpu < 0.6
    assert found.clock >= found.cpu + 0.3 - 0.01
    assert (found.loop, found.loops) == (0.25, found.cpu / 0.25)


def test_system_that_tells_no_cpu_time_executes_all_the_same(monkeypatch):
    monkeypatch.setattr(execution, "MEASURABLE", False)
    notebook = nbformat.v4.new_notebook()
    assert measured(lambda notebook, **options: notebook, notebook) is notebook
    assert COST not in notebook.metadata


def test_cost_of_a_notebook_that_fails_is_not_noted(monkeypatch):
    monkeypatch.setattr(calibration, "loop_seconds", lambda: 0.1)
    notebook = nbformat.v4.new_notebook()

    def fail(notebook, **options):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        measured(fail, notebook)
    assert COST not in notebook.metadata


def test_another_loop_makes_every_chapter_run_again(monkeypatch):
    text = (ROOT / "book" / "basics" / "gaussians.md").read_text()
    before = digest(text)
    monkeypatch.setattr("freshness.loop_digest", lambda: "another")
    assert digest(text) != before


def test_loops_go_on_beside_the_kernel_and_end_with_it(monkeypatch):
    pytest.importorskip("resource")
    monkeypatch.setattr(execution, "PAUSE", 0.05)
    count = itertools.count()
    monkeypatch.setattr(calibration, "loop_seconds", lambda: float(next(count)))
    threads = threading.active_count()
    found = measured(spend(0.1), nbformat.v4.new_notebook()).metadata[COST]
    looped = next(count)
    assert looped > 5, "at most every 50 ms in at least 400"
    assert found["loop"] == looped / 2, "the median, without the first, which loads fonts"
    assert threading.active_count() == threads


def test_loop_is_long_enough_to_be_timed_and_uses_one_thread():
    calibration.loop_seconds()
    clock, cpu = time.perf_counter(), time.process_time()
    times = [calibration.loop_seconds() for _ in range(3)]
    assert statistics.median(times) > 0.01
    used = time.process_time() - cpu
    assert sum(times) <= used <= min(sum(times) + 0.1, time.perf_counter() - clock + 0.05)
