"""Whatever a student types, `check` answers in one line that helps, and never with a traceback of ours."""

import contextlib
import os
import re
import signal
import sys
import types

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell

from course_lib.teaching.apart import HAS_COPIES
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.checks import NotYetError
from course_lib.teaching.figures import drawing
from course_lib.teaching.questions import NOT_ATTEMPTED, RIGHT, WRONG, judge
from course_lib.teaching.values import shown
from tests.teaching.questions import MISCONCEPTION, question, right, sheet

COPIES = pytest.mark.skipif(not HAS_COPIES, reason="copies of the process are made on Linux only")


def stub(x, A):
    raise NotImplementedError()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    "answer",
    [
        right,
        lambda x, A: (A + A.T) @ x,
        lambda x, A: [sum((A[i, j] + A[j, i]) * x[j] for j in range(3)) for i in range(3)],
        lambda x, A: torch.tensor((A + A.T) @ x, requires_grad=True),
        lambda x, A: ((A + A.T) @ x).astype(np.float64).tolist(),
        lambda *arguments: right(*arguments),
        lambda x, A, scale=1: right(x, A) * scale,
    ],
)
def test_right_answer_is_right_in_whatever_form(answer, seed):
    assert judge(question(), answer, seed) == (RIGHT, "Right. Both halves count.")


@pytest.mark.parametrize("answer", [stub, None, ...])
def test_untouched_answer_is_not_attempted(answer):
    assert judge(question(), answer, 0).state == NOT_ATTEMPTED


@pytest.mark.parametrize("seed", range(10))
def test_misconception_is_named(seed):
    assert judge(question(), lambda x, A: 2 * A @ x, seed) == (WRONG, f"Not yet: {MISCONCEPTION}")


def test_other_mistake_is_shown_with_the_case_and_the_seed():
    verdict = judge(question(), lambda x, A: A @ x, 7)
    assert verdict.state == WRONG
    assert re.match(r"Not yet: A small step changes the value by .*; your gradient predicts ", verdict.message)
    assert "seed=7 repeats it" in verdict.message
    assert "x = [" in verdict.message
    assert "your answer: [" in verdict.message


def test_seed_repeats_the_case_and_another_seed_does_not():
    messages = [judge(question(), lambda x, A: A @ x, seed).message for seed in (1, 1, 2)]
    assert messages[0] == messages[1] != messages[2]


def test_seed_that_a_fresh_check_names_repeats_it():
    message = sheet().verdict("gradient", lambda x, A: A @ x).message
    seed = int(re.search(r"\(seed=(\d+) repeats it\)", message)[1])
    assert sheet().verdict("gradient", lambda x, A: A @ x, seed).message == message


def test_fresh_checks_draw_fresh_cases():
    messages = {sheet().verdict("gradient", lambda x, A: A @ x).message for _ in range(3)}
    assert len(messages) == 3


def changes_its_argument(x, A):
    x *= 2
    return right(x / 2, A)


def resizes_its_argument(x, A):
    result = right(x, A)
    A[:] = 0
    return result


def prints_megabytes(x, A):
    for _ in range(20_000):
        print("many words " * 10)
    print("errors too", file=sys.stderr)
    return A @ x


def has_a_bug(x, A):
    y = A @ x
    return y[5]


def calls_what_has_a_bug(x, A):
    return has_a_bug(x, A)


class HostileError(Exception):
    def __str__(self):
        raise RuntimeError

    __repr__ = __str__


class Hostile:
    def __array__(self, *args, **kwargs):
        raise HostileError

    def __getattr__(self, name):
        raise HostileError

    def __repr__(self):
        raise HostileError


def asks_somebody(x, A):
    try:
        return float(input("Which one? ")) * x
    except Exception:  # what a student may write
        return x


async def computes_later(x, A):
    return right(x, A)


def raises(error):
    def answer(x, A):
        raise error

    return answer


