"""Questions of the exercise sheet: how many numbers the procoder returns, and which density they stand for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

BOUND = 8.0


def _size_fault(n: int, size: np.ndarray) -> str | None:
    # One entry at a time: a mean, and as many entries of the factor in each row as the row's number, counted from 1.
    expected = sum(1 + row for row in range(1, n + 1))
    if size == expected:
        return None
    return f"for n = {n}, count the entries of the mean, of the diagonal and below the diagonal one by one."


def _draw_read(rng: np.random.Generator) -> Arguments:
    n = int(rng.integers(2, 5))
    v = some(rng, 4, n * (n + 3) // 2)
    v[0, n] = float(rng.choice([-12.0, -9.5]))  # far beyond the bounds, on either side
    v[1, n + 1] = float(rng.choice([10.0, 15.0]))
    return {"v": v, "n": n}


@np.errstate(all="ignore")
def _read_fault(v: torch.Tensor, n: int, mean: np.ndarray, factor: np.ndarray) -> str | None:
    v = v.numpy()
    if differs(mean, v[:, :n]) is not None:
        return f"the mean should be the first {n} of the numbers of each row of v."
    if np.triu(factor, 1).any():
        return "the factor should be lower triangular: zero above its diagonal."
    rows, columns = np.tril_indices(n, -1)
    below = factor[:, rows, columns]
    if (place := differs(below, v[:, 2 * n :])) is not None:
        return (
            "below the diagonal, row after row, the factor should hold the last numbers of v as they are, for "
            f"v[{place[0]}] {v[place[0], 2 * n :].round(4).tolist()}; yours holds {below[place[0]].round(4).tolist()}."
        )
    diagonal = np.diagonal(factor, axis1=1, axis2=2)
    if not (diagonal > 0).all():
        return "a diagonal entry of the factor is not positive. v holds its logarithm."
    heights, asked = np.log(diagonal), v[:, n : 2 * n]
    beyond = np.abs(asked) > BOUND
    if (place := differs(np.where(beyond, 0, heights), np.where(beyond, 0, asked))) is not None:
        return f"the logarithm of the diagonal is {heights[place]:.4g} where v says {asked[place]:.4g}."
    if (place := differs(np.where(beyond, heights, 0), np.where(beyond, BOUND * np.sign(asked), 0))) is not None:
        return (
            f"where v says {asked[place]:.4g} the logarithm of the diagonal should stop at {BOUND * np.sign(asked[place]):g}; "
            f"yours is {heights[place]:.4g}. A single wild output of the network would otherwise make a spike or a plain."
        )
    return SINGLE if in_single_precision(diagonal) else None


def _factor(v: torch.Tensor, n: int, entry: Callable[[torch.Tensor], torch.Tensor], *, upper: bool = False) -> torch.Tensor:
    """A factor whose diagonal is made by `entry`, with the other numbers below it or above it."""
    factor = torch.diag_embed(entry(v[..., n : 2 * n]))
    rows, columns = torch.tril_indices(n, n, -1)
    rows, columns = (columns, rows) if upper else (rows, columns)
    factor[..., rows, columns] = v[..., 2 * n :]
    return factor


def _with(entry: Callable[[torch.Tensor], torch.Tensor], *, upper: bool = False) -> Callable[..., tuple[torch.Tensor, ...]]:
    return lambda v, n: (v[..., :n], _factor(v, n, entry, upper=upper))


def _bounded(heights: torch.Tensor) -> torch.Tensor:
    return torch.exp(torch.clip(heights, -BOUND, BOUND))


def _squared(v: torch.Tensor, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    factor = _factor(v, n, _bounded)
    return v[..., :n], factor @ factor.mT


QUESTIONS = {
    "procoder-size": Question(
        function="procoder_size(n)",
        draw=lambda rng: {"n": int(rng.integers(3, 60))},
        returns={"the number": lambda n: ()},
        fault=_size_fault,
        misconceptions={
            "this counts the factor only; for n = 40 it gives 820, a number that circulates. The mean needs n more.": (
                lambda n: n * (n + 1) // 2
            ),
            "this counts every entry of an n by n matrix. Above the diagonal of a triangular factor there is nothing to "
            "predict.": lambda n: n + n**2,
            "this is a mean and a diagonal. The factor has entries below its diagonal too, or no coordinates could be "
            "correlated.": lambda n: 2 * n,
            "this counts the numbers below the diagonal only.": lambda n: n * (n - 1) // 2,
        },
        praise="For n = 40 these are 860 numbers.",
        cases=3,
    ),
    "read-density": Question(
        function="read_density(v, n)",
        draw=_draw_read,
        returns={"the mean": lambda v, n: (len(v), n), "the factor": lambda v, n: (len(v), n, n)},
        fault=_read_fault,
        misconceptions={
            "the logarithm of the diagonal is not clamped. One wild output of the network then makes a factor like e^15, and "
            "the training ends in infinities.": _with(torch.exp),
            "the diagonal holds the numbers of v themselves, clamped. They are its logarithm.": _with(
                lambda heights: torch.clip(heights, -BOUND, BOUND)
            ),
            "the diagonal is clamped after the exponential. It is the logarithm that lies between −8 and 8.": _with(
                lambda heights: torch.clip(torch.exp(heights), -BOUND, BOUND)
            ),
            "the factor is upper triangular: the numbers stand above the diagonal.": _with(_bounded, upper=True),
            "this is the covariance, ΛΛᵀ. Asked for is its factor Λ.": _squared,
        },
        praise="The factor is lower triangular, with a positive diagonal between e⁻⁸ and e⁸.",
    ),
}
