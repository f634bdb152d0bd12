"""Grid and random search: what is tried, what is found, and how often random points hit."""

import numpy as np
import pytest
from scipy import stats

from course_lib.learning.search import grid_search, log_grid, log_uniform, random_search


def objective(learning_rate, momentum):
    return (np.log(learning_rate) + 1) ** 2 + (momentum - 0.5) ** 2


SAMPLERS = {"learning_rate": lambda rng: log_uniform(1e-3, 1e3, rng), "momentum": lambda rng: rng.uniform(0, 1)}


def test_grid_tries_every_combination_once():
    search = grid_search(objective, {"learning_rate": [0.1, 1.0], "momentum": [0.0, 0.5, 0.9]})
    pairs = [(tried["learning_rate"], tried["momentum"]) for tried in search.candidates]
    assert pairs == [(0.1, 0.0), (0.1, 0.5), (0.1, 0.9), (1.0, 0.0), (1.0, 0.5), (1.0, 0.9)]
    np.testing.assert_array_equal(search.losses, [objective(*pair) for pair in pairs])


def test_best_is_the_first_candidate_with_the_lowest_loss():
    search = grid_search(lambda size: abs(size), {"size": [3, -1, 1, 2]})
    assert search.best == {"size": -1}
    assert search.losses.min() == 1


def test_grid_of_the_minimum_finds_it():
    values = log_grid(1e-2, 1e2, 41)
    search = grid_search(lambda rate: (np.log(rate) - np.log(0.7)) ** 2, {"rate": values})
    assert abs(np.log(search.best["rate"] / 0.7)) <= np.log(1e4) / 41 / 2


@pytest.mark.parametrize("seed", range(3))
def test_random_search_repeats_with_the_same_seed_and_only_then(seed):
    first, again, other = (random_search(objective, SAMPLERS, 9, np.random.default_rng(s)) for s in (seed, seed, seed + 100))
    assert first.candidates == again.candidates
    np.testing.assert_array_equal(first.losses, again.losses)
    assert first.candidates != other.candidates


def test_short_random_search_is_the_beginning_of_a_long_one():
    long = random_search(objective, SAMPLERS, 20, np.random.default_rng(3))
    short = random_search(objective, SAMPLERS, 5, np.random.default_rng(3))
    assert short.candidates == long.candidates[:5]


def test_random_search_with_n_trials_tries_n_values_of_each_and_a_square_grid_their_root():
    random = random_search(objective, SAMPLERS, 16, np.random.default_rng(0))
    grid = grid_search(objective, {"learning_rate": log_grid(1e-3, 1e3, 4), "momentum": np.linspace(0, 1, 4)})
    assert len(grid.losses) == len(random.losses) == 16
    for name in SAMPLERS:
        assert len({tried[name] for tried in random.candidates}) == 16
        assert len({tried[name] for tried in grid.candidates}) == 4


def test_random_search_hits_a_share_p_as_often_as_the_binomial_law_says():
    rng, share, trials, repeats = np.random.default_rng(5), 0.1, 12, 2000
    samplers = {"u": lambda rng: rng.uniform()}
    hits = sum(random_search(lambda u: u, samplers, trials, rng).losses.min() < share for _ in range(repeats))
    assert stats.binomtest(hits, repeats, 1 - (1 - share) ** trials).pvalue > 0.01


def test_log_uniform_has_a_uniform_logarithm():
    rng = np.random.default_rng(0)
    draws = np.array([log_uniform(1e-4, 1e2, rng) for _ in range(5000)])
    assert stats.kstest(np.log10(draws), stats.uniform(-4, 6).cdf).pvalue > 0.01


@pytest.mark.parametrize("count", [1, 2, 7])
def test_log_grid_leaves_no_value_further_away_than_half_a_part(count):
    points = np.log10(log_grid(1e-4, 1e2, count))
    np.testing.assert_allclose(np.diff(points), 6 / count)
    distance = np.abs(np.linspace(-4, 2, 1001)[:, None] - points).min(axis=1).max()
    assert distance == pytest.approx(6 / count / 2)


def test_failed_trials_count_as_infinite_and_are_never_best():
    search = grid_search(lambda k: [np.nan, np.inf, 5.0][k], {"k": [0, 1, 2]})
    np.testing.assert_array_equal(search.losses, [np.inf, np.inf, 5.0])
    assert search.best == {"k": 2}


@pytest.mark.parametrize("value", [None, "low", [1.0, 2.0], 1j])
def test_an_objective_that_returns_no_number_is_named(value):
    with pytest.raises(ValueError, match=r"^objective: expected a number at .* got "):
        grid_search(lambda k: value, {"k": [0]})
    with pytest.raises(ValueError, match=r"^objective: expected a number at .* got "):
        random_search(lambda k: value, {"k": lambda rng: 0}, 1, np.random.default_rng(0))


def test_empty_searches_are_named():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"^grid: expected at least one hyperparameter, got none"):
        grid_search(objective, {})
    with pytest.raises(ValueError, match=r"^grid: momentum has no values"):
        grid_search(objective, {"learning_rate": [0.1], "momentum": []})
    with pytest.raises(ValueError, match=r"^samplers: expected at least one hyperparameter, got none"):
        random_search(objective, {}, 3, rng)


@pytest.mark.parametrize("bad", [0, -3, 2.5, "4", True])
def test_counts_that_are_no_positive_whole_numbers_are_named(bad):
    with pytest.raises(ValueError, match=r"^trials: expected .* got "):
        random_search(objective, SAMPLERS, bad, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^count: expected .* got "):
        log_grid(1e-3, 1.0, bad)


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (1.0, 1.0), (2.0, 1.0), (1.0, np.inf), (np.nan, 1.0)])
def test_ranges_that_are_none_are_named(low, high):
    with pytest.raises(ValueError, match=r"^low, high: expected 0 < low < high < inf, got "):
        log_uniform(low, high, np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^low, high: expected 0 < low < high < inf, got "):
        log_grid(low, high, 3)
