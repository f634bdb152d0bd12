"""Every sheet has what its students, its teachers and nbgrader need. What its checks say: test_answers.py."""

import os
import re
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import nbformat
import pytest

import editions
import exercises
import notebooks
from tests.book.sheets import ASKED, SHEETS, code_cells, every_exercise, questions
from tests.book.sources import FRONT_MATTER

ROOT = exercises.ROOT
EVERY = [pytest.param(sheet, id=sheet.stem) for sheet in SHEETS]
EXERCISES = [pytest.param(sheet, exercise, id=exercise.label) for sheet in SHEETS for exercise in every_exercise(sheet)]
students_notebook = cache(editions.students_notebook)


@pytest.mark.parametrize("sheet", EVERY)
def test_questions_of_the_sheet_and_of_its_module_are_the_same(sheet):
    asked = [exercise.label.removeprefix(f"{sheet.stem}-") for exercise in every_exercise(sheet) if not exercise.by_hand]
    assert asked == list(questions(sheet))


@pytest.mark.parametrize(("sheet", "exercise"), EXERCISES)
def test_exercise_has_staged_hints(sheet, exercise):
    text = sheet.read_text()
    start = text.index(f":label: {exercise.label}\n")
    hints = text[start : re.compile(r"^(```\{code-cell\}|\+\+\+ \{)", re.M).search(text, start).start()]
    found = re.findall(r"^:::\{admonition\} Hint (\d)\n:class: tip dropdown\n", hints, re.M)
    assert found == [str(number) for number in range(1, len(found) + 1)]
    assert len(found) >= 2


@pytest.mark.parametrize("asked", ASKED)
def test_exercise_has_a_check_a_hidden_check_and_a_picture(asked):
    name, called = asked.name, asked.question.name
    cells = code_cells(asked.sheet)
    checks = [cell for cell in cells if cell.startswith(f'check("{name}", {called})\n### BEGIN HIDDEN TESTS\n')]
    assert len(checks) == 1
    # A student who has put something else in the place of `check` is marked by the real one.
    assert re.search(
        rf'BEGIN HIDDEN TESTS\nfrom course_lib\.[\w.]+ import check\ncheck\("{name}", {called}, seed=\d+\)', checks[0]
    )
    assert len([cell for cell in cells if re.search(rf'^fill_in\(\s*"{name}",\s*{called},', cell, re.M)]) == 1


@pytest.mark.parametrize("sheet", EVERY)
def test_sheet_opens_with_what_to_do_need_the_time_and_the_marks(sheet):
    box = re.search(r"^:::\{admonition\} In this sheet\n(.*?)^:::$", sheet.read_text(), re.M | re.S)
    for promise in ("You will", "You need", "Time", "Marks"):
        assert f"**{promise}**" in box[1]


# --- the editions ------------------------------------------------------------------------------------------------------------


# `python -m nbgrader generate_assignment SHEET --course=FOLDER` for several sheets: to start it takes seconds.
GENERATE = """
import sys
from nbgrader.apps import GenerateAssignmentApp
course, *sheets = sys.argv[1:]
for sheet in sheets:
    GenerateAssignmentApp.launch_instance([sheet, f"--course={course}"])
    GenerateAssignmentApp.clear_instance()
"""


@pytest.fixture(scope="module")
def nbgraders(tmp_path_factory):
    """The folder in which nbgrader has released the students' notebooks of all sheets."""
    course = tmp_path_factory.mktemp("course")
    notebooks.write_teachers(course)
    command = [sys.executable, "-c", GENERATE, str(course), *(sheet.stem for sheet in SHEETS)]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic by its name
    run = subprocess.run(command, cwd=course, capture_output=True, text=True, env={**os.environ, "PATH": path})
    assert run.returncode == 0, run.stderr
    return course / "release"


@pytest.mark.parametrize("sheet", EVERY)
def test_students_notebook_is_what_nbgrader_releases_of_the_teachers(sheet, nbgraders):
    released = nbformat.read(nbgraders / sheet.stem / f"{sheet.stem}.ipynb", as_version=4)
    ours = students_notebook(sheet)
    assert [(cell.cell_type, cell.source, cell.metadata) for cell in released.cells] == [
        (cell.cell_type, cell.source, cell.metadata) for cell in ours.cells
    ]


@pytest.mark.parametrize("sheet", EVERY)
def test_notebooks_are_valid_and_the_same_each_time(sheet):
    for notebook, make in [
        (students_notebook(sheet), editions.students_notebook),
        (editions.teachers_notebook(sheet), editions.teachers_notebook),
    ]:
        nbformat.validate(notebook)
        assert notebook == make(sheet)


