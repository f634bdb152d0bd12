"""Self-check questions on pages: the directive ``{quiz}``, whose text ``quiz.py`` reads.

On a page a question is a group of radio buttons, and the style sheet shows the feedback of the one that is checked: no script
is needed. The feedback stands in a live region, so that it is also said. Elsewhere (LaTeX, plain text) it is a list with the
answer below.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from quiz import LETTERS, RIGHT, WRONG, Quiz, QuizError, parse

logger = logging.getLogger(__name__)


class quiz_node(nodes.Element):  # noqa: N801  (docutils finds the visitors by the name, and names nodes so)
    """A quiz: first its question, then the rest of its text, if any, then its choices."""


class quiz_question(nodes.TextElement):  # noqa: N801
    """The first paragraph of the question."""


class quiz_choice(nodes.Element):  # noqa: N801
    """A choice: its words, then its feedback."""


class quiz_words(nodes.TextElement):  # noqa: N801
    """What a choice says."""


class quiz_feedback(nodes.Element):  # noqa: N801
    """What is said to a choice."""


class QuizDirective(SphinxDirective):
    """``{quiz}``: one question with its choices."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        try:
            return [self._read(parse(self.content))]
        except QuizError as error:
            line = self.lineno + self.content_offset + error.line + 1
            logger.warning("quiz: %s", error, location=(self.env.docname, line))
            return []

    def _read(self, quiz: Quiz) -> nodes.Element:
        number = self.env.new_serialno("quiz") + 1
        first, *rest = self._blocks(quiz.question, 0)
        if not isinstance(first, nodes.paragraph):
            raise QuizError("the question does not begin with a paragraph")
        read = quiz_node("", quiz_question("", "", *first.children), *rest, number=number, right=quiz.right)
        for letter, choice in zip(LETTERS, quiz.choices, strict=False):
            line = self.lineno + self.content_offset + choice.line + 1
            words, messages = self.parse_inline(" ".join(choice.text), lineno=line)
            said = quiz_feedback("", *self._blocks(choice.feedback, choice.feedback_line), right=choice.right)
            name = f"quiz-{number}"
            read += quiz_choice("", quiz_words("", "", *words), said, *messages, group=name, letter=letter)
        return read

    def _blocks(self, lines: list[str], first: int) -> list[nodes.Node]:
        return self.parse_text_to_nodes("\n".join(lines).strip(), offset=self.content_offset + first)


def _visit_quiz(self: HTML5Translator, node: quiz_node) -> None:
    self.body.append(f'<fieldset class="quiz" id="quiz-{node["number"]}">\n')


def _depart_quiz(self: HTML5Translator, node: quiz_node) -> None:
    self.body.append(f'<p class="quiz-answer">Right: {node["right"]}</p>\n</fieldset>\n')  # shown on paper only


def _visit_question(self: HTML5Translator, node: quiz_question) -> None:
    self.body.append(f"<legend><strong>{node.parent['number']}.</strong> ")


def _depart_question(self: HTML5Translator, node: quiz_question) -> None:
    self.body.append("</legend>\n")


def _visit_choice(self: HTML5Translator, node: quiz_choice) -> None:
    identifier = f"{node['group']}-{node['letter']}"
    # A browser that restores what was checked would show an answer that the reader has not given today.
    radio = f'<input type="radio" name="{node["group"]}" id="{identifier}" autocomplete="off">'
    self.body.append(f'<div class="quiz-choice">{radio}<label for="{identifier}"><strong>{node["letter"]}.</strong> ')


def _depart_choice(self: HTML5Translator, node: quiz_choice) -> None:
    self.body.append("</div>\n")


def _visit_words(self: HTML5Translator, node: quiz_words) -> None:
    pass  # the label is open


def _depart_words(self: HTML5Translator, node: quiz_words) -> None:
    self.body.append("</label>\n")


def _visit_feedback(self: HTML5Translator, node: quiz_feedback) -> None:
    kind, sign, verdict = ("right", "✓", RIGHT) if node["right"] else ("wrong", "✗", WRONG)
    words = f'<strong class="quiz-verdict"><span aria-hidden="true">{sign} </span>{verdict}</strong>'
    self.body.append(f'<div role="status"><div class="quiz-feedback quiz-{kind}">{words}\n')


def _depart_feedback(self: HTML5Translator, node: quiz_feedback) -> None:
    self.body.append("</div></div>\n")


_VISITORS = {
    quiz_node: (_visit_quiz, _depart_quiz),
    quiz_question: (_visit_question, _depart_question),
    quiz_choice: (_visit_choice, _depart_choice),
    quiz_words: (_visit_words, _depart_words),
    quiz_feedback: (_visit_feedback, _depart_feedback),
}


class QuizAsList(SphinxPostTransform):
    """Where nothing can be checked, a quiz is a lettered list, followed by the right letter and its reason.

    The letters are words, as some builders number lists in their own way.
    """

    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        if self.app.builder.format == "html":
            return
        for quiz in list(self.document.findall(quiz_node)):
            quiz.replace_self(list(_as_list(quiz)))


def _as_list(quiz: quiz_node) -> Iterator[nodes.Node]:
    question, *others = quiz.children
    yield _paragraph(quiz["number"], question)
    choices = [child for child in others if isinstance(child, quiz_choice)]
    yield from (child for child in others if child not in choices)
    yield nodes.bullet_list("", *(nodes.list_item("", _paragraph(choice["letter"], choice[0])) for choice in choices))
    yield nodes.paragraph("", "", nodes.strong("", f"Right: {quiz['right']}."))
    yield from next(choice[1].children for choice in choices if choice["letter"] == quiz["right"])


def _paragraph(mark: str | int, words: nodes.Element) -> nodes.paragraph:
    return nodes.paragraph("", "", nodes.strong("", f"{mark}."), nodes.Text(" "), *words.children)


def setup(app: Sphinx) -> None:
    for kind, html in _VISITORS.items():
        app.add_node(kind, html=html)
    app.add_directive("quiz", QuizDirective)
    app.add_post_transform(QuizAsList)
    app.add_css_file("css/quiz.css")
