"""Whatever stands in a file that is read, it is read or refused with a sentence; nothing else happens."""

import json

import nbformat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import exercises
import notebooks
import one_submission
import submissions
from freshness import code, digest, is_notebook, library_files
from one_submission import Marking, Outcome, record
from submissions import Submission, UnreadableError
from tests.book.small_book import CHAPTER
from tests.book.sources import FRONT_MATTER

often = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)

# --- a student's notebook ----------------------------------------------------------------------------------------------------

CELL = nbformat.v4.new_code_cell("1", id="a", metadata={"nbgrader": {"grade_id": "sum"}})
HANDED_IN = json.loads(nbformat.writes(nbformat.v4.new_notebook(cells=[CELL, nbformat.v4.new_markdown_cell("b", id="b")])))


def places(value, path=()):
    """The path to every part of a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from places(value[key], (*path, key))


def with_another(value, path, new):
    if not path:
        return new
    copied = value.copy()
    copied[path[0]] = with_another(value[path[0]], path[1:], new)
    return copied


def read_or_refuse(tmp_path, content):
    """The notebook that was read, or None if it was refused in words."""
    file = tmp_path / "handed-in.ipynb"
    file.write_bytes(content)
    try:
        return submissions.read(Submission("ada", file), {"sum"})
    except UnreadableError as error:
        refusal = error
    assert refusal.state in (submissions.UNREADABLE, submissions.NO_NOTEBOOK)
    assert str(refusal)
    return None


def test_handed_in_notebook_is_read(tmp_path):
    assert read_or_refuse(tmp_path, json.dumps(HANDED_IN).encode()).cells[0].source == "1"


@often
@given(st.binary(max_size=200))
@example(b"[" * 100_000)
@example(b"\xef\xbb\xbf{}")
@example(b"1e999")
def test_any_bytes_are_refused(tmp_path, content):
    assert read_or_refuse(tmp_path, content) is None


@often
@given(json_values)
def test_any_json_is_refused(tmp_path, value):
    assert read_or_refuse(tmp_path, json.dumps(value).encode()) is None


@often
@given(place=st.sampled_from(list(places(HANDED_IN))), value=json_values)
def test_notebook_with_anything_in_any_place_is_read_or_refused(tmp_path, place, value):
    notebook = read_or_refuse(tmp_path, json.dumps(with_another(HANDED_IN, place, value)).encode())
    if notebook is not None:
        nbformat.validate(notebook)
        assert "sum" in {submissions.grade_id(cell) for cell in notebook.cells}


@often
@given(st.none() | st.binary(max_size=40) | json_values.map(lambda value: json.dumps(value).encode()))
@example(b'{"state": "marked", "remark": "", "dig')
def test_record_of_a_marking_that_was_not_written_to_its_end_counts_as_none(tmp_path, content):
    marking = Marking(tmp_path, "small", 1.0)
    marking.records.mkdir(parents=True, exist_ok=True)
    if content is not None:
        (marking.records / "ada.json").write_bytes(content)
    assert record(marking, "ada") is None
    assert record(marking, "noether") is None


def test_record_of_a_marking_is_read(tmp_path):
    marking = Marking(tmp_path, "small", 1.0)
    marking.records.mkdir(parents=True)
    (marking.records / "ada.json").write_text('{"state": "marked", "remark": "", "digest": "0"}')
    assert record(marking, "ada") == Outcome("marked", "", "0")
    assert one_submission.MARKED == "marked"


# --- a page of the book ------------------------------------------------------------------------------------------------------

SHEET = (
    FRONT_MATTER
    + """
# Small

:::{exercise} Sum
:label: small-sum

Add.
:::

```{code-cell} ipython3
:nbgrader: {grade: false, grade_id: sum, locked: false, schema_version: 3, solution: true, task: false}
def add(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION
```

```{code-cell} ipython3
:nbgrader: {grade: true, grade_id: check-sum, locked: true, points: 2, schema_version: 3, solution: false, task: false}
check("sum", add)
### BEGIN HIDDEN TESTS
check("sum", add, seed=2)
### END HIDDEN TESTS
```
"""
)
LINES = SHEET.splitlines()


def read_sheet(tmp_path, text):
    (tmp_path / "_toc.yml").write_text("root: small\nparts: []\n")
    (tmp_path / "small.md").write_text(text)
    return exercises.exercises(tmp_path / "small.md", tmp_path)


@settings(often, max_examples=30)
@given(
    line=st.integers(0, len(LINES) - 1), new=st.sampled_from(["", "x", "+++", "```", "---", ":::", ":nbgrader: {}", "\t- ["])
)
def test_sheet_with_a_wrong_line_is_read_or_refused_with_its_name(tmp_path, line, new):
    text = "\n".join([*LINES[:line], new, *LINES[line + 1 :]])
    try:
        asked, refusal = read_sheet(tmp_path, text), "small.md"
    except ValueError as error:
        asked, refusal = [], str(error)
    assert "small.md" in refusal
    assert all(exercise.reference and exercise.points for exercise in asked)


@often
@given(st.text(max_size=200) | st.text(max_size=60).map(lambda text: f"---\n{text}\n---\n"))
@example("---\na: [\n---\n")
@example("---\n- {}\n---\n")
@example("---\n1\n---\n")
def test_any_text_is_a_notebook_or_not(text):
    assert is_notebook(text) in (True, False)
    assert isinstance(code(text), str)
    assert exercises.is_sheet(text) in (True, False)


@pytest.mark.parametrize("program", ["x = (", "from course_lib.part import shapes\nx = ("])
def test_chapter_with_a_syntax_error_is_left_to_the_kernel_which_names_the_cell(tmp_path, program):
    assert library_files(program, tmp_path) == []
    (tmp_path / "requirements.lock").write_text("")
    assert digest(CHAPTER.format(title="Wrong", code=program), tmp_path)


@often
@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_executed_notebook_that_is_damaged_is_named(tmp_path, content):
    source, executed = tmp_path / "one.md", tmp_path / "one.ipynb"
    source.write_text(CHAPTER.format(title="One", code="1 + 1"))
    executed.write_bytes(content)
    with pytest.raises(ValueError, match=r"one\.md: .*one\.ipynb is damaged; run `make clean book`"):
        notebooks.with_outputs(source, executed)