@pytest.mark.parametrize("sheet", EVERY)
def test_students_notebook_has_marks_and_numbers_in_its_headings(sheet):
    text = "\n".join(cell.source for cell in students_notebook(sheet).cells)
    for exercise in every_exercise(sheet):
        assert f"### Exercise {exercise.number}: {exercise.title}, {exercise.points:g} mark" in text


@pytest.mark.parametrize("sheet", EVERY)
def test_run_all_goes_on_after_a_check(sheet):
    for cell in students_notebook(sheet).cells:
        if cell.source.startswith("check("):
            assert cell.metadata.tags == ["raises-exception"]
            assert not cell.metadata.editable


def test_teachers_folder_keeps_what_is_in_it(tmp_path):
    (tmp_path / "submitted" / "alice").mkdir(parents=True)
    (tmp_path / "submitted" / "alice" / "td.ipynb").write_text("hers")
    (tmp_path / "nbgrader_config.py").write_text("# the school's own")
    notebooks.write_teachers(tmp_path)
    assert (tmp_path / "submitted" / "alice" / "td.ipynb").read_text() == "hers"
    assert (tmp_path / "nbgrader_config.py").read_text() == "# the school's own"
    assert (tmp_path / "source").is_dir()


def test_zip_that_could_not_be_finished_leaves_the_old_one(tmp_path, monkeypatch):
    folder = tmp_path / "students"
    folder.mkdir()
    (folder / "a.ipynb").write_text("{}")
    old = notebooks.pack(folder).read_bytes()

    def no_space(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", no_space)
    with pytest.raises(OSError, match="No space left"):
        notebooks.pack(folder)
    assert (tmp_path / "students.zip").read_bytes() == old
    assert {path.name for path in tmp_path.iterdir()} == {"students", "students.zip"}


def test_zip_is_the_same_each_time(students, tmp_path):
    assert notebooks.write_students(tmp_path / "again")[-1].read_bytes() == students.with_suffix(".zip").read_bytes()


# --- a sheet that is not built as it should be -------------------------------------------------------------------------------

EXERCISE = ":::{exercise} Sum\n:label: small-sum\n\nAdd.\n:::\n"
SOLUTION = """
```{code-cell} ipython3
:nbgrader: {grade: false, grade_id: sum, locked: false, schema_version: 3, solution: true, task: false}
def add(a, b):
    ### BEGIN SOLUTION
    return sum([a, b])
    ### END SOLUTION
```
"""
CHECK = """
```{code-cell} ipython3
:nbgrader: {grade: true, grade_id: check-sum, locked: true, points: 2, schema_version: 3, solution: false, task: false}
check("sum", add)
### BEGIN HIDDEN TESTS
check("sum", add, seed=2)
### END HIDDEN TESTS
```
"""


def small(tmp_path, *parts):
    (tmp_path / "_toc.yml").write_text("root: small\nparts: []\n")
    source = tmp_path / "small.md"
    source.write_text("\n".join([FRONT_MATTER, "# Small", *parts]))
    return exercises.exercises(source, tmp_path)


def test_small_sheet_is_read(tmp_path):
    (exercise,) = small(tmp_path, EXERCISE, SOLUTION, CHECK)
    assert (exercise.number, exercise.title, exercise.points) == (1, "Sum", 2)
    assert "return sum([a, b])" in exercise.reference
    assert exercise.stub == f"def add(a, b):\n    {exercises.CODE_STUB}"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([SOLUTION, EXERCISE, CHECK], "an answer stands before the first exercise"),
        ([EXERCISE, CHECK], "small-sum has no answer, or no marks"),
        ([EXERCISE, SOLUTION], "small-sum has no answer, or no marks"),
        ([EXERCISE, SOLUTION, SOLUTION.replace("grade_id: sum", "grade_id: total"), CHECK], "total is not the one answer of"),
        ([EXERCISE.replace("small-sum", "small-product"), SOLUTION, CHECK], "sum is not the one answer of small-product"),
    ],
)
def test_misbuilt_sheet_is_named(tmp_path, parts, message):
    with pytest.raises(ValueError, match=f"small.md: .*{message}"):
        small(tmp_path, *parts)


def test_page_executes_the_solution_without_writing_it(tmp_path):
    small(tmp_path, EXERCISE, SOLUTION, CHECK)
    page = editions.page(tmp_path / "small.md", tmp_path)
    assert 'exec(reference("small", "sum"))' in page
    assert "(Sum, 2 marks)" not in page
    assert "{exercise} Sum, 2 marks" in page
    assert "return sum" not in page
    assert "seed=2" not in page
