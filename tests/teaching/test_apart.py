"""A call apart comes back in time, whatever is called, and changes nothing here."""

import ctypes
import itertools
import os
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from course_lib.teaching import apart, copies
from course_lib.teaching.apart import HAS_COPIES, call_apart

BOTH = pytest.mark.parametrize(
    "copy", [pytest.param(True, marks=pytest.mark.skipif(not HAS_COPIES, reason="Linux only")), False]
)
COPIES = pytest.mark.skipif(not HAS_COPIES, reason="copies of the process are made on Linux only")


@BOTH
@pytest.mark.parametrize("value", [None, 1.5, "text ✓\nmore", [1, {"a": True}], "x" * 3_000_000])
def test_answer_comes_back(copy, value):
    assert call_apart(lambda: value, 5, copy=copy) == ("done", value)


@BOTH
def test_exception_is_no_answer(copy):
    assert call_apart(lambda: 1 / 0, 5, copy=copy).state == "died"


@BOTH
def test_what_is_no_json_is_no_answer(copy):
    assert call_apart(lambda: object(), 5, copy=copy).state == "died"


def endless():
    while True:
        pass


def endless_that_catches_all():
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722, S110 - what a student may write
            pass


@BOTH
@pytest.mark.parametrize("loop", [endless, endless_that_catches_all])
def test_endless_loop_ends_in_time(copy, loop):
    start = time.monotonic()
    assert call_apart(loop, 0.3, copy=copy).state == "late"
    assert time.monotonic() - start < 5


def test_clock_that_strikes_when_the_call_is_over_is_not_heard(monkeypatch):
    settrace = sys.settrace

    def strike(tracer):  # the first thing that is done once the call is over
        settrace(tracer)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(apart.sys, "settrace", strike)
    assert call_apart(lambda: 1, 5, copy=False) == ("done", 1)


@COPIES
@pytest.mark.parametrize(
    "call",
    [lambda: sum(itertools.repeat(1)), lambda: time.sleep(60), lambda: subprocess.run(["sleep", "60"], check=True)],
    ids=["compiled loop", "sleep", "other program"],
)
def test_what_python_cannot_interrupt_is_killed(call):
    start = time.monotonic()
    assert call_apart(call, 0.3).state == "late"
    assert time.monotonic() - start < 5


def cpu_of_children():
    times = psutil.Process().cpu_times()
    return times.children_user + times.children_system


@COPIES
def test_who_is_kept_from_computing_gets_longer_and_who_computes_does_not():
    """A process that is stopped for a while stands for one that a busy machine does not serve."""

    def stopped(seconds):
        subprocess.Popen(["sh", "-c", f"sleep {seconds}; kill -CONT {os.getpid()}"])
        os.kill(os.getpid(), signal.SIGSTOP)
        return "awake"

    assert call_apart(lambda: stopped(1.5), 1).value == "awake"
    assert call_apart(lambda: stopped(9), 1).state == "late"
    before = cpu_of_children()
    assert call_apart(endless, 1).state == "late"
    assert cpu_of_children() - before < 1.5


@COPIES
def test_process_that_is_gone_gets_no_more_time():
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert copies._computed(gone.pid) == float("inf")


@COPIES
@pytest.mark.parametrize(
    "call", [lambda: os._exit(0), lambda: ctypes.string_at(0), os.abort], ids=["exit", "segfault", "abort"]
)
def test_crash_is_survived(call):
    assert call_apart(call, 5).state == "died"


@COPIES
def test_function_that_forks_answers_once():
    def forks():
        for _ in range(4):
            os.fork()
        return "x" * 200_000  # more than a pipe takes at once, so that two answers would mix

    for _ in range(3):
        assert call_apart(forks, 20) == ("done", "x" * 200_000)


@COPIES
def test_what_somebody_else_wrote_into_the_pipe_is_no_answer(monkeypatch):
    monkeypatch.setattr(copies, "_read_line", lambda *arguments: b"no JSON\n")
    assert call_apart(lambda: 1, 5).state == "died"


@COPIES
def test_nothing_here_changes():
    here = {"list": [1], "array": np.zeros(3)}

    def careless():
        here["list"].append(2)
        here["array"] += 1
        os.environ["CARELESS"] = "1"
        return "done"

    assert call_apart(careless, 5).value == "done"
    assert here["list"] == [1]
    assert not here["array"].any()
    assert "CARELESS" not in os.environ


@COPIES
def test_memory_is_limited():
    def greedy():
        try:
            return len(bytearray(64 * 2**30))
        except MemoryError:
            return "refused"

    assert call_apart(greedy, 5).value == "refused"


@COPIES
def test_a_copy_may_take_so_much_beyond_what_the_process_has_and_no_more(monkeypatch):
    monkeypatch.setattr(copies, "MEMORY", 2**28)
    assert call_apart(lambda: len(bytearray(2**27)), 5) == ("done", 2**27)
    assert call_apart(lambda: len(bytearray(2**29)), 5).state == "died"


@COPIES
def test_nothing_is_printed_past_python(capfd):
    call_apart(lambda: os.system("echo noise; echo noise >&2"), 5)  # noqa: S605
    assert capfd.readouterr() == ("", "")


@COPIES
def test_no_process_and_no_open_file_is_left():
    call_apart(lambda: 1, 5)
    files, processes = set(os.listdir("/proc/self/fd")), set(psutil.Process().children(recursive=True))
    for _ in range(5):
        call_apart(lambda: 1, 5)
        call_apart(endless, 0.05)
    assert set(os.listdir("/proc/self/fd")) == files
    assert set(psutil.Process().children(recursive=True)) <= processes  # others' that ran before may have ended


INTERRUPTED = """
import os, signal, threading, time
from course_lib.teaching import apart, copies

end, handler = copies._end, signal.{handler}
signal.signal(signal.SIGINT, handler)

def interrupt(*anything):
    signal.raise_signal(signal.SIGINT)

def interrupt_and_end(child):
    interrupt()
    end(child)

if "starts" in {when}:
    os.register_at_fork(after_in_parent=interrupt)
if "ends" in {when}:
    copies._end = interrupt_and_end

def call():
    try:
        print(apart.call_apart(lambda: time.sleep(60), 0.1).state)
    except KeyboardInterrupt:
        print("interrupted")

{call}
print(signal.getsignal(signal.SIGINT) == handler)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("no copy is left")
"""


@COPIES
@pytest.mark.parametrize(
    ("when", "handler", "call", "ends"),
    [
        (["starts"], "default_int_handler", "call()", "interrupted"),
        (["ends"], "default_int_handler", "call()", "interrupted"),
        (["starts", "ends"], "default_int_handler", "call()", "interrupted"),
        (["starts", "ends"], "SIG_IGN", "call()", "late"),
        ([], "default_int_handler", "t = threading.Thread(target=call); t.start(); t.join()", "late"),
    ],
    ids=["when the copy starts", "when it ends", "twice", "ignored", "not in the main thread"],
)
def test_interruption_is_not_lost_whenever_it_comes(when, handler, call, ends):
    """Python drops what is raised while libraries prepare for life after a fork."""
    program = INTERRUPTED.format(when=when, handler=handler, call=call)
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == [ends, "True", "no copy is left"]
    assert run.stderr == ""


def test_the_module_needs_no_unix():
    """Where there is no fork, the module is imported all the same."""
    program = "import sys; sys.modules['resource'] = None; sys.platform = 'win32'; import course_lib.teaching.apart as apart; "
    program += "print(apart.HAS_COPIES, apart.call_apart(lambda: 1, 5))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False Report(state='done', value=1)"
