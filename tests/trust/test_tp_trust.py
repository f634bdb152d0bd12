"""The references of the exercise sheet against the library and others, and what its checks and its words rest on."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import null_space
from scipy.optimize import LinearConstraint, minimize
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

import exercises
from course_lib.learning.tp_learning.cases import Seeded
from course_lib.teaching.attempts import DetourError
from course_lib.trust import constraints, dropping, importance, splits
from course_lib.trust.column_weights import load_emulators
from course_lib.trust.tp_trust import budgets, lake, layers, multi, reading, river, sheet, splitting
from course_lib.trust.tp_trust.column_case import column_case
from course_lib.trust.tp_trust.gradients import arrays, gradients_pass
from tests.book.sheets import by_name

SOURCE = Path(__file__).parents[2] / "book" / "trust" / "tp-trust.md"
ASKED, reference, drawn = by_name(SOURCE)


def random_law(seed, n=2, m=3, p=6):
    rng = np.random.default_rng(seed)
    C = rng.normal(size=(n, m + p)) * rng.uniform(0.1, 100, (n, 1))
    return rng, torch.tensor(C), torch.tensor(rng.normal(size=(7, m))), torch.tensor(rng.normal(size=(7, p)))


def test_sheet_asks_each_question_once_and_gives_thirty_marks():
    assert list(ASKED) == list(sheet.questions)
    assert sum(exercise.points for exercise in exercises.exercises(SOURCE)) == 30


# --- the references against other implementations ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_slopes_of_the_loss_are_those_of_autograd(seed):
    given = drawn("loss-slopes", seed)
    z, y = (torch.tensor(value, requires_grad=True) for value in given.values())
    maps = (torch.nn.functional.softplus, torch.exp, torch.nn.functional.relu)
    for found, g in zip(reference("loss-slopes")(**given), maps, strict=True):
        np.testing.assert_allclose(found, torch.autograd.grad(((g(z) - y) ** 2).sum(), z)[0], atol=1e-12)


@pytest.mark.parametrize(("area", "depth"), [(3.0, 5.0), (40.0, 15.0), (582.0, 154.0)])
def test_lake_obeys_its_matrix_and_nothing_else_is_free(area, depth):
    C, N = reference("lake-matrix")(area, depth)
    x, y = lake.lake_states(area, depth, 50, np.random.default_rng(0))
    missing = np.concatenate([x, y], axis=1) @ C.T
    assert np.abs(missing).max() < 1e-9
    np.testing.assert_allclose(N @ N.T, null_space(C[:, 3:]) @ null_space(C[:, 3:]).T, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_violation_is_that_of_the_library(seed):
    C, x, z, y_mean, y_scale = drawn("violation", seed).values()
    law = constraints.LinearLaw(C, x.shape[1])
    expected = law(torch.tensor(x), torch.tensor(y_mean + y_scale * z))
    np.testing.assert_allclose(reference("violation")(C, x, z, y_mean, y_scale), expected, atol=1e-11)


@pytest.mark.parametrize("seed", range(5))
def test_penalised_loss_is_that_of_the_library(seed):
    C, x, raw, y, y_scale, alpha = drawn("penalised-loss", seed).values()
    law = constraints.LinearLaw(C, x.shape[1])
    s = (law.C_y * y_scale).norm(dim=1)
    expected = (1 - alpha) * ((raw - y) / y_scale).square().mean() + alpha * constraints.penalty(law, s, x, raw)
    assert float(reference("penalised-loss")(C, x, raw, y, y_scale, alpha)) == pytest.approx(float(expected), rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_completion_is_that_of_the_library_with_its_gradient(seed):
    _, C, x, raw = random_law(seed, n=3)
    residual = [4, 0, 2]
    layer = constraints.Completion(constraints.LinearLaw(C, 3), residual)
    y_d = raw[:, layer.direct].requires_grad_()
    found, expected = reference("complete")(C, x, y_d, residual), layer(x, y_d)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    gradients = [torch.autograd.grad(y.square().sum(), y_d)[0] for y in (found, expected)]
    torch.testing.assert_close(*gradients, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_projection_is_that_of_the_library(seed):
    rng, C, x, raw = random_law(seed)
    scale = torch.tensor(rng.uniform(0.1, 10, 6))
    layer = constraints.Projection(constraints.LinearLaw(C, 3), scale)
    torch.testing.assert_close(reference("project")(C, x, raw, scale), layer(x, raw), rtol=1e-9, atol=1e-9)


def test_projection_is_what_an_optimiser_finds():
    C, x, raw, scale = drawn("project", 1).values()
    x, raw = x.reshape(-1, x.shape[-1])[0], raw.reshape(-1, raw.shape[-1])[0]
    aim = -(C[:, : len(x)] @ x).numpy()
    law = LinearConstraint(C[:, len(x) :].numpy(), aim, aim)
    found = minimize(
        lambda y: np.sum(((y - raw.numpy()) / scale.numpy()) ** 2),
        np.zeros(len(raw)),
        constraints=law,
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(reference("project")(C, x[None], raw[None], scale)[0], found.x, atol=1e-5)


@pytest.mark.parametrize("seed", range(8))
def test_chosen_split_amplifies_nothing_and_is_as_good_as_the_librarys(seed):
    given = drawn("choose-split", seed)
    refused, split = reference("choose-split")(**given)
    weighed = given["C_y"] * given["scale"]
    factors = np.linalg.solve(weighed[:, split], np.delete(weighed, split, axis=1))
    assert np.abs(factors).max() <= 1 + 1e-9
    theirs = splits.best_split(given["C_y"], given["scale"])
    largest = abs(np.linalg.det(weighed[:, split]))
    assert abs(np.linalg.det(weighed[:, theirs])) <= largest * (1 + 1e-9)
    assert refused > 0
    conditions = [splits.split_condition(given["C_y"], c, given["scale"]) for c in splitting.sizes(weighed)]
    assert np.isinf(conditions).sum() == refused


def test_importance_of_a_single_pass_is_that_of_the_library_and_of_scikit_learn():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = x @ [1.0, 2.0, 0.0] + rng.normal(size=200)
    model = LinearRegression().fit(x, y)
    orders = np.array([[rng.permutation(200) for _ in range(3)] for _ in range(200)])
    found = reference("single-pass")(model.predict, x, y, orders)
    for theirs in (
        importance.single_pass(model.predict, x, y, np.random.default_rng(1), 200),
        permutation_importance(model, x, y, scoring="neg_mean_squared_error", n_repeats=200, random_state=0).importances,
    ):
        apart, chance = theirs.mean(axis=1) - found.mean(axis=0), np.sqrt((theirs.var(axis=1) + found.var(axis=0)) / 199)
        assert (np.abs(apart) < 4 * chance + 1e-12).all()


@pytest.mark.parametrize("seed", range(3))
def test_first_gain_of_many_passes_is_the_best_of_a_single_pass_and_all_gains_add_up(seed):
    given = drawn("multi-pass", seed)
    order, gains = reference("multi-pass")(**given)
    single = reference("single-pass")(**given).mean(axis=0)
    assert single.argmax() == order[0]
    assert gains[0] == pytest.approx(single.max())
    predict, x, y, orders = given.values()
    everything = [np.column_stack([x[own[j], j] for j in range(x.shape[1])]) for own in orders]
    last = np.mean([np.mean((predict(table) - y) ** 2) for table in everything])
    assert gains.sum() == pytest.approx(last - np.mean((predict(x) - y) ** 2))


def test_many_passes_choose_as_the_library_does_where_the_choice_is_clear():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4))
    theta = np.array([1.0, 4.0, 0.2, 2.0])
    orders = np.array([[rng.permutation(300) for _ in range(4)] for _ in range(20)])
    order, gains = reference("multi-pass")(lambda x: x @ theta, x, x @ theta, orders)
    theirs = importance.multi_pass(lambda x: x @ theta, x, x @ theta, np.random.default_rng(1), 20)
    np.testing.assert_array_equal(order, theirs.order)
    assert (np.abs(gains - theirs.gains.mean(axis=1)) < 4 * theirs.gains.std(axis=1)).all()
    np.testing.assert_array_equal(order, [1, 3, 0, 2])


@pytest.mark.parametrize("seed", range(5))
def test_drop_column_is_that_of_the_library(seed):
    given = drawn("drop-column", seed)
    fit, x, y, x_test, y_test = given.values()
    expected = dropping.drop_column(fit, (x, y), (x_test, y_test))
    np.testing.assert_allclose(reference("drop-column")(**given), expected, atol=1e-12)
    model = LinearRegression().fit(x, y)
    np.testing.assert_allclose(fit(x, y)(x_test), model.predict(x_test), atol=1e-10)


# --- what the checks rest on -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_good_layers_are_far_inside_the_bound_and_broken_ones_far_outside(seed):
    rng = np.random.default_rng(seed)
    n, m, p = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(5, 7))
    C = layers.some_law(rng, n, m, p)
    found = layers.all_layers(C, m)
    assert list(found) == list(layers.KEEPS)
    for name, layer in found.items():
        for dtype, keeps in zip((torch.float32, torch.float64), layers.KEEPS[name], strict=True):
            v = torch.tensor(rng.standard_normal((100, m + p)), dtype=dtype)
            y = layer(v[:, :m], v[:, m:])
            assert y.dtype == dtype
            state = torch.cat([v[:, :m], y], dim=1).double()
            ratio = ((state @ C.T).abs() / (state.abs() @ C.abs().T)).max() / torch.finfo(dtype).eps
            assert (ratio < 100) if keeps else not (ratio < 5000)


def test_what_a_lake_may_do_is_told_by_simple_states_and_they_determine_the_matrix():
    C = reference("lake-matrix")(40.0, 15.0)[0]
    for row in (0, 1):
        states = [[one.get(name, 0.0) for name in lake.NAMES] for k, _, one in budgets._simple_states(40.0, 15.0) if k == row]
        assert np.linalg.matrix_rank(states / np.linalg.norm(states, axis=1, keepdims=True)) == 7
        np.testing.assert_allclose(states @ C[row], 0, atol=1e-9)


def test_two_splits_of_the_lake_are_impossible_and_one_amplifies_nothing():
    C, (x, y) = reference("lake-matrix")(40.0, 15.0)[0], lake.lake_states(40.0, 15.0, 200, np.random.default_rng(3))
    refused, split = reference("choose-split")(C[:, 3:], y.std(axis=0))
    assert refused == 2
    assert [lake.OUTPUTS[j] for j in split] == ["dh", "dT"]
    found = reference("choose-split")(lake.law_of(x, y)[:, 3:], y.std(axis=0))[1]
    np.testing.assert_array_equal(found, split)


def test_law_that_is_found_in_states_is_the_lakes():
    C = reference("lake-matrix")(40.0, 15.0)[0]
    found = lake.law_of(*lake.lake_states(40.0, 15.0, 200, np.random.default_rng(0)))
    weights = np.abs(C).max(axis=1, keepdims=True)
    assert np.linalg.matrix_rank(np.vstack([C / weights, found / np.abs(found).max(axis=1, keepdims=True)]), tol=1e-6) == 2


def test_each_mistake_shows_in_each_case_of_the_splits_and_of_the_passes():
    for module in (splitting, multi):
        assert len(set(module.TELLING)) == len(module.TELLING) >= 20
    assert all(splitting.tells_apart(*splitting.drawn(seed)) for seed in splitting.TELLING)
    assert all(multi.tells_apart(tuple(multi.drawn(seed).values())) for seed in multi.TELLING)


def by_detach(value):
    return value.detach()


def by_numpy(value):
    return np.asarray(value)


def by_list(value):
    return value.tolist()


def by_data(value):
    return value.data


def later(value):
    return torch.tensor(np.sqrt((2 * value).numpy()))


def by_number(value):
    return torch.as_tensor(value.sum().item())


def switched_off(value):
    with torch.no_grad():
        return 2 * value


@pytest.mark.parametrize("way", [by_detach, by_numpy, by_list, by_data, later, by_number, switched_off])
def test_ways_on_which_gradients_are_lost_are_seen(way):
    learned = torch.tensor([1.0, 2.0])
    with pytest.raises(DetourError, match="could not learn"), gradients_pass(None, None, learned.clone()):
        way(learned)
    assert torch.is_grad_enabled()


def test_what_is_no_output_of_a_network_may_leave_torch_and_a_result_may_too():
    learned, other = torch.tensor([1.0, 2.0]), torch.tensor([4.0, 3.0, 2.0])
    with gradients_pass(None, None, learned.clone()):
        np.testing.assert_array_equal(other.numpy(), [4, 3, 2])
        np.testing.assert_array_equal(np.asarray(learned * 3), [3, 6])


def test_question_may_look_at_what_a_student_may_not():
    learned = torch.tensor([1.0, 2.0])
    with gradients_pass(None, None, learned.clone()):
        (found,) = arrays(learned)
    np.testing.assert_array_equal(found, [1, 2])
    with pytest.raises(DetourError), gradients_pass(None, None, learned.clone()):
        learned.numpy()


def test_test_of_conservation_must_take_its_numbers_from_rng():
    given = drawn("keep-the-law", 0)
    again = [reference("keep-the-law")(given["layers"], given["C"], given["m"], Seeded(seed)) for seed in (1, 2)]
    np.testing.assert_array_equal(*again)
    np.testing.assert_array_equal(again[0], [layers.KEEPS[layer.name] for layer in given["layers"]])


# --- what the words of the sheet rest on -------------------------------------------------------------------------------------


def test_statements_about_the_river_are_decided_by_a_wide_margin():
    found = river.findings()
    assert reading.supported(found) == {"A": True, "B": False, "C": False, "D": True, "E": False, "F": True}
    assert found.moved > 0.5
    assert found.flow_moved == 0
    assert found.refitted < 0.1 < found.bar - 2 * found.spread
    assert found.later_bar - found.later_soil > 3 * found.spread
    assert found.together > 1.25 * found.sum_of_bars
    assert found.unseen > 0.3


def test_valley_follows_the_mountains_and_is_not_in_the_law():
    x, _ = river.days(np.random.default_rng(0), 20_000)
    correlations = np.corrcoef(x.T)
    assert correlations[river.HIGH, river.LOW] == pytest.approx(river.CORRELATION, abs=0.01)
    others = correlations - np.diag(np.diag(correlations))
    others[river.HIGH, river.LOW] = others[river.LOW, river.HIGH] = 0
    assert np.abs(others).max() < 0.03
    changed = x.copy()
    changed[:, [river.LOW, 5]] = 7.0
    np.testing.assert_array_equal(river.flow(changed), river.flow(x))
    y = x[:, 0] + 1.2 * x[:, 1] + x[:, 1] * x[:, 3] + x[:, 4] / 2
    np.testing.assert_allclose(river.flow(x), y)


def test_snow_keeps_its_importance_where_the_valley_loses_it():
    permutation, agreeing, dropped = river.bars(river.river().test).mean(axis=1), river.conditional_bars(), river.dropped()
    assert abs(agreeing[river.LOW]) < 0.05
    assert dropped[river.LOW] < 0.05
    assert agreeing[3] > 0.8 * permutation[3]
    assert dropped[3] > 0.8 * permutation[3]
    assert abs(permutation[3] - permutation[river.LOW]) < 0.15
    assert dropped[river.HIGH] < 0.2 * permutation[river.HIGH]


def test_many_passes_uncover_the_valley_and_hide_the_snow():
    _, test, _, forest = river.river()
    orders = np.array([[np.random.default_rng([r, j]).permutation(400) for j in range(6)] for r in range(3)])
    order, gains = reference("multi-pass")(forest.predict, *test, orders)
    single = reference("single-pass")(forest.predict, *test, orders).mean(axis=0)
    assert [river.NAMES[j] for j in order] == ["rain", "T high", "T low", "soil", "snow", "moon"]
    np.testing.assert_allclose(gains[:2], single[:2], atol=0.05)
    assert gains[2] > 1.5 * single[river.LOW]
    assert gains[4] < 0.3 * single[3]


def test_forest_is_far_better_than_the_mean():
    _, test, _, forest = river.river()
    assert importance.squared_error(test.y, forest.predict(test.x)) < 0.35 * test.y.var()


def test_column_of_the_pictures_obeys_its_law_and_its_network_does_not():
    case = column_case()
    law = constraints.LinearLaw(case.C, case.m)
    assert law(case.x, case.y).abs().max() < 1e-10
    assert law(case.x, case.raw)[:, 1].std() > 5
    units = load_emulators()[0]["none"][0].units
    torch.testing.assert_close(case.y_mean, units.y_mean.double())
    projected = reference("project")(case.C, case.x, case.raw, case.y_scale)
    before, after = (((one - case.y) / case.y_scale).square().sum(dim=1) for one in (case.raw, projected))
    assert (after <= before).all()


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.97])
def test_minimum_of_the_penalised_loss_breaks_the_law_below_a_share_of_one(alpha):
    C, x, _, y, y_scale, _ = drawn("penalised-loss", 3).values()
    loss = reference("penalised-loss")
    raw = torch.zeros(y.shape, dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [raw], max_iter=400, tolerance_grad=1e-12, tolerance_change=1e-15, line_search_fn="strong_wolfe"
    )

    def closure():
        optimizer.zero_grad()
        value = loss(C, x, raw, y, y_scale, alpha)
        value.backward()
        return value

    optimizer.step(closure)
    assert (torch.cat([x, raw.detach()], dim=1) @ C.T).abs().max() > 1e-3
