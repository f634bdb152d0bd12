"""Notebooks that a build will need are executed side by side before it comes to them, with the outcome that it would get."""

import threading
from concurrent.futures import Future

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

from ahead import Task, execute_ahead, key, take
from tests.book.test_streams import AS_PRINTED, SLOW

OPTIONS = {"cwd": ".", "timeout": 290, "allow_errors": False, "record_timing": False}

# Notes that it is there, and waits until the other one is there, too.
MEET = """import pathlib, time
here, there = pathlib.Path({here!r}), pathlib.Path({there!r})
here.touch()
end = time.monotonic() + 250
while not there.exists():
    assert time.monotonic() < end, 'the other never came'
    time.sleep(0.05)
print('met')"""


def notebook(source):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)], metadata={"kernelspec": kernel})


def tasks(folder, *sources):
    notebooks = [notebook(source) for source in sources]
    return {key(each): Task(each, OPTIONS | {"cwd": str(folder)}, Future()) for each in notebooks}


def outcomes(folder, workers, *sources):
    """What became of each, when so many processes executed them."""
    found, before = tasks(folder, *sources), set(threading.enumerate())
    execute_ahead(found, workers)
    for task in found.values():
        task.outcome.exception(timeout=300)
    # What a process has taken counts when it has ended: that must not be in the midst of a later test.
    for thread in set(threading.enumerate()) - before:
        thread.join(60)
        assert not thread.is_alive()
    return [task.outcome for task in found.values()]


def printed(outcome):
    return "".join(output["text"] for output in outcome.result().cells[0].outputs)


def test_two_notebooks_run_at_the_same_time(tmp_path):
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    found = outcomes(tmp_path, 2, MEET.format(here=one, there=two), MEET.format(here=two, there=one))
    assert [printed(each) for each in found] == ["met\n", "met\n"]
    for each in found:
        assert each.result().metadata["cost"]["cpu"] > 0.3, "a kernel cannot be started in less"


LIST = "import pathlib\nprint([file.name for file in pathlib.Path().iterdir()])\npathlib.Path('{}').touch()"
KILL = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(290)"


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory):
    """What became of seven notebooks for one process: all of them at once, since to start a process takes seconds."""
    sources = [LIST.format("a"), LIST.format("b"), SLOW, "1 / 0", "print('still here')", KILL, "print('somebody is here')"]
    return outcomes(tmp_path_factory.mktemp("ahead"), 1, *sources)


def test_one_process_executes_one_after_the_other_in_the_folder_and_in_order(one_by_one):
    assert list(map(printed, one_by_one[:2])) == ["[]\n", "['a']\n"]


def test_what_is_printed_in_pieces_is_one_output(one_by_one):
    assert [output["text"] for output in one_by_one[2].result().cells[0].outputs] == [AS_PRINTED]


def test_error_of_a_cell_comes_to_who_takes_the_outcome_and_disturbs_no_other(one_by_one):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        one_by_one[3].result()
    assert printed(one_by_one[4]) == "still here\n"


def test_process_that_ends_is_named_and_another_goes_on(one_by_one):
    with pytest.raises(RuntimeError, match="the process that executed the notebook has ended"):
        one_by_one[5].result()
    assert printed(one_by_one[6]) == "somebody is here\n"


def executed_here(given, **options):
    return given | {"executed": "here"}


def test_outcome_is_taken_once_and_whatever_has_none_is_executed_here(tmp_path):
    found = tasks(tmp_path, "1")
    (task,) = found.values()
    task.outcome.set_result(task.notebook | {"executed": "ahead"})
    assert take(executed_here, found, notebook("2"), **task.options)["executed"] == "here"
    assert take(executed_here, found, notebook("1"), **task.options)["executed"] == "ahead"
    assert take(executed_here, found, notebook("1"), **task.options)["executed"] == "here"


def test_outcome_with_other_options_is_not_taken(tmp_path):
    found = tasks(tmp_path, "1")
    assert take(executed_here, found, notebook("1"), **OPTIONS | {"timeout": 1})["executed"] == "here"
