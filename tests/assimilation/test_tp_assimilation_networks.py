"""The references of the exercise sheet against other implementations, and what its checks rest on."""

import copy
import linecache
import threading
from functools import cache
from pathlib import Path

import jupytext
import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from sklearn.linear_model import Ridge

import exercises
from course_lib.assimilation import blue, kalman, linear2d, lorenz95
from course_lib.assimilation.blue import Problem
from course_lib.assimilation.state_space import LinearGaussian
from course_lib.assimilation.tp_assimilation_networks import lbfgs, parts, rezero, sheet, simulation, training
from course_lib.assimilation.tp_assimilation_networks.precision import in_single_precision, kindly
from course_lib.assimilation.tp_assimilation_networks.randomness import from_the_given_rng
from course_lib.assimilation.tp_assimilation_networks.shapes import shapes_explained
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.questions import NOT_ATTEMPTED, RIGHT, WRONG, judge
from tests.book.sheets import by_name

SOURCE = Path(__file__).parents[2] / "book" / "assimilation" / "tp-assimilation-networks.md"
ASKED, reference, drawn = by_name(SOURCE)


@cache
def wrong(name, said):
    return next(ASKED[name].function(code) for says, code in ASKED[name].exercise.wrong if says.startswith(said))


def model():
    system = linear2d.system()
    return LinearGaussian(linear2d.M, system.Q, system.H, system.R, system.mean, system.covariance)


def test_sheet_asks_each_question_once_and_gives_thirty_four_marks_and_four_for_the_bonus():
    assert list(ASKED) == list(sheet.questions)
    marks = {exercise.label: exercise.points for exercise in exercises.exercises(SOURCE)}
    bonus = [marks[f"tp-assimilation-networks-{name}"] for name in ("lorenz95", "rk4-step", "online-training")]
    assert (sum(marks.values()) - sum(bonus), sum(bonus)) == (34, 4)


