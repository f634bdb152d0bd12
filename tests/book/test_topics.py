"""The page "What this course covers": its table promises nothing that the book, the library and the tests do not keep."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

import topic_checks
import topic_pages
import topics
from tests.book.sources import FRONT_MATTER

ROOT = Path(__file__).parents[2]

CHAPTER = (
    FRONT_MATTER
    + """
# Circles

```{code-cell} ipython3
from course_lib.part.round import area as surface, girth
from course_lib.part import other
```

(topic-area)=
## How large it is

```{code-cell} ipython3
# not a heading
print(surface(2))
```

### And a part of it

```{code-cell} ipython3
other.twice(3)
```

## How long it is

```{code-cell} ipython3
girth(2)
```
"""
)

SHEET = (
    FRONT_MATTER
    + """
# Exercises

:::{exercise} The area
:label: td-area
:::

```{code-cell} ipython3
:nbgrader: {"grade": false, "grade_id": "area", "solution": true}
```
"""
)

BOOK = {
    "_toc.yml": """
        root: book/index
        parts:
          - caption: Part
            chapters: [{file: book/part/circles}, {file: book/part/td}]
          - caption: Reference
            chapters: [{file: book/slides}]
        """,
    "book/index.md": "# Index\n\n```{toctree}\npart/circles\npart/td\nslides\n```\n",
    "book/slides.md": """# Topics

```{topic-table}
```

