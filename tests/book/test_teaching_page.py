"""The page for teachers keeps its word: its commands, run one after the other in a fresh clone, lead to the marks."""

import csv
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

import marksheet
from exercises import CODE_STUB, exercises

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "teaching.md").read_text()
SHEET = ROOT / "book" / "basics" / "td.md"
ADDRESS = re.search(r"git clone (\S+) course", PAGE)[1]

#: Only what is in a block of this language is run.
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)


def run(command, folder, **variables):
    done = subprocess.run(
        ["bash", "-euc", command], cwd=folder, env=os.environ | variables, capture_output=True, encoding="utf8"
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def published(folder):
    """A repository with the project's files as they are now, in the place of the one on the net."""
    listed = run("git ls-files --cached --others --exclude-standard", ROOT).splitlines()
    for name in filter(lambda name: (ROOT / name).is_file(), listed):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((ROOT / name).read_bytes())
    run("git init -q && git add -A && git -c user.name=test -c user.email=test@localhost commit -qm all", folder)


def environment_of_this_test(clone):
    """The environment that runs this test in the place of the one that `make env` would make."""
    (clone / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".ok":
            (clone / ".venv" / part.name).symlink_to(part)
    (clone / ".venv" / ".ok").touch()


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder in which somebody has followed the page, and given one mark by hand on the way."""
    root = tmp_path_factory.mktemp("teacher")
    published(root / "net")
    get, *blocks = BLOCKS
    download, environment = get.split("make env")
    instead = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": f"url.file://{root}/net.insteadOf", "GIT_CONFIG_VALUE_0": ADDRESS}
    run(download, root, **instead)
    environment_of_this_test(root / "course")
    run("make env" + environment, root / "course")
    for block in blocks:
        run(block, root / "course")
    with marksheet.gradebook(root / "marking") as book:
        proof = by_hand()[0]
        grade = book.find_grade(proof, "td", "td", "all-right")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    (mark,) = (block for block in blocks if block.startswith("make mark"))
    before = rows(root / "marks.csv")
    output = run(mark, root / "course")
    return root, before, rows(root / "marks.csv"), output


def rows(table):
    with table.open(encoding="utf-8-sig", newline="") as opened:
        return {row["student"]: row for row in csv.DictReader(opened)}


def by_hand():
    return [exercise.label.removeprefix("td-") for exercise in exercises(SHEET) if exercise.by_hand]


def columns(row, *, hand):
    return {title: mark for title, mark in row.items() if "(of " in title and title.endswith(", by hand)") == hand}


def test_page_has_a_followed_block_for_each_step_that_can_be_followed():
    assert [block.splitlines()[-1].split()[0] for block in BLOCKS] == [
        *("make", "make", "make", ".venv/bin/python", "make", "nbgrader", "nbgrader")
    ]


def test_solutions_are_in_the_teachers_notebook_and_not_in_the_students(followed):
    root = followed[0]
    solved = (root / "marking" / "source" / "td" / "td.ipynb").read_text()
    handed_out = (root / "course" / "_build" / "students" / "book" / "basics" / "td.ipynb").read_text()
    assert "BEGIN SOLUTION" in solved
    assert "BEGIN SOLUTION" not in handed_out
    assert handed_out.count(CODE_STUB) == len(columns(followed[1]["untouched"], hand=False))
    with zipfile.ZipFile(root / "course" / "_build" / "students.zip") as archive:
        assert archive.read("course/book/basics/td.ipynb").decode() == handed_out
        assert {"course/README.md", "course/course_lib/__init__.py"} <= set(archive.namelist())


def test_right_answers_get_all_marks_and_the_proofs_wait(followed):
    row = followed[1]["all-right"]
    asked = exercises(SHEET)
    automatic = {exercise.label: exercise.points for exercise in asked if not exercise.by_hand}
    assert list(columns(row, hand=False).values()) == [f"{points:g}" for points in automatic.values()]
    assert set(columns(row, hand=True).values()) == {""}
    assert float(row["total"]) == sum(automatic.values())
    assert float(row["out of"]) == sum(exercise.points for exercise in asked)
    assert float(row["not marked yet"]) == sum(exercise.points for exercise in asked if exercise.by_hand)
    assert (row["state"], row["remark"]) == ("marked", "")


@pytest.mark.parametrize("student", ["mistakes", "untouched"])
def test_usual_mistakes_and_an_untouched_sheet_get_no_marks(followed, student):
    row = followed[1][student]
    assert (row["total"], row["not marked yet"], row["state"]) == ("0", "0", "marked")


def test_mark_given_by_hand_is_in_the_next_mark_sheet_and_nothing_is_marked_anew(followed):
    _, before, after, output = followed
    (changed,) = [title for title in columns(before["all-right"], hand=True) if after["all-right"][title]]
    assert changed.startswith(by_hand()[0])
    assert float(after["all-right"]["total"]) == float(before["all-right"]["total"]) + 1.5
    assert "3 of 3 submissions are marked already" in output


def test_feedback_tells_each_student_what_the_checks_said(followed):
    for student, words in [("all-right", "✓ Right."), ("mistakes", "✗ Not yet:"), ("untouched", "✗ Not attempted:")]:
        assert words in (followed[0] / "marking" / "feedback" / student / "td" / "td.html").read_text()


def test_sheet_is_released_by_a_school_s_own_nbgrader_as_by_this_project(followed):
    root = followed[0]
    notebooks = [root / "school" / "release" / "td" / "td.ipynb", root / "course/_build/students/book/basics/td.ipynb"]
    theirs, ours = ([cell.source for cell in nbformat.read(file, as_version=4).cells] for file in notebooks)
    assert theirs == ours


def test_nothing_is_left_in_the_project(followed):
    assert not run("git status --porcelain", followed[0] / "course").strip()
