"""The notebooks that nbval runs are all of the book's, with exactly the outputs that the book shows."""

import configparser
import re
from pathlib import Path

import jupytext
import nbformat
import pytest

import notebooks
from tests.book.sources import FRONT_MATTER

ROOT = Path(__file__).parents[2]

SOURCE = (
    FRONT_MATTER
    + """
# T

```{code-cell} ipython3
1 + 1
```
"""
)


@pytest.fixture
def chapter(tmp_path):
    source, executed = tmp_path / "chapter.md", tmp_path / "chapter.ipynb"
    source.write_text(SOURCE)
    notebook = jupytext.read(source)
    notebook.cells[-1].execution_count = 1
    notebook.cells[-1].outputs = [nbformat.v4.new_output("execute_result", {"text/plain": "2"}, execution_count=1)]
    nbformat.write(notebook, executed)
    return source, executed


def test_outputs_of_the_built_book_enter_the_notebook(chapter):
    notebook = notebooks.with_outputs(*chapter)
    assert notebook.cells[-1].outputs[0]["data"] == {"text/plain": "2"}


def test_changed_chapter_is_not_compared_with_old_outputs(chapter):
    source, executed = chapter
    source.write_text(SOURCE.replace("1 + 1", "1 + 2"))
    with pytest.raises(ValueError, match=r"chapter\.md has changed since the book was built"):
        notebooks.with_outputs(source, executed)


def test_outputs_that_are_missing_are_not_compared_silently(chapter):
    source, executed = chapter
    nbformat.write(jupytext.read(source), executed)
    with pytest.raises(ValueError, match="built without executing"):
        notebooks.with_outputs(source, executed)


def test_chapter_that_was_not_executed_is_named(chapter):
    source, executed = chapter
    executed.unlink()
    with pytest.raises(ValueError, match=r"chapter\.md was not executed"):
        notebooks.with_outputs(source, executed)


def test_every_page_with_code_cells_is_run_again():
    with_code = {page for page in (ROOT / "book").rglob("*.md") if re.search(r"^```+\{code-cell\}", page.read_text(), re.M)}
    assert with_code == set(notebooks.sources())


# --- what may differ between two runs --------------------------------------------------------------------------------------


def sanitised(text):
    rules = configparser.RawConfigParser()
    rules.read(ROOT / "tests" / "nbval-sanitize.cfg")
    for name in rules.sections():
        text = re.sub(rules[name]["regex"], rules[name]["replace"], text)
    return text


@pytest.mark.parametrize(
    ("one", "other"),
    [("took 1.25 ms", "took 3.5 ms"), ("2.7 times as long", "3.1 times as long"), ("<A at 0x7f1c2a>", "<A at 0x7f9911ab>")],
)
def test_times_and_addresses_may_differ(one, other):
    assert sanitised(one) == sanitised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("loss 0.25", "loss 0.26"),
        ("12 steps", "13 steps"),
        ("3 samples", "4 samples"),
        ("1.2 times as large", "1.3 times as large"),
        ("5 m", "6 m"),
        ('{"text/plain": "0.125"}', '{"text/plain": "0.124"}'),
    ],
)
def test_numbers_may_not_differ(one, other):
    assert sanitised(one) != sanitised(other)
