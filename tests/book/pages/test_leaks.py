"""The built book shows no solution: not in a page, a copied source, a download, the search index."""

import exercises
from tests.book.leaks import leaks, solution_lines


def test_built_book_holds_no_solution(html):
    asked = [exercise for sheet in exercises.sheets() for exercise in exercises.exercises(sheet)]
    assert leaks(html, solution_lines(asked)) == []


def test_downloads_of_a_sheet_are_the_students_notebook(html):
    for sheet in exercises.sheets():
        name = sheet.relative_to(exercises.ROOT).with_suffix("")
        for suffix in (".md", ".ipynb"):
            text = (html / "_sources" / name).with_suffix(suffix).read_text()
            assert exercises.CODE_STUB in text
            assert "BEGIN" not in text


def test_rocket_of_a_sheet_opens_the_students_notebook(html):
    for sheet in exercises.sheets():
        name = sheet.relative_to(exercises.ROOT).with_suffix("")
        text = (html / name).with_suffix(".html").read_text()
        assert f"urlpath=lab/tree/{name}.ipynb" in text
        assert f"tree/{name}.md" not in text
