"""The checks of the exercise sheet: what they must find, what they must let pass, and that nothing makes them stumble."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.linalg
from numpy.linalg import inv

import exercises
from course_lib.basics.gaussians import log_density
from course_lib.basics.likelihood import gaussian_mle
from course_lib.basics.td import cases, properties, sheet
from course_lib.basics.td.detours import inverting_at_most
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.checks import NOT_ATTEMPTED, RIGHT, WRONG, judge
from course_lib.teaching.properties import numbers, slopes

SOURCE = Path(__file__).parents[2] / "book" / "basics" / "td.md"
SEEDS = range(20)
EXERCISES = {exercise.label.removeprefix("td-"): exercise for exercise in exercises.exercises(SOURCE)}
CODED = {name: exercise for name, exercise in EXERCISES.items() if not exercise.by_hand}
QUESTIONS = pytest.mark.parametrize("name", sheet.questions)
MISCONCEPTIONS = [
    pytest.param(name, said, id=f"{name}-{number}")
    for name, question in sheet.questions.items()
    for number, said in enumerate(question.misconceptions)
]


def function(code, name):
    """The function that the text of a cell defines."""
    names = {"np": np}
    with plt.rc_context():  # the imports choose a style
        exec(code, names)  # noqa: S102  our own cells
    return names[sheet.questions[name].name]


def packed(results):
    return results[0] if len(results) == 1 else tuple(results)


def as_tuple(returned):
    return returned if isinstance(returned, tuple) else (returned,)


def test_sheet_asks_each_question_once_and_gives_thirty_marks():
    assert list(CODED) == list(sheet.questions)
    assert sum(exercise.points for exercise in EXERCISES.values()) == 30


@QUESTIONS
def test_verdicts_do_not_depend_on_the_seed(name):
    exercise = CODED[name]
    answers = [(exercise.reference, RIGHT, "Right."), (exercise.stub, NOT_ATTEMPTED, "Not attempted")]
    answers += [(other, RIGHT, "Right.") for other in exercise.other]
    answers += [(wrong, WRONG, says) for says, wrong in exercise.wrong]
    for code, state, says in answers:
        answer = function(code, name)
        for seed in SEEDS:
            verdict = judge(sheet.questions[name], answer, seed)
            assert verdict.state == state, verdict.message
            assert says in verdict.message


@pytest.mark.parametrize(("name", "said"), MISCONCEPTIONS)
def test_every_misconception_is_wrong_and_hears_its_own_words(name, said):
    question = sheet.questions[name]
    for seed in range(5):
        assert judge(question, question.misconceptions[said], seed).message == f"Not yet: {said}"


GARBAGE = {
    "zeros": lambda rng, shape: np.zeros(shape),
    "ones": lambda rng, shape: np.ones(shape),
    "noise": lambda rng, shape: rng.normal(size=shape),
    "probabilities": lambda rng, shape: rng.dirichlet(np.ones(shape[-1]), shape[:-1]) if shape else rng.random(),
    "huge": lambda rng, shape: rng.normal(size=shape) * 1e300,
    "tiny": lambda rng, shape: rng.normal(size=shape) * 1e-300,
    "mixed": lambda rng, shape: rng.normal(size=shape) * 10.0 ** rng.integers(-200, 200, shape),
    "integers": lambda rng, shape: rng.integers(-3, 4, shape) * 7 + 3,
    "covariances": lambda rng, shape: semidefinite(rng, shape),
    "nearly singular": lambda rng, shape: semidefinite(rng, shape, 1e-14),
    "singular": lambda rng, shape: semidefinite(rng, shape, 0.0),
}


def semidefinite(rng, shape, least=1.0):
    """Where a shape ends in a square, covariances with one direction of variance `least`; elsewhere positive numbers."""
    if len(shape) < 2 or shape[-1] != shape[-2]:
        return rng.uniform(0.1, 1, shape)
    vectors = np.linalg.qr(rng.normal(size=shape))[0]
    values = np.ones(shape[-1])
    values[-1] = least
    matrix = (vectors * values) @ np.swapaxes(vectors, -1, -2)
    return (matrix + np.swapaxes(matrix, -1, -2)) / 2


@pytest.mark.parametrize("kind", GARBAGE)
@QUESTIONS
def test_no_garbage_of_the_right_shape_makes_a_check_stumble_or_passes_it(name, kind):
    question = sheet.questions[name]
    for seed in range(5):
        rng = np.random.default_rng(seed)

        def answer(*arguments, rng=rng):
            return packed([GARBAGE[kind](rng, shape(*arguments)) for shape in question.returns.values()])

        verdict = judge(question, answer, seed)
        assert verdict.state == WRONG
        assert verdict.message.startswith("Not yet: ")


@QUESTIONS
def test_an_answer_is_wrong_if_one_entry_is_off_by_a_part_in_a_thousand(name):
    question, right = sheet.questions[name], function(CODED[name].reference, name)
    for seed in range(10):
        rng = np.random.default_rng(seed)
        size = len(question.returns)
        which = rng.integers(size)

        def answer(*arguments, rng=rng, which=which):
            results = [np.array(result, dtype=float) for result in as_tuple(right(*arguments))]
            place = tuple(rng.integers(length) for length in results[which].shape)
            results[which][place] += 1e-3 * (0.1 + abs(results[which]).max())
            return packed(results)

        assert judge(question, answer, seed).state == WRONG


@QUESTIONS
def test_rounding_to_ten_digits_does_no_harm(name):
    right = function(CODED[name].reference, name)

    def answer(*arguments):
        return packed([np.round(result, 10) for result in as_tuple(right(*arguments))])

    for seed in SEEDS:
        assert judge(sheet.questions[name], answer, seed).state == RIGHT


@QUESTIONS
def test_cases_are_small_and_repeat_with_their_seed(name):
    for seed in SEEDS:
        first, again = (sheet.questions[name].draw(np.random.default_rng(seed)) for _ in range(2))
        assert list(first) == sheet.questions[name].function.partition("(")[2].rstrip(")").split(", ")
        assert repr(first) == repr(again)
        assert all(np.size(value) <= 30 for value in first.values())


@pytest.mark.parametrize(
    "way",
    [
        lambda A: inv(A),
        lambda A: np.linalg.solve(A, np.eye(4)),
        lambda A: np.linalg.pinv(A),
        lambda A: np.linalg.lstsq(A, np.eye(4)),
        lambda A: np.linalg.matrix_power(A, -1),
        lambda A: np.matrix(A).I,
        lambda A: scipy.linalg.inv(A),
        lambda A: scipy.linalg.solve(A, np.eye(4)),
        lambda A: scipy.linalg.lu_factor(A),
        lambda A: np.linalg.inv(A.tolist()),
    ],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_larger_inverses_are_seen_whatever_their_name(way):
    A = np.eye(4) + 0.1 * np.arange(16).reshape(4, 4)
    with pytest.raises(DetourError, match="4 by 4"), inverting_at_most(2):
        way(A)
    with inverting_at_most(4):
        way(A)


def test_small_inverses_and_other_uses_of_large_matrices_are_free():
    A, U = np.eye(4), np.ones((4, 2))
    with inverting_at_most(2):
        np.linalg.solve(np.eye(2), U.T)
        np.linalg.norm(A)
        np.linalg.qr(U)
        scipy.linalg.inv(np.eye(2))


def test_polynomials_say_what_they_compute():
    f = cases.Polynomial((-1.0, 0.0, 0.5, 1.0, -0.25))
    assert repr(f) == "x ↦ -1 + 0.5 x^2 + x^3 - 0.25 x^4"
    assert f(np.array([[0.0, 2.0]])).tolist() == [[-1.0, 5.0]]


@pytest.mark.parametrize("seed", range(5))
def test_sigma_points_have_the_moments(seed):
    rng = np.random.default_rng(seed)
    mean, covariance = numbers(rng, 4), cases.covariance(rng, 4)
    points = properties.sigma_points(mean, covariance)
    np.testing.assert_allclose(points.mean(axis=0), mean, atol=1e-13)
    np.testing.assert_allclose(np.cov(points.T, bias=True), covariance, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_slopes_are_those_of_the_formula(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 3))
    found = slopes(lambda x: float(np.sum(np.sin(x) * x)), x)
    np.testing.assert_allclose(found, np.sin(x) + x * np.cos(x), atol=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_the_likeliest_gaussian_passes_and_its_neighbours_do_not(seed):
    rng = np.random.default_rng(seed)
    x, ones = rng.normal(size=(12, 3)) @ np.array([[2.0, 0, 0], [1, 1, 0], [0.5, -0.5, 1]]), np.ones(12)
    mean, covariance = gaussian_mle(x)
    assert properties.not_the_likeliest(x, ones, mean, covariance) is None
    root = np.linalg.cholesky(covariance)
    shifted = mean + 1e-3 * root @ rng.normal(size=3)
    bent = root @ (np.eye(3) + 1e-3 * np.diag(rng.choice([-1, 1], 3))) @ root.T
    assert log_density(x, shifted, covariance).sum() < log_density(x, mean, covariance).sum()
    assert properties.not_the_likeliest(x, ones, shifted, covariance)
    assert properties.not_the_likeliest(x, ones, mean, bent)
