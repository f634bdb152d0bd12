"""The checks of every sheet: what they must find, what they must let pass, and that nothing makes them stumble."""

import numpy as np
import pytest

from course_lib.teaching.questions import NOT_ATTEMPTED, RIGHT, WRONG, judge
from tests.book.sheets import ASKED, as_tuple, packed

#: Questions whose cases are so large that fewer of them are drawn: one in so many.
LARGE = {
    "tp-learning-batch-noise": 4,
    "tp-learning-inverted-dropout": 2,
    "tp-assimilation-networks-simulate": 4,
    "tp-assimilation-networks-fit-rezero": 4,
    "tp-assimilation-networks-fit": 4,
    "tp-assimilation-networks-train-dan": 5,
    "tp-assimilation-networks-online-training": 5,
    "tp-scattering-choose-c": 5,
}
#: Questions with a measured result, known to some per cent only; the number of a result that must be exact.
MEASURED = {"tp-learning-batch-noise": 1}

EVERY = pytest.mark.parametrize("asked", ASKED)


def seeds(asked, count):
    return range(count // LARGE.get(str(asked), 1))


@EVERY
def test_reference_and_other_right_answers_are_right_whatever_the_seed(asked):
    assert asked.exercise.other
    for code in (asked.exercise.reference, *asked.exercise.other):
        answer = asked.function(code)
        for seed in seeds(asked, 20):
            verdict = judge(asked.question, answer, seed)
            assert verdict.state == RIGHT, verdict.message


@EVERY
def test_untouched_stub_is_not_attempted(asked):
    stub = asked.function(asked.exercise.stub)
    assert {judge(asked.question, stub, seed).state for seed in range(5)} == {NOT_ATTEMPTED}


@EVERY
def test_wrong_answers_are_told_what_is_wrong_whatever_the_seed(asked):
    assert len(asked.exercise.wrong) >= 2
    for says, code in asked.exercise.wrong:
        assert says
        answer = asked.function(code)
        for seed in seeds(asked, 20):
            verdict = judge(asked.question, answer, seed)
            assert verdict.state == WRONG
            assert says in verdict.message


@EVERY
def test_every_misconception_is_wrong_and_hears_its_own_words(asked):
    for said, answer in asked.question.misconceptions.items():
        for seed in range(5):
            assert judge(asked.question, answer, seed).message == f"Not yet: {said}"


GARBAGE = {
    "zeros": lambda rng, shape: np.zeros(shape),
    "ones": lambda rng, shape: np.ones(shape),
    "noise": lambda rng, shape: rng.normal(size=shape),
    "probabilities": lambda rng, shape: rng.dirichlet(np.ones(shape[-1]), shape[:-1]) if shape else rng.random(),
    "huge": lambda rng, shape: rng.normal(size=shape) * 1e300,
    "tiny": lambda rng, shape: rng.normal(size=shape) * 1e-300,
    "mixed": lambda rng, shape: rng.normal(size=shape) * 10.0 ** rng.integers(-200, 200, shape),
    "integers": lambda rng, shape: rng.integers(-3, 4, shape) * 7 + 3,
    "bits": lambda rng, shape: rng.integers(0, 2, shape),
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
@EVERY
def test_no_garbage_of_the_right_shape_makes_a_check_stumble_or_passes_it(asked, kind):
    for seed in range(5):
        rng = np.random.default_rng(seed)

        def answer(*arguments, rng=rng):
            return packed([GARBAGE[kind](rng, shape(*arguments)) for shape in asked.question.returns.values()])

        verdict = judge(asked.question, answer, seed)
        assert verdict.state == WRONG
        assert verdict.message.startswith("Not yet: ")
        assert "the check itself" not in verdict.message


@EVERY
def test_garbage_in_one_of_several_results_is_found(asked):
    right, count = asked.reference, len(asked.question.returns)
    for kind, make in GARBAGE.items():
        for which in range(count if count > 1 else 0):

            def answer(*arguments, rng=np.random.default_rng(0), which=which, make=make):  # noqa: B008 - one for each answer
                results = list(as_tuple(right(*arguments)))
                results[which] = make(rng, np.shape(results[which]))
                return packed(results)

            verdict = judge(asked.question, answer, 0)
            assert verdict.state == WRONG, (kind, which)
            assert "the check itself" not in verdict.message


@EVERY
def test_an_answer_is_wrong_if_one_entry_is_off_by_a_part_in_a_thousand(asked):
    right = asked.reference
    for seed in seeds(asked, 10):
        rng = np.random.default_rng(seed)
        which = MEASURED.get(str(asked), rng.integers(len(asked.question.returns)))

        def answer(*arguments, rng=rng, which=which):
            results = [np.array(result, dtype=float) for result in as_tuple(right(*arguments))]
            place = tuple(rng.integers(length) for length in results[which].shape)
            results[which][place] += 1e-3 * (0.1 + abs(results[which]).max())
            return packed(results)

        assert judge(asked.question, answer, seed).state == WRONG


@EVERY
def test_rounding_to_ten_digits_does_no_harm(asked):
    right = asked.reference

    def answer(*arguments):
        return packed([np.round(np.asarray(result, dtype=float), 10) for result in as_tuple(right(*arguments))])

    for seed in seeds(asked, 20):
        assert judge(asked.question, answer, seed).state == RIGHT


@EVERY
def test_cases_repeat_with_their_seed_and_name_the_arguments(asked):
    for seed in range(5):
        first, again = asked.drawn(seed), asked.drawn(seed)
        assert list(first) == asked.question.function.partition("(")[2].rstrip(")").split(", ")
        assert repr(first) == repr(again)
        assert " at 0x" not in repr(first)
