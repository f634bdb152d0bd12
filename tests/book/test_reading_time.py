"""What a chapter holds is counted rightly, and its box keeps to the count."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import jupytext
import pytest

import exercises
import notebooks
import reading_table
import reading_time
from execution import Cost
from reading_time import MINUTES, WORDS_A_MINUTE, Counts

ROOT = Path(__file__).parents[2]
SHEETS = exercises.sheets()
CHAPTERS = [pytest.param(page, id=page.stem) for page in notebooks.sources() if page not in SHEETS]

CHAPTER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3, language: python}
---

# Two words

One {term}`learning rate <gamma>` of $a + b$, and {glue:text}`a-b:.2f` metres <span class="no word">here</span>.

$$
a = b + c
$$ (eq-one)

$$ a $$

```{math}
:label: eq-two
a = d
```

:::{admonition} Answer
:class: dropdown
It is so.
:::

```{quiz}
Yes?

- [x] Of course
  > Good.
```

```{code-cell} ipython3
# a comment counts

x = 1
```

```{code-cell} ipython3
:tags: [hide-input]
def show_it(k):
    return 2
show(fig, alt="one picture")
show(fig, alt="in the same cell")
```

```{code-cell} ipython3
explore(draw, alt, a=[1, 2])
model.view(3)
```
"""


@pytest.fixture(scope="module")
def found():
    return reading_time.counts(jupytext.reads(CHAPTER, fmt="md:myst"))


def test_words_are_those_that_are_read(found):
    # Two words; One learning rate of … and a-b metres here; Answer's It is so; Yes Of course Good, and the marks' x
    assert found.words == 2 + 8 + 3 + 5


@pytest.mark.parametrize(
    ("name", "number"),
    [("formulas", 1), ("equations", 3), ("lines", 4), ("figures", 1), ("explorations", 1), ("quizzes", 1), ("questions", 1)],
)
def test_everything_else_is_counted_once(found, name, number):
    assert getattr(found, name) == number


def test_every_count_has_a_rate():
    assert set(MINUTES) | {"words"} == {field.name for field in dataclasses.fields(Counts)}


@pytest.mark.parametrize("name", MINUTES)
def test_each_count_adds_its_own_minutes(name):
    assert Counts(**{name: 12}).minutes == pytest.approx(12 * MINUTES[name])


def test_a_page_of_plain_words_takes_as_long_as_in_the_studies():
    assert Counts(words=10 * WORDS_A_MINUTE).minutes == 10


@pytest.mark.parametrize(
    ("text", "promise", "minutes"),
    [
        ("**Time** about 60 minutes, most of it at play.", "60 minutes", 60),
        ("**Time** about four and a half hours; more for the bonus.", "four and a half hours", None),
        ("No box.", None, None),
    ],
)
def test_promise_of_the_box_is_read(text, promise, minutes):
    assert reading_time.promised(text) == promise
    assert reading_time.promised_minutes(text) == minutes


@pytest.mark.parametrize("page", CHAPTERS)
def test_box_keeps_to_the_count(page):
    counted = reading_time.counts(notebooks.as_executed(page)).minutes
    assert reading_time.promised_minutes(page.read_text()) == pytest.approx(counted, rel=0.35)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.stem) for page in SHEETS])
def test_hours_of_a_sheet_are_there_as_an_estimate(page):
    assert reading_time.promised(page.read_text()).endswith("hours")


def rows(tmp_path, text, cost):
    (tmp_path / "book").mkdir()
    (tmp_path / "book/page.md").write_text(text)
    env = SimpleNamespace(docname="book/status", doc2path=lambda docname: tmp_path / f"{docname}.md")
    reading_table._count(SimpleNamespace(env=env), "book/page", [])
    table = reading_table.table({"book/page": cost}, env, tmp_path)
    return [[entry.astext() for entry in row.findall(lambda node: node.tagname == "entry")]
            for row in table.findall(lambda node: node.tagname == "row")]  # fmt: skip


def test_table_shows_counts_minutes_promise_and_run(tmp_path):
    head, row = rows(tmp_path, f"{CHAPTER}\n**Time** about 5 minutes.\n", Cost(clock=12.4, cpu=9, loop=0.1))
    assert len(head) == len(row)
    assert dict(zip(head[1:], row[1:], strict=True)) == {
        "Words": "22",
        "Formulas": "4",
        "Lines of code": "4",
        "Pictures": "2",
        "Counted, min": "10",
        "Its box says": "5 minutes",
        "Runs, s": "12",
    }


def test_table_calls_the_hours_of_a_sheet_an_estimate(tmp_path):
    text = (ROOT / "book/basics/td.md").read_text()
    _, row = rows(tmp_path, text, None)
    assert row[1:] == ["–", "four hours (estimate)"] + ["–"] * 5