```{eval-rst}
.. py:function:: course_lib.part.round.area
.. py:function:: course_lib.part.flat.twice
```
""",
    "book/part/circles.md": CHAPTER,
    "book/part/td.md": SHEET,
    "book/topics.yml": """
        Part:
          - topic: the area
            deck: 1
            sections: {part/circles: [topic-area]}
            functions: [part.round.area, part.flat.twice]
            exercises: [td-area]
        """,
    "course_lib/__init__.py": "",
    "course_lib/part/__init__.py": "",
    "course_lib/part/round.py": "def area(r):\n    pass\n\ndef girth(r):\n    pass\n\ndef _inner():\n    pass\n",
    "course_lib/part/flat.py": "def twice(x):\n    pass\n",
    "course_lib/part/other.py": "from course_lib.part.flat import twice\n",
    "tests/test_part.py": """
        import pytest
        from course_lib.part import round as circle
        from course_lib.part.other import twice

        @pytest.fixture
        def large():
            return circle.area(9)

        def test_area(large):
            assert large > 1

        def helper():
            return CASES

        CASES = [twice(2)]

        def test_twice():
            assert helper()

        def test_by_chance(girth):
            assert girth.girth
        """,
}


@pytest.fixture
def book(tmp_path):
    for name, text in BOOK.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text if name.endswith("s.md") or name.endswith("td.md") else textwrap.dedent(text))
    return tmp_path


def change(book, name, old, new):
    text = (book / name).read_text()
    assert old in text
    (book / name).write_text(text.replace(old, new))


def test_the_book_keeps_what_its_topics_promise():
    assert topic_checks.complaints() == []


def test_every_topic_of_both_decks_has_its_row():
    listed = topics.topics()
    assert len(listed) == len({topic.words for topic in listed}) == 39
    assert sum(1 in topic.decks for topic in listed) == 20
    assert sum(2 in topic.decks for topic in listed) == 20


def test_a_book_that_keeps_its_promises_gives_no_complaint(book):
    assert topic_checks.complaints(book) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "complaint"),
    [
        (
            "book/topics.yml",
            "topic-area]",
            "topic-area, topic-volume]",
            "no heading of a page of the book has the label topic-volume",
        ),
        ("book/topics.yml", "part/circles: [", "part/balls: [", "topic-area is in part/circles, not in part/balls"),
        ("book/topics.yml", "{part/", "{part/balls: [], part/", "no heading of a page of the book has the label part/balls"),
        ("book/topics.yml", "round.area", "round.volume", "the library makes no public course_lib.part.round.volume"),
        ("book/topics.yml", "round.area", "round._inner", "the library makes no public course_lib.part.round._inner"),
        ("book/topics.yml", "flat.twice", "other.twice", "the library makes no public course_lib.part.other.twice"),
        ("book/topics.yml", "round.area", "round.girth", "no cell of its sections uses course_lib.part.round.girth"),
        (
            "book/part/circles.md",
            "print(surface(2))",
            "# surface(2)",
            "no cell of its sections uses course_lib.part.round.area",
        ),
        ("tests/test_part.py", "circle.area", "large", "no test uses course_lib.part.round.area"),
        ("tests/test_part.py", "helper()\n", "True\n", "no test uses course_lib.part.flat.twice"),
        ("book/topics.yml", "[td-area]", "[td-area, td-girth]", "no sheet has the exercise td-girth"),
    ],
)
def test_a_promise_that_is_not_kept_is_named(book, file, old, new, complaint):
    change(book, file, old, new)
    assert f"the area: {complaint}" in topic_checks.complaints(book)


def test_a_chapter_that_no_topic_names_is_named(book):
    change(book, "_toc.yml", "{file: book/part/td}", "{file: book/part/td}, {file: book/part/balls}")
    (book / "book/part/balls.md").write_text("# Balls\n")
    assert topic_checks.complaints(book) == ["part/balls: no topic names a section of this chapter"]


def test_a_label_that_no_topic_names_is_named(book):
    change(book, "book/part/circles.md", "## How long", "(topic-girth)=\n## How long")
    assert topic_checks.complaints(book) == ["part/circles: no topic names the label topic-girth"]


def test_an_exercise_that_no_topic_names_is_named(book):
    change(book, "book/topics.yml", "[td-area]", "[]")
    assert topic_checks.complaints(book) == ["no topic names the exercise td-area"]


def test_a_label_without_a_heading_below_it_is_none(book):
    change(book, "book/part/circles.md", "(topic-area)=\n## How large it is", "(topic-area)=\n\nHow large it is")
    assert "the area: no heading of a page of the book has the label topic-area" in topic_checks.complaints(book)


def test_a_section_has_the_title_and_the_functions_of_its_cells_up_to_the_next_of_its_level(book):
    section = topics.sections(book)["topic-area"]
    assert section == topics.Section(
        "part/circles", "How large it is", frozenset({"course_lib.part.round.area", "course_lib.part.flat.twice"})
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("deck: 1", "deck: 3", "the area: expected 1, 2 or .1, 2. as deck, got 3"),
        ("deck: 1", "decks: 1", "expected a topic with the keys topic, deck, sections, functions, exercises, got"),
        ("{part/circles: [topic-area]}", "[topic-area]", "the area: expected lists of names"),
        ("[td-area]", "td-area", "the area: expected lists of names"),
        ("Part:", "- Part:", "expected the names of parts, and a list of topics under each"),
        ("deck: 1", "deck: [", "is no YAML"),
    ],
)
def test_a_list_of_topics_that_is_not_in_order_is_refused_with_what_is_wrong(book, old, new, message):
    change(book, "book/topics.yml", old, new)
    with pytest.raises(ValueError, match=f"^book/topics.yml.*{message}"):
        topics.topics(book)


def test_the_table_leads_to_sections_functions_tests_and_exercises(book):
    assert topic_pages.table(book).splitlines()[-1] == (
        "| the area<br>deck 1 | **{doc}`part/circles`**<br>{ref}`topic-area` | "
        "{py:func}`area <course_lib.part.round.area>`<br>{py:func}`twice <course_lib.part.flat.twice>`"
        "<br>Tests: 2 in `test_part.py` | "
        "{ref}`The area <td-area>` |"
    )


def test_a_sheet_as_a_whole_is_shown_with_the_number_of_its_exercises(book):
    change(book, "book/topics.yml", "[topic-area]}", "[topic-area], part/td: []}")
    assert "all 1 of the sheet" in topic_pages.table(book)


def test_the_page_is_made_again_when_what_it_shows_changes(book):
    env = SimpleNamespace()  # of builds that follow each other
    digests = [topic_pages.sources_digest(env, book)]
    for file, old, new in [
        ("book/part/circles.md", "How large", "How wide"),
        ("book/part/td.md", "exercise} The", "exercise} An"),
        ("tests/test_part.py", "test_by_chance", "test_twice_more"),
        ("tests/test_part.py", "girth.girth", "twice(girth)"),
        ("book/part/circles.md", "print(surface(2))", ""),
        ("book/topics.yml", "deck: 1", "deck: ["),
    ]:
        change(book, file, old, new)
        digests.append(topic_pages.sources_digest(env, book))
    assert len(set(digests)) == len(digests)


def warnings_of_build(book):
    """What Sphinx warns of when it builds the book with the directive, and the exit status."""
    shutil.copytree(ROOT / "book" / "_ext", book / "book" / "_ext", dirs_exist_ok=True)
    (book / "conf.py").write_text(
        "extensions = ['myst_nb', 'sphinx_exercise', 'topic_pages']\nroot_doc = 'book/index'\n"
        "myst_enable_extensions = ['colon_fence']\nnb_execution_mode = 'off'\n"
    )
    command = [sys.executable, "-m", "sphinx", "-qnW", "--keep-going", "-b", "dummy", str(book), str(book / "out")]
    environment = {**os.environ, "PYTHONPATH": str(book / "book" / "_ext")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    return done.stderr, done.returncode


def test_the_build_fails_exactly_when_a_promise_is_not_kept(book):
    assert warnings_of_build(book) == ("", 0)
    change(book, "book/topics.yml", "topic-area]", "topic-area, topic-volume]")
    warnings, status = warnings_of_build(book)  # it builds on what the first has left, as on a writer's desk
    assert "the area: no heading of a page of the book has the label topic-volume" in warnings
    assert status == 1
