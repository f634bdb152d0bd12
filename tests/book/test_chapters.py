"""Every chapter has what the reader is promised; nothing in its source can drift from what it computes."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

import equations
import exercises
import notebooks
import quiz

ROOT = Path(__file__).parents[2]
SHEETS = exercises.sheets()  # tests/book/test_exercises.py holds them to what is theirs
CHAPTERS = [pytest.param(page, id=page.stem) for page in notebooks.sources() if page not in SHEETS]
NOTEBOOKS = [pytest.param(page, id=page.stem) for page in notebooks.sources()]
PAGES = [pytest.param(page, id=page.stem) for page in equations.chapters()]
QUIZ = re.compile(r"^```\{quiz\}\n(.*?)^```$", re.M | re.S)
CELL = re.compile(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", re.M | re.S)
PARTS = {"basics", "learning", "assimilation", "invariance", "trust", "project"}
IN_PARTS = [page for page in equations.chapters() if page.parent.name in PARTS]


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapter_opens_with_what_to_do_learn_need_and_the_time(page):
    text = page.read_text()
    box = re.search(r"^:::\{admonition\} In this chapter\n(.*?)^:::$", text, re.M | re.S)
    assert box
    assert text.index(box[0]) < text.index("```{code-cell}")
    for promise in ("You will", "You will learn", "You need", "Time"):
        assert f"**{promise}**" in box[1]


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapter_closes_with_summary_quizzes_questions_and_reading(page):
    headings = re.findall(r"^## (.+)$", page.read_text(), re.M)
    assert headings[-4:] == ["Summary", "Check yourself", "Questions", "Further reading"]


@pytest.mark.parametrize("page", CHAPTERS)
def test_summary_ends_with_what_comes_next(page):
    summary = re.search(r"^## Summary\n(.*?)^## ", page.read_text(), re.M | re.S)[1]
    assert summary.strip().split("\n\n")[-1].startswith("**Next.**")


@pytest.mark.parametrize(("page", "following"), list(pairwise(IN_PARTS)), ids=lambda page: page.stem)
def test_next_step_leads_first_to_the_page_that_follows(page, following):
    text = page.read_text()
    assert text.count("**Next.**") == 1
    step = re.search(r"^\*\*Next\.\*\* (.+)$", text, re.M)[1]
    assert "{code" not in step
    assert "{glue" not in step
    assert len(re.findall(r"[.?](?: |$)", step)) in (1, 2)
    links = [(page.parent / link).resolve() for link in re.findall(r"\{doc\}`(?:[^`<]*<)?([^`>]+)>?`", step)]
    assert links[0] == following.with_suffix("")


def test_last_page_of_the_parts_leads_on_as_well():
    assert re.search(r"^\*\*Next\.\*\* .*\{doc\}`", IN_PARTS[-1].read_text().rstrip().split("\n\n")[-1])


@pytest.mark.parametrize("page", [page for page in IN_PARTS if page in SHEETS], ids=lambda page: page.stem)
def test_sheet_ends_with_where_to_go(page):
    assert page.read_text().rstrip().split("\n\n")[-1].startswith("**Next.**")


@pytest.mark.parametrize("page", CHAPTERS)
def test_readers_can_check_themselves_with_three_quizzes(page):
    text = page.read_text()
    section = re.search(r"^## Check yourself\n(.*?)^## ", text, re.M | re.S)[1]
    quizzes = [quiz.parse(lines.splitlines()) for lines in QUIZ.findall(section)]
    assert len(quizzes) == 3 == text.count("{quiz}")
    assert len({each.right for each in quizzes}) > 1  # or the place of the right answer would give it away


@pytest.mark.parametrize("page", CHAPTERS)
def test_questions_have_folded_answers(page):
    questions = re.search(r"^## Questions\n(.*?)^## ", page.read_text(), re.M | re.S)[1]
    answers = re.findall(r"^:{3,}\{admonition\} Answer\n:class: .*dropdown", questions, re.M)
    assert len(answers) >= 4


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_front_matter_holds_no_version_and_the_common_kernel(page):
    front = yaml.safe_load(page.read_text().split("---\n")[1])
    assert front["kernelspec"]["name"] == "python3"
    assert front["jupytext"] == {"text_representation": {"extension": ".md", "format_name": "myst"}}


@pytest.mark.parametrize("page", CHAPTERS)
def test_no_number_is_glued_in_vain(page):
    text = page.read_text()
    read = set(re.findall(r"\{glue:text\}`([\w-]+)(?::[^`]*)?`", text))
    assert read  # the build fails on one that is read and not written
    written = re.findall(r'glue\(\s*f?"([^"]+)"', text)
    patterns = [re.sub(r"\{[^}]*\}", r"[\\w-]+", key) for key in written]
    assert [pattern for pattern in patterns if not any(re.fullmatch(pattern, key) for key in read)] == []


def test_glue_names_are_unique_in_the_book():
    names = [name for page in notebooks.sources() for name in re.findall(r'glue\(\s*"([\w-]+)"', page.read_text())]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_drawing_cell_describes_its_picture(page):
    for cell in CELL.findall(page.read_text()):
        if re.search(r"\b(show|explore|fill_in)\(", cell) and "import" not in cell:
            assert "alt" in cell
        assert "plt.show" not in cell  # it would bring a picture without words


@pytest.mark.parametrize("page", CHAPTERS)
def test_chapter_asserts_its_claims(page):
    assert len(re.findall(r"^\s*assert ", page.read_text(), re.M)) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_page_has_one_title(page):
    assert len(re.findall(r"^# ", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S), re.M)) == 1


@pytest.mark.parametrize("page", PAGES)
def test_citations_are_in_the_bibliography(page):
    known = set(re.findall(r"^@\w+\{([\w-]+),", (ROOT / "book" / "references.bib").read_text(), re.M))
    cited = {key for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page.read_text()) for key in re.split(r"[,\s]+", keys)}
    assert cited <= known


def test_all_pages_of_the_book_are_in_its_contents():
    assert {page for page in (ROOT / "book").rglob("*.md") if "assets" not in page.parts} == set(equations.chapters())


def test_library_pages_describe_every_module_once_and_under_its_part():
    questions = {ROOT / "course_lib" / sheet.parent.name / sheet.stem.replace("-", "_") for sheet in SHEETS}
    modules = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in (ROOT / "course_lib").rglob("*.py")
        if file.name not in {"__init__.py", "__main__.py"} and file.parent not in questions
    }
    described = [
        (page.stem, module)
        for page in (ROOT / "book" / "library").glob("*.md")
        for module in re.findall(r"^\.\. automodule:: (\S+)$", page.read_text(), re.M)
    ]
    assert sorted(described) == sorted((module.split(".")[1], module) for module in modules)


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_chapter_is_in_its_part_with_a_module_and_tests_of_its_part(page):
    part = page.parent.name
    assert (ROOT / "course_lib" / part).is_dir()
    assert list((ROOT / "tests" / part).glob("test_*.py"))
