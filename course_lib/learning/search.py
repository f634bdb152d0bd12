"""Grid and random search: choose hyperparameters by trying candidates and keeping the one with the lowest loss."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from course_lib.basics.arguments import whole_number

Candidate = dict[str, Any]


class Search(NamedTuple):
    """What a search tried: candidates in order, and their losses, shape (number of candidates,); inf marks a failed trial."""

    candidates: list[Candidate]
    losses: np.ndarray

    @property
    def best(self) -> Candidate:
        """The first candidate with the lowest loss."""
        return self.candidates[int(np.argmin(self.losses))]


def grid_search(objective: Callable[..., float], grid: Mapping[str, Sequence[Any]]) -> Search:
    """Try every combination of the listed values.

    Parameters
    ----------
    objective : called with one value of each hyperparameter, by name; returns a loss. NaN counts as inf: the trial failed.
    grid : name → values. The last name varies fastest.

    Raises
    ------
    ValueError
        If there are no names, a name has no values, or the objective returns something else than a number.
    """
    _check_names("grid", grid)
    for name, values in grid.items():
        if len(values) == 0:
            raise ValueError(f"grid: {name} has no values; give a list of at least one")
    combinations = itertools.product(*grid.values())
    return _tried(objective, (dict(zip(grid, values, strict=True)) for values in combinations))


def random_search(
    objective: Callable[..., float],
    samplers: Mapping[str, Callable[[np.random.Generator], Any]],
    trials: int,
    rng: np.random.Generator,
) -> Search:
    """Try independent random candidates.

    Parameters
    ----------
    objective : as in `grid_search`.
    samplers : name → function that draws one value from a generator.
    trials : number of candidates, at least 1. The first m of n trials are the search with m trials of the same generator.
    rng : the source of randomness.

    Raises
    ------
    ValueError
        If there are no names, `trials` is not a positive whole number, or the objective returns something else than a number.
    """
    _check_names("samplers", samplers)
    whole_number("trials", trials, least=1)
    draws = [{name: draw(rng) for name, draw in samplers.items()} for _ in range(trials)]
    return _tried(objective, draws)


def log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    """One draw from [low, high] whose logarithm is uniform, so that each decade is equally likely.

    Raises
    ------
    ValueError
        Unless 0 < low < high < inf.

    Equation: eq-log-uniform
    """
    if not 0 < low < high < np.inf:
        raise ValueError(f"low, high: expected 0 < low < high < inf, got {low!r} and {high!r}")
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def log_grid(low: float, high: float, count: int) -> np.ndarray:
    """Centres of `count` equal parts of [low, high] on a logarithmic axis, shape (count,).

    Centres leave no value of the range further away than half a part; a grid with both ends on it spends its trials there.

    Raises
    ------
    ValueError
        Unless 0 < low < high < inf and `count` is a positive whole number.

    Equation: eq-log-grid
    """
    if not 0 < low < high < np.inf:
        raise ValueError(f"low, high: expected 0 < low < high < inf, got {low!r} and {high!r}")
    whole_number("count", count, least=1)
    return low * (high / low) ** ((np.arange(count) + 0.5) / count)


def _tried(objective: Callable[..., float], candidates: Iterable[Candidate]) -> Search:
    candidates = list(candidates)
    return Search(candidates, np.array([_loss(objective, candidate) for candidate in candidates]))


def _loss(objective: Callable[..., float], candidate: Candidate) -> float:
    value = objective(**candidate)
    try:
        loss = float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"objective: expected a number at {candidate}, got {value!r}") from error
    return np.inf if np.isnan(loss) else loss


def _check_names(argument: str, names: Mapping[str, Any]) -> None:
    if not names:
        raise ValueError(f"{argument}: expected at least one hyperparameter, got none")