# --- the references against other implementations ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_analysis_of_the_reference_is_that_of_the_library_in_both_forms(seed):
    given = drawn("blue", seed)
    x_a, C_aa = reference("blue")(**given)
    for form in blue.FORMS:
        expected = blue.blue(Problem(**{name: value.numpy() for name, value in given.items()}), form)
        np.testing.assert_allclose(x_a, expected.x_a, atol=1e-11)
        np.testing.assert_allclose(C_aa, expected.C_aa, atol=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_analysis_of_the_reference_is_unbiased_and_errs_as_it_says(seed):
    _, C_xx, _, H, C_ee = drawn("blue", seed).values()
    m, n = H.shape
    truth = torch.as_tensor(np.random.default_rng(seed).normal(size=n))
    # Errors with exactly the covariances and without correlation: axes of the whole space, there and back.
    spokes = (n + m) ** 0.5 * torch.block_diag(torch.linalg.cholesky(C_xx), torch.linalg.cholesky(C_ee)).T
    pairs = torch.cat([spokes, -spokes])
    misses = torch.stack(
        [reference("blue")(truth + error[:n], C_xx, H @ truth + error[n:], H, C_ee)[0] - truth for error in pairs]
    )
    np.testing.assert_allclose(misses.mean(0), 0, atol=1e-12)
    said = reference("blue")(truth, C_xx, H @ truth, H, C_ee)[1]
    np.testing.assert_allclose(misses.T @ misses / len(misses), said, atol=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_ridge_of_the_reference_is_scikit_learns_with_the_alpha_that_it_returns(seed):
    X, y, sigma, tau = drawn("ridge", seed).values()
    theta, C_aa, alpha = reference("ridge")(X, y, sigma, tau)
    theirs = Ridge(alpha=alpha, fit_intercept=False).fit(X, y).coef_
    np.testing.assert_allclose(theta, theirs, atol=1e-10)
    np.testing.assert_allclose(torch.linalg.inv(C_aa), X.T @ X / sigma**2 + torch.eye(X.shape[1]) / tau**2, atol=1e-9)


def test_ridge_waits_for_the_students_own_analysis_and_suffers_from_its_mistakes():
    ridge, question = ASKED["ridge"].exercise.reference, sheet.questions["ridge"]
    empty, wrong_gain = {"torch": torch}, {"torch": torch}
    exec(f"{ASKED['blue'].exercise.stub}\n{ridge}", empty)  # noqa: S102 - our own cells
    assert judge(question, empty["ridge_regression"], 0).state == NOT_ATTEMPTED
    code = next(code for says, code in ASKED["blue"].exercise.wrong if says.startswith("the gain divides by C_ee alone"))
    exec(f"{code}\n{ridge}", wrong_gain)  # noqa: S102 - our own cells
    assert judge(question, wrong_gain["ridge_regression"], 0).state == WRONG


def test_procoder_returns_five_numbers_for_the_plane_and_860_for_lorenz95():
    assert [reference("procoder-size")(n) for n in (1, 2, 40)] == [2, 5, 860]


@pytest.mark.parametrize("seed", range(5))
def test_density_of_the_references_is_torchs(seed):
    given = drawn("read-density", seed)
    mean, factor = reference("read-density")(**given)
    assert (torch.diagonal(factor, dim1=1, dim2=2).log().abs() <= 8 + 1e-12).all()
    x = mean + torch.as_tensor(np.random.default_rng(seed).normal(size=mean.shape))
    expected = torch.distributions.MultivariateNormal(mean, scale_tril=factor).log_prob(x)
    np.testing.assert_allclose(reference("log-density")(x, mean, factor), expected, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_density_of_five_numbers_is_that_which_the_references_read(seed):
    v, x = (torch.as_tensor(5 * np.random.default_rng(seed).normal(size=(20, k))) for k in (5, 2))
    read = reference("log-density")(x, *reference("read-density")(v, 2))
    np.testing.assert_allclose(parts.LogDensity()(v, x), read, rtol=1e-11)


@pytest.mark.parametrize("seed", range(3))
def test_diagonal_density_is_scipys_of_independent_coordinates(seed):
    rng = np.random.default_rng(seed)
    mean, sigma, x = rng.normal(size=6), rng.uniform(0.2, 2, 6), rng.normal(size=6)
    expected = torch.distributions.Normal(torch.as_tensor(mean), torch.as_tensor(sigma)).log_prob(torch.as_tensor(x)).sum()
    coded = torch.as_tensor(np.concatenate([mean, np.log(sigma)]))
    np.testing.assert_allclose(parts.DiagonalLogDensity()(coded, torch.as_tensor(x)), expected, rtol=1e-12)


def test_rotation_is_that_of_the_library():
    np.testing.assert_allclose(reference("rotation")(linear2d.THETA), linear2d.M, atol=1e-16)


def test_simulated_sequences_have_the_innovations_that_the_kalman_filter_expects():
    x0 = torch.as_tensor(linear2d.experiment(1, 400, 0).initial)
    given = torch.as_tensor(linear2d.M), x0, linear2d.SIGMA_P, linear2d.SIGMA_O, 40
    states, observations = reference("simulate")(*given, torch.Generator().manual_seed(0))
    filtered = kalman.kalman_filter(model(), observations.numpy())
    whitened = np.linalg.solve(np.linalg.cholesky(filtered.innovation_covariance), filtered.innovation[..., None])
    assert np.mean(whitened**2) == pytest.approx(1, abs=5 * np.sqrt(2 / whitened.size))
    miss = filtered.analysis_mean - states.numpy()
    assert np.mean(miss**2) == pytest.approx(np.mean(np.diagonal(filtered.analysis_covariance, axis1=1, axis2=2)), rel=0.15)


@pytest.mark.parametrize("seed", range(3))
def test_rezero_of_the_library_takes_the_same_steps(seed):
    given = drawn("fit-rezero", seed)
    module = pytest.importorskip("course_lib.assimilation.rezero")
    blocks = torch.nn.Sequential(*(module.ReZero(3, torch.Generator()) for _ in given["weights"]))
    for block, W, b in zip(blocks, given["weights"], given["biases"], strict=True):
        block.linear.weight.data, block.linear.bias.data = W.clone(), b.clone()
    optimiser = torch.optim.SGD(blocks.parameters(), lr=given["learning_rate"])
    losses = []
    for _ in range(given["steps"]):
        optimiser.zero_grad()
        loss = torch.nn.functional.mse_loss(blocks(given["h"]).sum(1), given["target"])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    alpha, found = reference("fit-rezero")(*given.values())
    np.testing.assert_allclose(found, losses, rtol=1e-10)
    np.testing.assert_allclose(alpha, [block.alpha.item() for block in blocks], rtol=1e-10)


def test_the_broken_code_of_the_sheet_runs_and_has_all_four_mistakes():
    cell = next(cell for cell in ASKED_CELLS if cell.startswith("class BrokenReZero"))
    names = {"torch": torch}
    exec(cell, names)  # noqa: S102 - our own cell
    question = sheet.questions["fit-rezero"]
    for seed in range(5):
        message = judge(question, names["fit_broken"], seed).message
        assert rezero.WORDS["plain"] in message
        assert rezero.WORDS["broad"] in message
        assert "single precision" in message
    repaired = cell.replace(
        "self.alpha = torch.zeros(len(weights))", "self.alpha = torch.nn.Parameter(torch.zeros(len(weights)))"
    )
    exec(repaired, names)  # noqa: S102 - with α trained, the gradients that pile up show too
    assert rezero.WORDS["piled"] in judge(question, names["fit_broken"], 0).message


ASKED_CELLS = [cell.source for cell in jupytext.read(SOURCE).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("seed", range(3))
def test_training_starts_from_the_cost_of_the_references_and_makes_it_smaller(seed):
    given = drawn("train-dan", seed)
    dan, log_q, h0, x0, states, observations, _ = given.values()
    told = reference("run-dan")(dan, h0, observations)
    cost = reference("dan-loss")(log_q, dan.c(h0), *told, x0, states)
    assert cost.item() == pytest.approx(training.cost(dan, log_q, h0, x0, states, observations).item(), rel=1e-12)
    before, after = reference("train-dan")(*copy.deepcopy(list(given.values())))
    assert before == pytest.approx(cost.item(), rel=1e-12)
    assert after < before


def test_gradient_of_the_whole_cost_agrees_with_central_differences_and_the_cut_one_does_not():
    given = list(drawn("train-dan", 0).values())[:-1]
    weights = given[0].b.W
    gradients = [torch.autograd.grad(training.cost(*given, cut=cut), weights)[0] for cut in (False, True)]
    numeric = torch.zeros_like(weights)
    with torch.no_grad():
        for place in np.ndindex(*weights.shape):
            for sign in (1, -1):
                weights[place] += sign * 1e-6
                numeric[place] += sign * training.cost(*given) / 2e-6
                weights[place] -= sign * 1e-6
    np.testing.assert_allclose(gradients[0], numeric, rtol=1e-5, atol=1e-7)
    assert (gradients[1] - numeric).abs().max() > 1e-2


@pytest.mark.parametrize("start", [0.0, 7.0])
def test_wired_network_is_the_steady_kalman_filter(start):
    steady = kalman.steady_state(model())
    factors = [torch.linalg.cholesky(torch.as_tensor(P)) for P in (steady.forecast_covariance, steady.analysis_covariance)]
    A, B, C = reference("wire-kalman")(torch.as_tensor(linear2d.M), torch.as_tensor(steady.gain), *factors)
    observations = linear2d.experiment(300, 1, 3).observations[0]
    # The Kalman filter that starts in the steady state stays there.
    exact = kalman.kalman_filter(model()._replace(covariance=steady.analysis_covariance), observations)
    h, one = torch.tensor([3.0, 3.0, start], dtype=torch.float64), torch.ones(1, dtype=torch.float64)
    for t, y in enumerate(torch.as_tensor(observations)):
        h = B @ torch.cat([h, one])
        mean, factor = reference_density(C @ torch.cat([h, one]))
        np.testing.assert_allclose(mean, exact.forecast_mean[t], atol=1e-9)
        np.testing.assert_allclose(factor @ factor.T, exact.forecast_covariance[t], atol=1e-12)
        h = A @ torch.cat([h, y, one])
        mean, factor = reference_density(C @ torch.cat([h, one]))
        np.testing.assert_allclose(mean, exact.analysis_mean[t], atol=1e-9)
        np.testing.assert_allclose(factor @ factor.T, exact.analysis_covariance[t], atol=1e-12)


def reference_density(v):
    return v[:2], torch.tensor([[v[2].exp(), 0], [v[4], v[3].exp()]], dtype=torch.float64)


def test_lorenz95_is_that_of_the_library_and_a_step_agrees_with_an_adaptive_solver():
    x = torch.as_tensor(np.random.default_rng(0).normal(size=(3, 40)) + 3)
    tendency, step = reference("lorenz95"), reference("rk4-step")
    np.testing.assert_allclose(tendency(x, 8.0), lorenz95.tendency(x), atol=1e-13)
    exact = solve_ivp(lambda t, state: lorenz95.tendency(state), (0, 0.01), x[0].numpy(), rtol=1e-12, atol=1e-12).y[:, -1]
    np.testing.assert_allclose(step(lorenz95.tendency, x, 0.01)[0], exact, atol=1e-7)


# --- what the checks rest on -------------------------------------------------------------------------------------------------


def test_a_seeded_generator_is_torchs_own_and_its_copy_goes_on_by_itself():
    one, other = parts.Seeded(5), torch.Generator().manual_seed(5)
    assert torch.equal(torch.randn(3, generator=one), torch.randn(3, generator=other))
    copied = copy.deepcopy(one)
    assert repr(copied) == "torch.Generator().manual_seed(5)"
    following = torch.randn(4, generator=copied)
    assert torch.equal(torch.randn(4, generator=one), following)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (lambda rng: torch.Generator().manual_seed(0), "a generator of its own"),
        (lambda rng: torch.randn(3), "torch's global generator"),
        (lambda rng: torch.manual_seed(1), "torch's global generator"),
        (lambda rng: np.random.default_rng(1), "a generator of its own"),
        (lambda rng: np.random.rand(3), "NumPy's global generator"),  # noqa: NPY002
    ],
)
def test_other_generators_are_seen(way, words):
    make, state = torch.Generator, torch.get_rng_state()
    with pytest.raises(DetourError, match=words), from_the_given_rng():
        way(parts.Seeded(0))
    torch.set_rng_state(state)
    assert torch.Generator is make


def test_the_given_generator_is_free_and_an_error_is_let_through():
    with from_the_given_rng():
        torch.randn(3, generator=parts.Seeded(0))
    with pytest.raises(KeyError), from_the_given_rng():
        raise KeyError


def test_exceptions_of_torch_are_put_into_kind_words_and_others_are_not():
    with pytest.raises(DetourError, match="detach it"), kindly({"second time": "detach it"}):
        raise RuntimeError("Trying to backward through the graph a second time")
    with pytest.raises(RuntimeError, match="elsewhere"), kindly({"second time": "detach it"}):
        raise RuntimeError("elsewhere")


def test_single_precision_is_told_from_double():
    values = np.random.default_rng(0).normal(size=5)
    assert not in_single_precision(values)
    assert in_single_precision(values.astype(np.float32).astype(float))


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (lambda: torch.ones(2, 3) @ torch.ones(2, 3), "two arrays do not fit into one product"),
        (lambda: torch.ones(2, 3) @ torch.ones(2), "two arrays do not fit into one product"),
        (lambda: torch.ones(3) @ torch.ones(2), "two arrays do not fit into one product"),
        (lambda: np.ones((2, 3)) @ np.ones(2), "two arrays do not fit into one product"),
        (lambda: torch.linalg.solve(torch.eye(2), torch.ones(3, 2)), "two arrays do not fit into one product"),
        (lambda: torch.linalg.inv(torch.ones(2, 3)), "only a square matrix has an inverse"),
        (lambda: np.linalg.inv(np.ones((2, 3))), "only a square matrix has an inverse"),
        (lambda: torch.ones(2) - torch.ones(3), "arrays of other shapes"),
        (lambda: np.ones(2) - np.ones(3), "arrays of other shapes"),
        (lambda: torch.eye(2) @ torch.ones(2).double(), "single and double precision meet"),
        (lambda: torch.eye(2) @ torch.eye(2).double(), "single and double precision meet"),
        (lambda: torch.ones(2) @ torch.ones(2).double(), "single and double precision meet"),
    ],
)
def test_arrays_that_do_not_fit_are_explained(way, words):
    with pytest.raises(DetourError, match=words), shapes_explained():
        way()


