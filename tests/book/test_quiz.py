"""Self-check questions: what a source may say, what becomes of it on a page, in a list and in a student's notebook."""

import io
import re

import bs4
import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

import notebooks
import quiz

GOOD = r"""Which rate is the largest for $L = 2\theta^2$?

$$
L'' = 4
$$

- [ ] $\gamma = 1/4$
  > With *this* one, the minimum
  > is reached at once.
- [x] $\gamma = 1/2$, that is
  $2/4$
  > Two over the curvature.
- [ ] any
  > A step may be too long."""


def broken(old, new):
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


MALFORMED = {
    "no right answer": (broken("[x]", "[ ]"), "0 choices are right", 0),
    "two right answers": (broken("[ ] any", "[X] any"), "2 choices are right", 0),
    "two choices": (GOOD[: GOOD.index("- [ ] any")], "there are 2 choices", 0),
    "five choices": (GOOD + "\n- [ ] b\n  > c" * 2, "there are 5 choices", 0),
    "a choice without feedback": (broken("  > A step may be too long.", ""), "the choice 'any' has no feedback", 12),
    "empty feedback": (broken("> A step may be too long.", ">"), "the choice 'any' has no feedback", 12),
    "no question": (GOOD[GOOD.index("- [ ]") :], "there is no question", 0),
    "text after the feedback": (GOOD + "\n  And more.", "'And more.' comes after the feedback", 14),
    "a line that belongs to nothing": (GOOD + "\nAnd more.", "'And more.' is neither a choice", 14),
    "nothing at all": ("", "there is no question", 0),
}


def test_question_choices_and_feedback_are_read():
    read = quiz.parse(GOOD.splitlines())
    assert read.question[0].startswith("Which rate")
    assert [(choice.right, choice.text, choice.feedback) for choice in read.choices] == [
        (False, [r"$\gamma = 1/4$"], ["With *this* one, the minimum", "is reached at once."]),
        (True, [r"$\gamma = 1/2$, that is", "$2/4$"], ["Two over the curvature."]),
        (False, ["any"], ["A step may be too long."]),
    ]
    assert read.right == "b"


@pytest.mark.parametrize(("source", "message", "line"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_quiz_is_refused_with_its_line(source, message, line):
    with pytest.raises(quiz.QuizError) as refused:
        quiz.parse(source.splitlines())
    assert message in str(refused.value)
    assert refused.value.line == line


def build(folder, builder, *quizzes):
    """What is written for a page with these quizzes, and what is warned of; the first quiz begins in line 4."""
    (folder / "conf.py").write_text("myst_enable_extensions = ['dollarmath']\n")
    (folder / "index.md").write_text("# T\n\n" + "\n\n".join(f"```{{quiz}}\n{each}\n```" for each in quizzes) + "\n")
    warnings = io.StringIO()
    out = folder / "out"
    with patch_docutils(str(folder)), docutils_namespace():
        app = Sphinx(
            str(folder),
            str(folder),
            str(out),
            str(folder / "trees"),
            builder,
            confoverrides={"extensions": ["myst_parser", "quiz_pages"]},
            status=None,
            warning=warnings,
        )
        app.build()
    suffix = {"html": "html", "text": "txt", "latex": "tex"}[builder]
    files = [file for file in out.glob(f"*.{suffix}") if file.stem not in {"search", "genindex"}]
    return files[0].read_text(), re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue())


def test_page_has_a_group_of_named_radio_buttons_for_each_quiz(tmp_path):
    html, warnings = build(tmp_path, "html", GOOD, GOOD)
    assert warnings == ""
    page = bs4.BeautifulSoup(html, "html.parser")
    groups = page.select("fieldset.quiz")
    assert [group["id"] for group in groups] == ["quiz-1", "quiz-2"]
    for number, group in enumerate(groups, 1):
        assert group.legend.get_text().startswith(f"{number}. Which rate is the largest")
        assert group.select(":scope > .math")  # the rest of the question comes below its first paragraph
        radios = group.select("input[type=radio]")
        assert {radio["name"] for radio in radios} == {f"quiz-{number}"}
        labels = [group.select_one(f"label[for={radio['id']}]").get_text() for radio in radios]
        assert [label[:2] for label in labels] == ["a.", "b.", "c."]
        assert not any(radio.has_attr("checked") for radio in radios)
    identifiers = [tag["id"] for tag in page.select("[id]")]
    assert len(identifiers) == len(set(identifiers))


def test_feedback_stands_in_a_live_region_with_its_verdict_in_words(tmp_path):
    html, _ = build(tmp_path, "html", GOOD)
    choices = bs4.BeautifulSoup(html, "html.parser").select(".quiz-choice")
    said = [choice.select_one("[role=status] > .quiz-feedback").get_text() for choice in choices]
    assert [text.split(".")[0] for text in said] == ["✗ Not quite", "✓ Right", "✗ Not quite"]
    assert "reached at once" in said[0]
    assert "Right: b" in html


@pytest.mark.parametrize("case", [case for case in MALFORMED if case != "nothing at all"])
def test_malformed_quiz_is_a_warning_at_its_line_of_the_file(tmp_path, case):
    source, message, line = MALFORMED[case]
    _, warnings = build(tmp_path, "html", source)
    assert message in warnings
    assert f"index.md:{4 + line}: WARNING: quiz: " in warnings


def test_question_that_begins_with_no_paragraph_is_a_warning(tmp_path):
    _, warnings = build(tmp_path, "html", GOOD.removeprefix(GOOD.splitlines()[0]))
    assert "the question does not begin with a paragraph" in warnings


@pytest.mark.parametrize("builder", ["text", "latex"])
def test_elsewhere_it_is_a_list_with_the_answer_below(tmp_path, builder):
    text, warnings = build(tmp_path, builder, GOOD)
    assert warnings == ""
    assert "any" in text
    assert text.index("any") < text.index("Right: b.") < text.index("Two over the curvature.")
    assert "A step may be too long" not in text
    if builder == "text":
        assert re.findall(r"^\* \*\*([a-d])\.\*\* ", text, re.M) == ["a", "b", "c"]


def test_notebook_has_the_choices_and_folds_what_is_said_to_them():
    text = quiz.with_folded_answers(f"Before.\n\n```{{quiz}}\n{GOOD}\n```\n\nAfter.")
    assert "{quiz}" not in text
    assert "[x]" not in text
    shown, folded = text.split(":::{admonition} Answer\n:class: dropdown\n")
    assert "- **b.** $\\gamma = 1/2$, that is $2/4$" in shown
    assert "Two over" not in shown
    assert "- **b.** Right. Two over the curvature." in folded
    assert "- **a.** Not quite. With *this* one, the minimum is reached at once." in folded
    assert folded.endswith(":::\n\nAfter.")


def test_students_notebooks_have_no_directive_that_jupyter_does_not_know():
    sources = [source for source in notebooks.sources() if "{quiz}" in source.read_text()]
    assert sources
    for source in sources:
        cells = notebooks.for_students(source).cells
        assert not any("{quiz}" in cell.source for cell in cells)
        assert sum(cell.source.count(":::{admonition} Answer\n:class: dropdown\n\n- **a.**") for cell in cells) == 3
