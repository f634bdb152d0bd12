"""What a chapter depends on is found, so that it runs again when that changes and rests when it does not."""

from types import SimpleNamespace

import nbformat
import pytest

import freshness
from freshness import code, digest, is_notebook, library_files
from tests.book.small_book import CHAPTER, build, write_book, write_library


@pytest.fixture
def library(tmp_path):
    return write_library(tmp_path)


def reached(program, root):
    return {str(file.relative_to(root)) for file in library_files(program, root)}


PART = {"course_lib/__init__.py", "course_lib/part/__init__.py", "course_lib/part/numbers_.py", "course_lib/part/weights.csv"}
SHAPES = PART | {"course_lib/part/shapes.py", "course_lib/part/style.py"}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import course_lib.part.numbers_", PART),
        ("from course_lib.part import numbers_", PART),
        ("from course_lib.part.numbers_ import TWO", PART),
        ("from course_lib.part import shapes", SHAPES),
        ("def later():\n    from course_lib.part import shapes", SHAPES),
        ("import numpy", set()),
    ],
)
def test_imports_are_followed_through_the_library(library, program, expected):
    assert reached(program, library) == expected


@pytest.mark.parametrize(
    ("changed", "moves"),
    [
        ("course_lib/part/shapes.py", True),
        ("course_lib/part/numbers_.py", True),
        ("course_lib/part/weights.csv", True),
        ("requirements.lock", True),
        ("course_lib/elsewhere/other.py", False),
    ],
)
def test_digest_moves_exactly_with_what_the_chapter_reaches(library, changed, moves):
    chapter = CHAPTER.format(title="Shapes", code="from course_lib.part import shapes")
    before = digest(chapter, library)
    (library / changed).write_text((library / changed).read_text() + "# one more line\n")
    assert (digest(chapter, library) != before) == moves


def test_digest_does_not_see_prose(library):
    one, other = (CHAPTER.format(title=title, code="from course_lib.part import shapes") for title in ("One", "Other"))
    assert digest(one, library) == digest(other, library)


def test_code_is_all_cells_without_their_options_and_magics():
    cells = [
        "```{code-cell} ipython3\n---\ntags: [x]\n---\na = 1\n```",
        "```python\nno = 1\n```",
        "```{code-cell}\n%timeit a\nb = 2\n```",
    ]
    text = "# T\n\n" + "\n\n".join(cells) + "\n"
    assert code(text).split() == ["a", "=", "1", "b", "=", "2"]


def test_page_without_a_kernel_is_no_notebook():
    assert is_notebook(CHAPTER.format(title="x", code=""))
    assert not is_notebook("# Title\n\nkernelspec:\n")
    assert not is_notebook("---\ntitle: x\n---\n# Title\n")


# --- the same, seen from outside: a real build of a small book -----------------------------------------------------------


GLUED = "\n```{code-cell} ipython3\nfrom myst_nb import glue\nglue('number', 3, display=False)\n```\n"


def left_behind(root):
    """All outputs of the second chapter in the notebook that the build leaves for download and for nbval."""
    notebook = nbformat.read(root / "_build" / "jupyter_execute" / "book" / "two.ipynb", as_version=4)
    return [output.get("text", output.get("data")) for cell in notebook.cells for output in cell.get("outputs", [])]


def touch(file, text="\n# changed\n"):
    file.write_text(file.read_text() + text)


def test_second_build_executes_exactly_what_depends_on_the_change(library):
    small_book = write_book(library)
    touch(small_book / "book" / "two.md", GLUED)
    assert build(small_book) == {"one", "two"}
    before = left_behind(small_book)
    assert before == ["done\n", {"application/papermill.record/text/plain": "3"}]
    assert build(small_book) == set()
    touch(small_book / "course_lib" / "part" / "numbers_.py")
    assert build(small_book) == {"one"}
    touch(small_book / "book" / "two.md", "\nMore prose.\n")
    assert build(small_book) == set()
    assert "More prose." in (small_book / "_build" / "html" / "book" / "two.html").read_text()
    assert left_behind(small_book) == before
    touch(small_book / "requirements.lock")
    assert build(small_book) == {"one", "two"}


def test_nothing_of_a_removed_chapter_or_an_old_style_sheet_survives(library):
    small_book = write_book(library, executed=("two",))
    style = small_book / "book" / "assets" / "small.css"
    style.write_text("a {color: red}")
    config = small_book / "_config.yml"
    config.write_text(
        config.read_text().replace("{intersphinx_mapping: {}}", "{intersphinx_mapping: {}, html_static_path: [book/assets]}")
    )
    build(small_book)
    built = small_book / "_build"
    assert all(list((built / folder).rglob("two.*")) for folder in ("html", "jupyter_execute"))
    assert (built / "html" / "_static" / "small.css").read_text() == "a {color: red}"
    style.write_text("a {color: blue}")
    (built / "html" / "py-modindex.html").touch()  # an index that the settings no longer ask for
    (built / "html" / "_modules" / "course_lib").mkdir(parents=True, exist_ok=True)
    (built / "html" / "_modules" / "course_lib" / "gone.html").touch()
    (small_book / "book" / "two.md").unlink()
    toc = small_book / "_toc.yml"
    toc.write_text(toc.read_text().replace("      - file: book/two\n", ""))
    build(small_book)
    assert (built / "html" / "_static" / "small.css").read_text() == "a {color: blue}"
    assert not (built / "html" / "py-modindex.html").exists()
    assert not (built / "html" / "_modules" / "course_lib" / "gone.html").exists()
    assert {"genindex.html", "search.html", "index.html"} <= {file.name for file in (built / "html").glob("*.html")}
    assert not [file for folder in ("html", "jupyter_execute") for file in (built / folder).rglob("two.*")]


def test_module_of_the_real_library_reaches_its_style_sheet():
    files = {file.name for file in library_files("from course_lib.teaching.figures import show", freshness.ROOT)}
    assert {"figures.py", "svg.py", "course.mplstyle"} <= files


@pytest.mark.parametrize(("read", "kept"), [(["book/one", "book/library/basics"], False), (["book/one"], True), ([], True)])
def test_listings_are_written_anew_with_the_pages_that_they_lead_back_to(tmp_path, read, kept):
    listing = tmp_path / "_modules" / "course_lib" / "blue.html"
    listing.parent.mkdir(parents=True)
    listing.touch()
    freshness._forget_listings(SimpleNamespace(outdir=tmp_path), None, read)
    assert listing.exists() == kept