def recurses(x, A):
    return recurses(x, A)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, A: None, "returned nothing. Is the `return` missing?"),
        (lambda x, A: "2Ax", "should return numbers as the gradient; it returned a value of type str"),
        (lambda x, A: 1j * x, "should return numbers as the gradient; it returned an array of complex numbers, of shape (3,)"),
        (lambda x, A: x.astype(object), "it returned an array of Python objects, of shape (3,)"),
        (asks_somebody, "`gradient` waits for somebody to type, at `input`. Take everything from its arguments."),
        (computes_later, "`gradient` is written with `async def`, so a call of it computes nothing. Leave `async` out."),
        (lambda x, A: np.linalg.inv(0 * A), ": LinAlgError: Singular matrix."),
        (lambda x, A: np.ones((10**6, 10**9)), ": MemoryError: Unable to allocate 7.11 PiB for an array"),
        (raises(ValueError("two lines:\nno more")), ": ValueError: two lines:."),
        (raises(ValueError("a full stop.")), ": ValueError: a full stop.\n"),
        (raises(SyntaxError("no", ("file", 1, 1, "text"))), ": SyntaxError: no."),
        (lambda x, A: [[1], [2, 3]], "should return numbers as the gradient; it returned a list of 2 things"),
        (lambda x, A: x[:, None], "the gradient should have shape (3,); `gradient` returned shape (3, 1)"),
        (lambda x, A: 3.0, "the gradient should have shape (3,); `gradient` returned a single number"),
        (lambda x, A: x * np.nan, "the gradient contains NaN or infinity in 3 of 3 places"),
        (lambda x, A: np.array([np.inf, 0, 0]), "the gradient contains NaN or infinity in 1 of 3 places"),
        (lambda x, A: Hostile(), "should return numbers as the gradient; it returned a value of type Hostile"),
        (lambda x: x, "expected the arguments of `gradient(x, A)`; this function takes (x)."),
        (lambda: 1, "this function takes ()."),
        (3.0, "expected the function `gradient`, without brackets after its name; got a value of type float."),
        (np.ones(3), "got an array of shape (3,)"),
        ("gradient", "got a value of type str"),
        (changes_its_argument, "`gradient` changes its argument `x`"),
        (resizes_its_argument, "`gradient` changes its argument `A`"),
        (has_a_bug, "`gradient` stopped, in its line `return y[5]`: IndexError: index 5 is out of bounds"),
        (calls_what_has_a_bug, "`gradient` stopped, in its line `return y[5]`: IndexError"),
        (recurses, "RecursionError"),
        (raises(SystemExit()), "SystemExit"),
        (raises(KeyboardInterrupt()), "KeyboardInterrupt"),
        (raises(HostileError()), "HostileError"),
        (raises(ValueError("x" * 10**6)), "ValueError: xxx"),
        (prints_megabytes, "(2220011 characters in all)"),
        (dict, "`gradient` stopped"),
        (types.SimpleNamespace(), "got a value of type SimpleNamespace"),
    ],
)
def test_accident_is_put_into_words(answer, words):
    verdict = judge(question(), answer, 0)
    assert verdict.state == WRONG
    assert words in verdict.message
    assert len(verdict.message) < 2500


@COPIES
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda x, A: os._exit(1), "ended Python itself"),
        (lambda x, A: [None for _ in iter(int, 1)], "did not finish within 1 s"),
    ],
)
def test_end_of_the_call_is_put_into_words(answer, words):
    verdict = sheet(seconds=1.0).verdict("gradient", answer)
    assert verdict.state == WRONG
    assert words in verdict.message


def test_tensor_that_is_changed_in_place_is_noticed():
    asked = question(draw=lambda rng: {"x": torch.ones(3), "A": torch.eye(3)})
    assert "`gradient` changes its argument `x`" in judge(asked, lambda x, A: x.mul_(2), 0).message


def test_detour_is_named():
    @contextlib.contextmanager
    def no_determinants(x, A):
        def det(matrix):
            raise DetourError("use no determinant.")

        original, np.linalg.det = np.linalg.det, det
        try:
            yield
        finally:
            np.linalg.det = original

    asked = question(watch=no_determinants)
    verdict = judge(asked, lambda x, A: right(x, A) + 0 * np.linalg.det(A), 0)
    assert verdict.state == WRONG
    assert verdict.message.startswith("Not yet: use no determinant.\n")
    assert judge(asked, right, 0).state == RIGHT
    np.testing.assert_allclose(np.linalg.det(np.eye(2)), 1)