def test_the_line_where_arrays_do_not_fit_is_told_and_other_exceptions_are_let_through(monkeypatch):
    line = "    return x_f - d"
    monkeypatch.setitem(linecache.cache, "cell", (0, None, ["def blue(x_f, d):\n", f"{line}\n"], "cell"))
    names = {}
    exec(compile(f"def blue(x_f, d):\n{line}\n", "cell", "exec"), names)  # noqa: S102 - our own cell, as a notebook runs it
    with (
        pytest.raises(DetourError, match=r"It happened in the line `return x_f - d`: The size of tensor a"),
        shapes_explained(),
    ):
        names["blue"](torch.ones(3), torch.ones(2))
    with pytest.raises(torch.linalg.LinAlgError, match="singular"), shapes_explained():
        torch.linalg.inv(torch.zeros(2, 2))


@pytest.mark.parametrize("seed", range(20))
def test_cases_of_ridge_regression_tell_variances_from_standard_deviations(seed):
    sigma, tau = list(drawn("ridge", seed).values())[2:]
    assert len({sigma, sigma**2, tau, tau**2}) == 4


@pytest.mark.parametrize("seed", range(20))
def test_gradients_that_pile_up_keep_lbfgs_from_the_least_value(seed):
    model, loss_of, iterations = drawn("fit", seed).values()
    assert lbfgs.minimise(copy.deepcopy(model), loss_of, iterations)[-1] == pytest.approx(loss_of.least, abs=1e-8)
    assert lbfgs.minimise(copy.deepcopy(model), loss_of, iterations, piled=True)[-1] > loss_of.least + 1e-3


