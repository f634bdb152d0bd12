"""A made-up river in spring whose law is known, a forest that has learned its flow, and what experiments say of both.

The flow rises with rain, with the temperature high up, all the more where snow lies, and with wet soil. The temperature down in
the valley has no part in it, but follows that high up; nor has the moon.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from course_lib.trust.conditional import residuals_permuted
from course_lib.trust.dropping import drop_column
from course_lib.trust.importance import Draw, permuted, single_pass, squared_error

NAMES = ("rain", "T high", "T low", "snow", "soil", "moon")
HIGH, LOW, SOIL = 1, 2, 4
CORRELATION, NOISE, DAYS = 0.95, 0.5, 400


class Days(NamedTuple):
    """Predictors in standard deviations from their means, shape (N, 6), and the flow, shape (N,)."""

    x: np.ndarray
    y: np.ndarray


def flow(x: np.ndarray) -> np.ndarray:
    """The flow without its noise, shape (N,)."""
    rain, high, _, snow, soil, _ = x.T
    return rain + 1.2 * high + high * snow + soil / 2


def days(rng: np.random.Generator, size: int = DAYS) -> Days:
    """Days on which flow and weather were measured."""
    x = rng.standard_normal((size, len(NAMES)))
    x[:, LOW] = CORRELATION * x[:, HIGH] + np.sqrt(1 - CORRELATION**2) * x[:, LOW]
    return Days(x, flow(x) + NOISE * rng.standard_normal(size))


def fit(x: np.ndarray, y: np.ndarray) -> RandomForestRegressor:
    """A forest, in which each split chooses between two predictors drawn at random."""
    return RandomForestRegressor(40, max_features=2, min_samples_leaf=3, random_state=0).fit(x, y)


class River(NamedTuple):
    """Days to learn from, days to test on, others kept for later, and the forest."""

    train: Days
    test: Days
    later: Days
    forest: RandomForestRegressor


@lru_cache(maxsize=1)
def river() -> River:
    """The river of the sheet, always the same."""
    train, test, later = (days(np.random.default_rng(seed)) for seed in range(3))
    return River(train, test, later, fit(*train))


def bars(of: Days, repeats: int = 8, draw: Draw = permuted) -> np.ndarray:
    """Importances of the six predictors in the forest, with a bootstrap, shape (6, repeats)."""
    return single_pass(river().forest.predict, *of, np.random.default_rng(5), repeats, draw=draw, bootstrap=True)


def conditional_bars() -> np.ndarray:
    """The same with values that agree with those of the other predictors, shape (6,)."""
    return bars(river().test, draw=residuals_permuted).mean(axis=1)


def dropped() -> np.ndarray:
    """What the forest loses that is fitted without a predictor, shape (6,)."""
    return drop_column(lambda x, y: fit(x, y).predict, river().train, river().test)


class Findings(NamedTuple):
    """What experiments with the river and its forest find about the temperature in the valley.

    ``bar`` and ``spread`` : its permutation importance and the bar's standard deviation; ``later_bar`` and ``later_soil`` :
    its importance and that of the soil on other days; ``moved`` : how far the forest's forecasts move, in the root mean square,
    when it alone is shuffled; ``flow_moved`` : how far the true flow does; ``refitted`` : loss of a forest without it less that
    of the forest; ``sum_of_bars`` and ``together`` : importances of both temperatures, added up, and with both shuffled;
    ``unseen`` : share of the days, once it is shuffled, on which both are farther apart than on any day of the data.
    """

    bar: float
    spread: float
    later_bar: float
    later_soil: float
    moved: float
    flow_moved: float
    refitted: float
    sum_of_bars: float
    together: float
    unseen: float


@lru_cache(maxsize=1)
def findings() -> Findings:
    """The experiments, which take about two seconds."""
    _, test, later, forest = river()
    of_test, of_later = (bars(one) for one in (test, later))
    rng = np.random.default_rng(6)
    changed, both = test.x.copy(), test.x.copy()
    changed[:, LOW] = permuted(test.x, LOW, rng)
    both[:, LOW], both[:, HIGH] = changed[:, LOW], permuted(test.x, HIGH, rng)
    loss, rest = squared_error(test.y, forest.predict(test.x)), [j for j in range(len(NAMES)) if j != LOW]
    without = fit(river().train.x[:, rest], river().train.y)
    return Findings(
        bar=float(of_test[LOW].mean()),
        spread=float(of_test[LOW].std()),
        later_bar=float(of_later[LOW].mean()),
        later_soil=float(of_later[SOIL].mean()),
        moved=float(np.sqrt(np.mean((forest.predict(changed) - forest.predict(test.x)) ** 2))),
        flow_moved=float(np.abs(flow(changed) - flow(test.x)).max()),
        refitted=squared_error(test.y, without.predict(test.x[:, rest])) - loss,
        sum_of_bars=float(of_test[[HIGH, LOW]].mean(axis=1).sum()),
        together=squared_error(test.y, forest.predict(both)) - loss,
        unseen=float(np.mean(np.abs(changed[:, LOW] - changed[:, HIGH]) > np.abs(test.x[:, LOW] - test.x[:, HIGH]).max())),
    )
