"""What a chapter costs is measured in loops, and a chapter that takes more than its share is named."""

import sys

import nbformat
import pytest

import budget
import notebooks
from budget import SHARES, complaints, share_for, shares, write
from costs import cost
from execution import COST, Cost
from freshness import ROOT

LINES = "chapter,loops\nbook/one,100\nbook/two,50\n"


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "budget.csv"
    file.write_text(LINES)
    return file


def took(loops):
    return Cost(clock=9.0, cpu=loops * 0.1, loop=0.1)


# --- the file of shares ------------------------------------------------------------------------------------------------------


def test_every_notebook_of_the_book_has_a_share_and_nothing_else_has():
    pages = [source.relative_to(ROOT).with_suffix("").as_posix() for source in notebooks.sources()]
    assert list(shares(SHARES)) == pages, "in the order of the book; `python book/_ext/budget.py write` after `make book`"


def test_shares_are_read(file):
    assert shares(file) == {"book/one": 100.0, "book/two": 50.0}


@pytest.mark.parametrize(
    "line", ["book/three", "book/three,", "book/three,-1", "book/three,nan", "book/one,3", ",3", "a,1,2", ""]
)
def test_bad_line_is_named(file, line):
    file.write_text(f"{LINES}{line}\n")
    with pytest.raises(ValueError, match=r"budget\.csv, line 4: .*is not a page, once, and a positive number"):
        shares(file)


# --- the comparison ----------------------------------------------------------------------------------------------------------


def test_book_within_its_shares_gives_no_complaint(file):
    assert complaints({"book/one": took(99), "book/two": took(50)}, shares(file)) == []


@pytest.mark.parametrize(
    ("one", "two", "complaint"),
    [
        (took(101), took(9), "book/one took 101 loops, more than its share of 100: make it faster, or"),
        (None, took(9), "book/one was not measured: run `make clean book`"),
    ],
)
def test_chapter_that_takes_too_much_or_was_not_measured_is_named(file, one, two, complaint):
    (found,) = complaints({"book/one": one, "book/two": two}, shares(file))
    assert found.startswith(complaint)


def test_new_chapter_and_gone_chapter_are_named(file):
    gone, new = complaints({"book/one": took(9), "book/three": took(60)}, shares(file))
    assert gone == "book/two has a share, and is no notebook of the book: remove its line"
    assert new == "book/three has no share: it took 60 loops, so add the line book/three,90"


@pytest.mark.parametrize("loops", [22.2, 60, 103, 1234])
def test_written_share_lets_a_chapter_pass_and_not_twice_its_work(file, loops):
    share = share_for(took(loops))
    assert loops * budget.ROOM <= share < loops * budget.ROOM + 10
    write(file, {"book/one": took(loops)}, [])
    assert file.read_text() == f"chapter,loops\nbook/one,{share}\n"
    assert complaints({"book/one": took(1.4 * loops)}, shares(file)) == []
    assert complaints({"book/one": took(2 * loops)}, shares(file)) != []


def test_written_shares_are_those_of_the_named_pages_only(file):
    write(file, {"book/zero": took(28), "book/one": took(28), "book/two": None}, ["book/zero"])
    assert file.read_text().split() == ["chapter,loops", "book/zero,50", "book/one,100", "book/two,50"]


@pytest.mark.parametrize("pages", [[], ["book/two"], ["book/three"]])
def test_share_is_not_written_without_a_measurement(file, pages):
    with pytest.raises(ValueError, match=r"book/(two|three) was not measured, or is no notebook"):
        write(file, {"book/one": took(30), "book/two": None}, pages)
    assert file.read_text() == LINES


def test_cost_is_read_back_from_the_executed_notebook(tmp_path):
    file = tmp_path / "one.ipynb"
    assert cost(file) is None
    notebook = nbformat.v4.new_notebook()
    nbformat.write(notebook, file)
    assert cost(file) is None
    notebook.metadata[COST] = {"clock": 3.0, "cpu": 2.0, "loop": 0.1}
    nbformat.write(notebook, file)
    assert cost(file) == Cost(3.0, 2.0, 0.1)


def test_system_that_tells_no_cpu_time_compares_nothing_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(budget, "MEASURABLE", False)
    monkeypatch.setattr(sys, "argv", ["budget.py", "check"])
    budget.main()
    assert "does not tell the CPU time" in capsys.readouterr().out