def test_several_results_are_taken_as_a_tuple():
    asked = question(
        returns={"the gradient": lambda x, A: x.shape, "the value": lambda x, A: ()},
        fault=lambda x, A, gradient, value: None if np.isclose(value, x @ A @ x) else "The value is another.",
        misconceptions={"The half is for symmetric A.": lambda x, A: (right(x, A), x @ A @ x / 2)},
    )
    assert judge(asked, lambda x, A: (right(x, A), x @ A @ x), 0).state == RIGHT
    assert judge(asked, lambda x, A: [right(x, A), x @ A @ x], 0).state == RIGHT
    assert judge(asked, lambda x, A: (right(x, A), x @ A @ x / 2), 0).message == "Not yet: The half is for symmetric A."
    expected = "Not yet: `gradient` should return 2 results (the gradient, the value), separated by commas; it returned "
    assert judge(asked, right, 0).message.startswith(expected + "an array of shape (3,).")
    assert judge(asked, lambda x, A: (right(x, A), 1, 2), 0).message.startswith(expected + "a tuple of 3 things.")


def test_results_of_a_wrong_answer_are_shown_with_their_names():
    asked = question(
        returns={"the gradient": lambda x, A: x.shape, "the value": lambda x, A: ()},
        fault=lambda x, A, gradient, value: "The value is another.",
    )
    message = judge(asked, lambda x, A: (right(x, A), 2.5), 0).message
    assert re.search(r"your answer, the gradient: \[.*\]\n    your answer, the value: 2\.5", message)


def test_rows_of_a_matrix_stand_below_each_other():
    lines = judge(question(), lambda x, A: A @ x, 0).message.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("    A = [["))
    assert [line.rindex("[") for line in lines[first : first + 3]] == [9, 9, 9]


def test_what_a_function_prints_is_repeated_and_of_megabytes_the_beginning():
    def prints(x, A):
        print("one")
        print("two")
        return A @ x

    assert judge(question(), prints, 0).message.endswith(f"\n    it printed: one\n{16 * ' '}two")
    message = judge(question(), prints_megabytes, 0).message.replace("\n" + 16 * " ", "\n")
    beginning = re.search(r"it printed: (.+)… \(2220011 characters in all\)$", message, re.DOTALL)[1]
    assert (10 * ("many words " * 10 + "\n")).startswith(beginning)
    assert len(beginning) > 100


def test_functions_may_ask_whether_they_can_print():
    assert judge(question(), lambda x, A: right(x, A) if sys.stdout.writable() else None, 0).state == RIGHT


def test_three_dots_stand_only_where_something_is_left_out():
    for length in (10, *range(150, 250), 10**6):
        text, whole = shown("x" * length), repr("x" * length)
        assert text == whole or (text.endswith("…") and len(text) <= len(whole))


def test_one_number_is_not_taken_for_a_misconception_with_many():
    asked = question(misconceptions={"It is not zero.": lambda x, A: np.zeros(3)})
    assert judge(asked, lambda x, A: np.zeros(3), 0).message == "Not yet: It is not zero."
    assert "the gradient should have shape (3,)" in judge(asked, lambda x, A: 0.0, 0).message


def test_question_that_fails_blames_itself():
    def broken(*anything):
        raise np.linalg.LinAlgError

    verdict = judge(question(fault=broken, misconceptions={"No.": broken}), right, 0)
    assert verdict.state == WRONG
    assert "the check itself stopped at this answer (LinAlgError). Please show it to your teacher." in verdict.message


# --- in a notebook -----------------------------------------------------------------------------------------------------------


def test_right_answer_prints_one_line(capsys):
    sheet().check("gradient", right)
    assert capsys.readouterr().out == "✓ Right. Both halves count.\n"


def test_wrong_answer_raises_and_nothing_is_printed(capsys):
    with pytest.raises(NotYetError, match="Not attempted"):
        sheet().check("gradient", stub)
    assert capsys.readouterr().out == ""


def test_unknown_question_is_an_error_that_lists_the_known():
    with pytest.raises(ValueError, match="question: 'gradiant' is not known; expected one of gradient"):
        sheet().check("gradiant", right)


def test_notebook_shows_the_line_and_no_traceback(capsys):
    shell = InteractiveShell()
    shell.user_ns.update(check=sheet().check, gradient=stub)
    shell.run_cell("check('gradient', gradient)")
    shown = capsys.readouterr().out
    assert "✗ Not attempted: `gradient` still raises NotImplementedError." in shown
    assert "Traceback" not in shown
    assert "checks.py" not in shown


