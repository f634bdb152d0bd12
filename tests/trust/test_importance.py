"""Permutation importances agree with scikit-learn, with closed forms, and with each other where theory says so."""

import numpy as np
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression

from course_lib.trust.conditional import residuals_permuted
from course_lib.trust.importance import multi_pass, permuted, single_pass, squared_error
from course_lib.trust.known_truth import formula, sample, true_importance
from tests.trust.problems import linear_data


class Shuffles(np.random.Generator):
    """A generator whose permutations are those that scikit-learn makes of one column, each of the one before."""

    def __init__(self, seed, n):
        super().__init__(np.random.PCG64(0))
        self.legacy = np.random.RandomState(np.random.RandomState(seed).randint(np.iinfo(np.int32).max + 1))
        self.shuffled, self.order = np.arange(n), np.arange(n)

    def permutation(self, n):
        self.legacy.shuffle(self.shuffled)
        self.order = self.order[self.shuffled]
        return self.order


@pytest.mark.parametrize("seed", range(3))
def test_single_pass_equals_scikit_learn_with_the_same_shuffles(seed):
    x, y = linear_data(seed)
    model = LinearRegression().fit(x, y)
    theirs = permutation_importance(model, x, y, scoring="neg_mean_squared_error", n_repeats=4, random_state=seed)
    for j in range(3):  # scikit-learn begins each column with the same state
        draw = {j: permuted}
        ours = single_pass(
            model.predict, x, y, Shuffles(seed, len(x)), 4, draw=lambda x, k, rng, draw=draw: draw.get(k, still)(x, k, rng)
        )
        np.testing.assert_allclose(ours[j], theirs.importances[j], rtol=1e-10)


def still(x, j, rng):
    return x[:, j]


def test_drawing_nothing_new_costs_nothing():
    x, y = linear_data(0)
    assert np.array_equal(single_pass(lambda x: x[:, 0], x, y, np.random.default_rng(0), 3, draw=still), np.zeros((3, 3)))


@pytest.mark.parametrize("seed", range(3))
def test_single_pass_has_the_mean_over_all_pairs_of_rows(seed):
    x, y = linear_data(seed, size=7)

    def f(x):
        return x[:, 0] * x[:, 1] + np.sin(x[:, 2])

    found = single_pass(f, x, y, np.random.default_rng(seed), 4000)
    for j in range(3):
        pairs = np.repeat(x[None], 7, axis=0)
        pairs[:, :, j] = x[:, None, j]
        expected = np.mean([squared_error(y, f(rows)) for rows in pairs]) - squared_error(y, f(x))
        assert abs(found[j].mean() - expected) < 4 * found[j].std() / np.sqrt(4000)


@pytest.mark.parametrize("correlation", [0.0, 0.7, -0.95])
def test_formula_has_the_importances_of_theory(correlation):
    x, y = sample(20_000, correlation, np.random.default_rng(1))
    truth = true_importance(correlation)
    for draw, name in ((permuted, "permutation"), (residuals_permuted, "conditional")):
        found = single_pass(formula, x, y, np.random.default_rng(2), 5, draw=draw, bootstrap=True)
        assert (abs(found.mean(axis=1) - truth[name]) < 4 * found.std(axis=1) + 1e-12).all()
        assert (found[truth[name] == 0] == 0).all()


def test_bootstrap_bars_have_the_spread_over_fresh_test_sets():
    fresh, bars = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        test = sample(400, 0.5, rng)
        fresh.append(single_pass(formula, *test, rng, 1)[:, 0])
        bars.append(single_pass(formula, *test, rng, 8, bootstrap=True).std(axis=1, ddof=1))
    ratio = np.sqrt(np.mean(np.square(bars), axis=0))[[0, 2, 3, 4]] / np.std(fresh, axis=0)[[0, 2, 3, 4]]
    assert abs(ratio[0] - 1) < 0.15  # a Gaussian term: the spread of 150 values is uncertain by 6 %
    assert (abs(ratio - 1) < 0.35).all()  # squares and products have heavy tails, where a bootstrap is rougher


@pytest.mark.parametrize("seed", range(3))
def test_first_pass_is_the_single_pass(seed):
    x, y = linear_data(seed)
    model = LinearRegression().fit(x, y)
    single = single_pass(model.predict, x, y, np.random.default_rng(seed), 5)
    passes = multi_pass(model.predict, x, y, np.random.default_rng(seed), 5)
    assert passes.order[0] == np.argmax(single.mean(axis=1))
    assert np.array_equal(passes.gains[0], single[passes.order[0]])


def test_each_predictor_is_drawn_thirty_times_unless_another_number_is_given():
    x, y = linear_data(4, n=2)
    model = LinearRegression().fit(x, y)
    assert single_pass(model.predict, x, y, np.random.default_rng(0)).shape == (2, 30)
    assert multi_pass(model.predict, x, y, np.random.default_rng(0)).gains.shape == (2, 30)
    assert single_pass(model.predict, x, y, np.random.default_rng(0), 1).shape == (2, 1)
    assert multi_pass(model.predict, x, y, np.random.default_rng(0), 1).gains.shape == (2, 1)


