"""The references of the exercise sheet against other implementations, and what its checks rest on."""

import copy
import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import binom

import exercises
from course_lib.learning.callbacks import EarlyStopping
from course_lib.learning.stochastic import mini_batch_descent
from course_lib.learning.tp_learning import cases, dropout, noise, sheet
from course_lib.learning.tp_learning.descent import sizes
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.questions import judge
from course_lib.teaching.randomness import from_the_given_rng
from tests.book.sheets import by_name

SOURCE = Path(__file__).parents[2] / "book" / "learning" / "tp-learning.md"
ASKED, reference, drawn = by_name(SOURCE)
DRAWS_AT_RANDOM = {"minibatch-sgd", "inverted-dropout", "batch-noise"}


def test_sheet_asks_each_question_once_and_gives_twenty_four_marks():
    assert list(ASKED) == list(sheet.questions)
    assert sum(exercise.points for exercise in exercises.exercises(SOURCE)) == 24


# --- the references against other implementations ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_layer_backward_agrees_with_torch(seed):
    given = drawn("layer-backward", seed)
    h, W, b, dL_dout = (torch.tensor(value, requires_grad=True) for value in given.values())
    torch.tanh(h @ W + b).backward(dL_dout.detach())
    for found, expected in zip(reference("layer-backward")(*given.values()), (W, b, h), strict=True):
        np.testing.assert_allclose(found, expected.grad.numpy(), atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_minibatch_sgd_takes_the_path_of_the_librarys_descent(seed):
    given = drawn("minibatch-sgd", seed)
    path = reference("minibatch-sgd")(*copy.deepcopy(list(given.values())))
    expected = mini_batch_descent(
        lambda theta, rows: given["gradients"](theta, rows).mean(axis=0),
        given["theta0"],
        given["N"],
        given["learning_rate"],
        len(path) - 1,
        given["batch_size"],
        given["rng"],
    )
    np.testing.assert_allclose(path, expected, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_nll_and_its_gradient_agree_with_torch(seed):
    given = drawn("gaussian-nll", seed)
    y, mu, log_sigma = (torch.tensor(value, requires_grad=True) for value in given.values())
    loss = torch.nn.functional.gaussian_nll_loss(mu, y.detach()[:, None], torch.exp(2 * log_sigma), full=True, eps=1e-300)
    loss.backward()
    assert reference("gaussian-nll")(*given.values()) == pytest.approx(loss.item(), abs=1e-12)
    for found, expected in zip(reference("nll-gradient")(*given.values()), (mu, log_sigma), strict=True):
        np.testing.assert_allclose(found, expected.grad.numpy(), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_batch_norm_agrees_with_torch_in_both_modes(seed):
    given = drawn("batch-norm-train", seed)
    layer = torch.nn.BatchNorm1d(3, eps=given["epsilon"], momentum=given["share"], dtype=torch.float64)
    with torch.no_grad():
        for name, value in zip(
            ("weight", "bias", "running_mean", "running_var"),
            ("scale", "shift", "running_mean", "running_variance"),
            strict=True,
        ):
            getattr(layer, name).copy_(torch.tensor(given[value]))
        x = torch.tensor(given["x"])
        expected = [layer(x), layer.running_mean, layer.running_var]
        z, mean, variance = reference("batch-norm-train")(*given.values())
        for found, other in zip((z, mean, variance), expected, strict=True):
            np.testing.assert_allclose(found, other.numpy(), atol=1e-12)
        found = reference("batch-norm-eval")(given["x"], given["scale"], given["shift"], mean, variance, given["epsilon"])
        np.testing.assert_allclose(found, layer.eval()(x).numpy(), atol=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_stop_epoch_stops_where_the_callback_of_the_training_loop_stops(seed):
    given = drawn("stop-epoch", seed)
    losses, stopped = given["validation_losses"], []
    state = SimpleNamespace(
        epoch=0, model=torch.nn.Linear(1, 1), history=SimpleNamespace(curves={}), stop=lambda: stopped.append(1)
    )
    early = EarlyStopping(lambda model: losses[state.epoch], given["patience"])
    early.on_start(state)
    while not stopped and state.epoch < len(losses) - 1:
        state.epoch += 1
        early.on_epoch(state)
    assert reference("stop-epoch")(losses, given["patience"]) == (early.best_epoch, state.epoch)


def test_stop_epoch_of_the_hint():
    assert reference("stop-epoch")([3, 2, 2, 1, 2, 2, 0], 2) == (3, 5)


# --- what the checks rest on -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_gradients_of_single_samples_agree_with_torch(seed):
    rng = np.random.default_rng(seed)
    x, y, theta = rng.normal(size=(6, 3)), rng.integers(0, 2, 6), rng.normal(size=3)
    of_torch = torch.tensor(theta, requires_grad=True)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        torch.tensor(x) @ of_torch, torch.tensor(y, dtype=torch.float64), reduction="none"
    )
    rows = [4, 0, 4]
    expected = [torch.autograd.grad(losses[row], of_torch, retain_graph=True)[0].numpy() for row in rows]
    gradients = cases.LogisticGradients(x, y)
    np.testing.assert_allclose(gradients(theta, rows), expected, atol=1e-14)
    np.testing.assert_allclose(gradients(theta, 4), expected[:1], atol=1e-14)
    assert "6 samples" in repr(gradients)


def test_a_seeded_generator_is_numpys_own_and_its_copy_goes_on_by_itself():
    one = cases.Seeded(5)
    np.testing.assert_array_equal(one.random(3), np.random.default_rng(5).random(3))
    other = copy.deepcopy(one)
    assert repr(other) == "np.random.default_rng(5)"
    following = other.random(4)
    np.testing.assert_array_equal(one.random(4), following)
    assert [child.random() for child in one.spawn(2)] == [child.random() for child in np.random.default_rng(5).spawn(2)]


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (lambda rng: np.random.default_rng(0), "a generator of its own"),
        (lambda rng: np.random.rand(3), "NumPy's global generator"),  # noqa: NPY002
        (lambda rng: np.random.seed(1), "NumPy's global generator"),  # noqa: NPY002
        (lambda rng: random.shuffle([1, 2, 3]), "Python's global generator"),
    ],
)
def test_other_generators_are_seen(way, words):
    make = np.random.default_rng
    with pytest.raises(DetourError, match=words), from_the_given_rng():
        way(cases.Seeded(0))
    assert np.random.default_rng is make


def test_the_given_generator_is_free_and_an_error_is_let_through():
    with from_the_given_rng():
        cases.Seeded(0).permutation(5)
    with pytest.raises(KeyError), from_the_given_rng():
        raise KeyError
    assert np.random.default_rng(3).random() == cases.Seeded(3).random()


@pytest.mark.parametrize("p", [0.2, 0.3, 0.7, 0.8])
def test_a_right_dropout_fails_by_chance_less_often_than_once_in_a_hundred_million_checks(p):
    units = dropout.SHAPE[0] * dropout.SHAPE[1]
    too_many, too_few = binom.sf(units * (p + dropout.MARGIN), units, p), binom.cdf(units * (p - dropout.MARGIN), units, p)
    assert sheet.questions["inverted-dropout"].cases * (too_many + too_few) < 1e-8


@pytest.mark.parametrize("seed", range(10))
def test_a_right_measurement_of_noise_is_eight_standard_deviations_inside_its_margin(seed):
    given = drawn("batch-noise", seed)
    each = given["gradients"](given["theta"], np.arange(given["N"]))
    centred = each - each.mean(axis=0)
    squares = np.sum(centred**2, axis=1)
    covariance = centred.T @ centred / len(each)
    of_single, of_large = np.var(squares) / np.mean(squares) ** 2, 2 * np.sum(covariance**2) / np.trace(covariance) ** 2
    assert 8 * np.sqrt(max(of_single, of_large) / given["draws"]) < noise.MARGIN


@pytest.mark.parametrize("seed", range(3))
def test_noise_halved_or_doubled_at_one_size_is_found(seed):
    question, right = sheet.questions["batch-noise"], reference("batch-noise")
    for factor in (0.5, 2.0):

        def answer(*arguments, factor=factor):
            measured, _ = right(*arguments)
            measured[seed] *= factor
            return measured, np.polyfit(np.log(arguments[3]), np.log(measured), 1)[0]

        assert "the mean squared distance from the gradient of all samples" in judge(question, answer, seed).message


def test_batches_of_an_epoch_add_up_to_all_samples():
    for m in range(1, 12):
        assert sizes(11, m, epochs=1).sum() == 11
        assert (sizes(11, m, epochs=1)[:-1] == m).all()


def test_stochastic_questions_watch_where_random_numbers_come_from():
    watched = {name for name, question in sheet.questions.items() if question.watch is from_the_given_rng}
    assert watched == DRAWS_AT_RANDOM