def test_measured_noise_of_a_right_simulation_is_eight_standard_deviations_inside_its_margin():
    assert 8 / np.sqrt(2 * simulation.SIZE * simulation.STEPS * 2) < simulation.MARGIN


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda x, y: (x, x + 2 * (y - x)), "and should have sigma_o"),
        (lambda x, y: (x, x + (y - x)[:, :1]), "the same observation error at all times"),
        (lambda x, y: (x, x + (y - x)[..., :1]), "both coordinates have the same observation error"),
        (lambda x, y: (x, x + (y - x)[:1]), "all sequences have the same observation error"),
        (lambda x, y: (x, x + (y - x).abs()), "do not have the mean 0"),
        (lambda x, y: (x, x.clone()), "the observations are the states themselves"),
    ],
)
def test_noise_that_is_not_as_it_should_be_is_named(change, says):
    right, question = reference("simulate"), sheet.questions["simulate"]

    def answer(M, x0, sigma_p, sigma_o, T, rng):
        states, observations = right(M, x0, sigma_p, sigma_o, T, rng)
        return change(states, observations) if sigma_p else (states, observations)

    assert says in judge(question, answer, 1).message


# --- apart, as a notebook calls them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ridge", "log-density", "fit-rezero", "train-dan", "online-training"])
def test_verdict_is_the_same_in_a_copy_of_a_process_whose_torch_has_many_threads(name):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        square = torch.ones(400, 400, requires_grad=True)
        (square @ square).exp().sum().backward()  # the threads, and those of the gradients, are at work before the copy is made
        assert sheet.verdict(name, reference(name), seed=1).state == RIGHT
        assert sheet.verdict(name, ASKED[name].function(ASKED[name].exercise.stub), seed=1).state == NOT_ATTEMPTED
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    "returned",
    [
        None,
        "a text",
        torch.tensor(1j),
        torch.ones(3, requires_grad=True),
        [torch.ones(2), torch.ones(3)],
        torch.nn.Linear(2, 2),
        torch.ones(3).to_sparse(),
        torch.ones(3, device="meta"),
        (torch.ones(2),) * 7,
        lambda x: x,
        threading.Lock(),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("name", sheet.questions)
def test_nothing_that_a_function_may_return_makes_a_check_stumble(name, returned):
    verdict = judge(sheet.questions[name], lambda *arguments: returned, 0)
    assert verdict.state == WRONG
    assert "the check itself" not in verdict.message


def test_a_wrong_answer_is_told_the_same_in_a_copy():
    answer = wrong("online-training", "detach the memory")
    message = sheet.verdict("online-training", answer, seed=0).message
    assert "Cut it off" in message