@pytest.mark.parametrize("bootstrap", [False, True])
def test_multi_pass_permutes_each_predictor_once_and_ends_with_all(bootstrap):
    x, y = linear_data(3, n=4)
    model = LinearRegression().fit(x, y)
    passes = multi_pass(model.predict, x, y, np.random.default_rng(0), 6, bootstrap=bootstrap)
    assert sorted(passes.order) == [0, 1, 2, 3]
    assert passes.gains.shape == (4, 6)
    assert passes.losses[0] == squared_error(y, model.predict(x))
    if not bootstrap:
        np.testing.assert_allclose(np.diff(passes.losses), passes.gains.mean(axis=1), rtol=1e-9)


def test_second_factor_of_a_product_gains_nothing_after_the_first():
    x, y = sample(20_000, 0.0, np.random.default_rng(0))
    passes = multi_pass(formula, x, y, np.random.default_rng(1), 4, bootstrap=True)
    place = {j: k for k, j in enumerate(passes.order)}
    first, second = sorted((place[3], place[4]))
    assert abs(passes.gains[first].mean() - 2) < 4 * passes.gains[first].std()
    assert abs(passes.gains[second].mean()) < 4 * passes.gains[second].std()


def test_spoiled_copy_makes_the_other_copy_matter_in_the_second_pass():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5000, 3))
    x[:, 1] = x[:, 0]

    def either(x):  # uses the first copy; the second is asked only when the two disagree, as a model with a spare would
        return np.where(x[:, 0] == x[:, 1], x[:, 0], x[:, 1])

    single = single_pass(either, x, x[:, 0], rng, 3)
    assert single[0].max() == 0 < single[1].min()
    passes = multi_pass(either, x, x[:, 0], rng, 3)
    assert passes.order[0] == 1


def test_second_of_two_copies_that_are_averaged_costs_twice_the_first():
    x = np.repeat(np.random.default_rng(0).standard_normal((20_000, 1)), 2, axis=1)
    x = np.column_stack([x, x[::-1, 0]])
    passes = multi_pass(lambda x: x[:, :2].mean(axis=1), x, x[:, 0], np.random.default_rng(1), 8, bootstrap=True)
    error = 4 * passes.gains.std(axis=1)
    assert (abs(passes.gains.mean(axis=1) - [0.5, 1.0, 0.0]) <= error).all()
    assert passes.order[2] == 2


def test_targets_with_several_columns_are_scored_together():
    x, y = linear_data(0)
    both = np.column_stack([y, -y])
    found = single_pass(lambda x: x[:, :2], x, both, np.random.default_rng(0), 2)
    assert found.shape == (3, 2)
    assert (found[2] == 0).all()


def test_arguments_are_left_as_they_were():
    x, y = linear_data(0)
    kept = x.copy(), y.copy()
    multi_pass(lambda x: x[:, 0], x, y, np.random.default_rng(0), 2)
    assert np.array_equal(x, kept[0])
    assert np.array_equal(y, kept[1])


def first(x):
    return x[:, 0]


@pytest.mark.parametrize("method", [single_pass, multi_pass])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.column_stack([np.arange(5.0), np.ones(5)])}, "x: predictor 1 is constant"),
        (
            {"x": np.array([[1.0, 2], [np.nan, 3], [4, np.nan], [5, 6], [np.nan, 7]])},
            "missing.*2 of predictor 0, 1 of predictor 1",
        ),
        ({"x": np.arange(5.0)}, "x: expected shape"),
        ({"x": [["a", "b"]] * 5}, "x: expected an array of numbers"),
        ({"y": np.arange(4.0)}, "y: expected 5 targets"),
        ({"y": np.array([1, 2, np.inf, 3, 4])}, "y: expected finite"),
        ({"repeats": 0}, "repeats: expected a whole number"),
        ({"predict": lambda x: x[:, :1]}, r"predict: .*shaped like y, \(5,\), got \(5, 1\)"),
        ({"predict": lambda x: np.full(5, np.nan)}, "loss: expected a finite number, got nan before"),
        ({"loss": lambda y, yhat: np.abs(y - yhat)}, "loss: expected a finite number"),
    ],
)
def test_bad_input_is_named(method, change, message):
    good = {"predict": first, "x": np.arange(10.0).reshape(5, 2), "y": np.arange(5.0), "repeats": 2}
    loss = {key: change.pop(key) for key in ["loss"] if key in (change := dict(change))}
    arguments = {**good, **change}
    with pytest.raises(ValueError, match=message):
        method(arguments["predict"], arguments["x"], arguments["y"], np.random.default_rng(0), arguments["repeats"], **loss)


def test_score_that_is_nan_only_after_permuting_names_the_predictor():
    x = np.column_stack([np.arange(1.0, 9), np.arange(1.0, 9) ** 2])

    def fragile(x):  # an emulator that blows up off its data
        return np.where(x[:, 1] == x[:, 0] ** 2, x[:, 0], np.nan)

    with pytest.raises(ValueError, match="loss: expected a finite number, got nan with predictor 0 drawn anew"):
        single_pass(fragile, x, x[:, 0], np.random.default_rng(0), 2)
