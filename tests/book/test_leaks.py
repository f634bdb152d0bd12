"""No solution is where students can read it."""

import json
import re
import zipfile

import nbformat
import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

import editions
import exercises
from tests.book.leaks import leaks, solution_lines
from tests.book.sheets import every_exercise

SHEETS = [pytest.param(sheet, id=sheet.stem) for sheet in exercises.sheets()]
ANSWER = 'weights = 1 / np.exp(-x @ A) if "a < b" else None'


@pytest.fixture(scope="module")
def lines():
    return solution_lines([exercise for sheet in exercises.sheets() for exercise in every_exercise(sheet)])


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_line_of_a_solution_is_long_enough_to_be_sought(sheet):
    short = [line for line in solution_lines(every_exercise(sheet)) if len(re.sub(r"\s", "", line)) < 12]
    assert short == []  # a short line, such as "return A", would also stand elsewhere by chance


def test_students_folder_and_zip_hold_no_solution(students, lines):
    assert students.with_suffix(".zip").exists()
    assert leaks(students.parent, lines) == []


@pytest.mark.parametrize("sheet", SHEETS)
def test_page_holds_no_solution_and_the_teachers_page_holds_all(sheet, tmp_path, lines):
    (tmp_path / "page.md").write_text(editions.page(sheet))
    assert leaks(tmp_path, lines) == []
    (tmp_path / "page.md").write_text(editions.page(sheet, teachers=True))
    own = solution_lines(every_exercise(sheet))
    assert len(leaks(tmp_path, own)) == len(own) > 0


def planted(kind, path):
    if kind == "ipynb":
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"def f(x):\n    {ANSWER}")]), path)
    elif kind == "html":
        path.write_text(f"<html>{highlight(ANSWER, PythonLexer(), HtmlFormatter())}</html>")
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("deep/in/it.ipynb", json.dumps({"cells": [{"source": [f"  {ANSWER}\n"]}]}))
    else:
        path.write_text(f"    {ANSWER.replace(' = ', '=')}\n")


@pytest.mark.parametrize("kind", ["ipynb", "html", "zip", "md", "js", "py"])
def test_planted_solution_is_found(kind, tmp_path):
    planted(kind, tmp_path / f"file.{kind}")
    assert leaks(tmp_path, {ANSWER}) == [f"file.{kind}: {ANSWER}"]
    assert leaks(tmp_path, {"another_line = 1"}) == []