def _unbroken(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_long_sentence_is_broken_between_words_and_the_case_is_not(capsys):
    shell = InteractiveShell()
    words = " ".join(["anti-dis-establishment-arianism"] * 10)
    shell.user_ns.update(check=sheet(misconceptions={}, fault=lambda *arguments: words).check, gradient=right)
    shell.run_cell("check('gradient', gradient)")
    lines = capsys.readouterr().out.rstrip().splitlines()
    start = next(number for number, line in enumerate(lines) if "This happened" in line)
    assert " ".join(lines[:start]).endswith(f"✗ Not yet: {words}")
    assert max(map(len, lines[:start])) <= 88
    assert lines[start + 1].startswith("    x = [")


@pytest.fixture
def interruptible():
    """Who starts the tests in the background has them ignore interruptions."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupting(x, A):
    """While the reader waits for this, the notebook is interrupted."""
    os.kill(os.getppid(), signal.SIGINT)
    while True:
        pass


@COPIES
@pytest.mark.parametrize("command", ["check('gradient', gradient)", "fill_in('gradient', gradient, None, 'A line.')"])
def test_interrupted_check_says_so_and_shows_no_traceback_of_ours(interruptible, capsys, command):
    shell = InteractiveShell()
    shell.user_ns.update(check=sheet().check, fill_in=sheet().fill_in, gradient=interrupting)
    assert isinstance(shell.run_cell(command).error_in_exec, KeyboardInterrupt)
    assert capsys.readouterr().out.strip() == "✗ Interrupted: `gradient` had not finished."


def test_error_shows_the_line_of_the_cell(capsys):
    shell = InteractiveShell()
    shell.user_ns.update(check=sheet().check)
    shell.run_cell("def gradient(x, A):\n    z = 1\n    return unknown_name * z\n")
    shell.run_cell("check('gradient', gradient)")
    assert "in its line `return unknown_name * z`: NameError: name 'unknown_name' is not defined" in _unbroken(capsys)


# --- the picture -------------------------------------------------------------------------------------------------------------


BACKGROUND, FOREGROUND = "%23123456", "%23654321"  # colours, as they stand in the picture's text


def draw(ax, gradient):
    ax.plot([0, 1], [0, 1], color="#123456")
    print("noise")
    ax.plot([0, gradient(np.ones(3), np.eye(3))[0]], color="#654321")


def picture(answer, **changes):
    shown = sheet(**changes).fill_in("gradient", answer, draw, alt="A line.")
    return shown.markup, shown.alts[0]


def test_picture_of_a_right_answer_is_finished():
    markup, alt = picture(right)
    assert FOREGROUND in markup
    assert alt == "A line."


def test_picture_without_an_answer_shows_the_background_and_says_so():
    markup, alt = picture(stub)
    assert BACKGROUND in markup
    assert FOREGROUND not in markup
    assert alt == "The picture is not finished. gradient: not attempted yet."


def test_picture_of_a_wrong_answer_is_drawn_with_it_and_says_so():
    markup, alt = picture(lambda x, A: A @ x)
    assert FOREGROUND in markup
    assert alt == "The picture is not finished. gradient: not right yet."


@COPIES
@pytest.mark.parametrize(
    "answer", [lambda x, A: os._exit(1), lambda x, A: [None for _ in iter(int, 1)], lambda x, A: float(input()) * x]
)
def test_picture_survives_the_answer(answer):
    markup, alt = picture(answer, seconds=1.0)
    assert "<img" in markup
    assert alt == "The picture is not finished. gradient: not right yet."


def test_picture_of_a_wrong_answer_repeats_no_warning_and_that_of_a_right_one_does(capsys):
    """Warnings would name our files. When the answer is right, they are those of our own drawing, and wanted."""

    def warns(x, A):
        print("what a student need not see", file=sys.stderr)
        return A @ x

    drawing(draw, warns, "A line.", "gradient: not right yet")
    assert capsys.readouterr().err == ""
    drawing(draw, warns, "A line.")
    assert "what a student need not see" in capsys.readouterr().err
