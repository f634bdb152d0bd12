"""Question of the exercise sheet: the E step of a mixture of Gaussians."""

from __future__ import annotations

import numpy as np

from course_lib.basics.mixture import Mixture, log_joint, responsibilities
from course_lib.basics.td.cases import mixture
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Question


def _draw_far(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Three points amid the components and one at which the density of each of them is zero, up to rounding."""
    x = numbers(rng, 4, 2)
    x[rng.integers(4)] *= 1000
    return {"x": x, **mixture(rng)._asdict()}


@np.errstate(all="ignore")
def _responsibilities_fault(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray, r: np.ndarray
) -> str | None:
    sums = r.sum(axis=1)
    if (place := differs(sums, np.ones(len(x)))) is not None:
        n = place[0]
        far = " That point is far from all components: does the exponential become zero there?" if not r[n].any() else ""
        return f"row {n} should sum to one, since x[{n}] belongs to some component; it sums to {sums[n]:.4g}.{far}"
    if r.min() < 0:
        return f"these should be probabilities; the least is {r.min():.4g}."
    table = log_joint(Mixture(weights, means, covariances), x)
    share = np.exp(table - table.max(axis=1, keepdims=True))
    for n in range(len(x)):
        # The odds of two components are those of their joint densities; multiplied out, so that nothing is divided by zero.
        crossed = np.outer(r[n], share[n])
        if (place := differs(crossed, crossed.T)) is not None:
            one, other = sorted(place, key=lambda k: -share[n, k])
            return (
                f"for x[{n}], the weighted densities of components {one} and {other} stand as 1 to "
                f"{share[n, other] / share[n, one]:.4g}, and so should their responsibilities, which are {r[n, one]:.4g} and "
                f"{r[n, other]:.4g}."
            )
    return None


def _log_joint(x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    return log_joint(Mixture(weights, means, covariances), x)


@np.errstate(all="ignore")
def _naive(*arguments: np.ndarray) -> np.ndarray:
    density = np.exp(_log_joint(*arguments))
    return density / density.sum(axis=1, keepdims=True)


def _without_weights(x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    return responsibilities(Mixture(np.full(len(weights), 1 / len(weights)), means, covariances), x)


def without_determinants(x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Mistaken responsibilities: each component is as high at its centre as its weight is large."""
    heights = weights * np.sqrt(np.linalg.det(covariances))
    return responsibilities(Mixture(heights / heights.sum(), means, covariances), x)


def _log_r(*arguments: np.ndarray) -> np.ndarray:
    table = _log_joint(*arguments)
    return table - np.logaddexp.reduce(table, axis=1, keepdims=True)


def _over_the_data(*arguments: np.ndarray) -> np.ndarray:
    density = np.exp(_log_joint(*arguments))
    return density / density.sum(axis=0)


QUESTIONS = {
    "responsibilities": Question(
        function="responsibilities(x, weights, means, covariances)",
        draw=_draw_far,
        returns={"the responsibilities": lambda x, weights, means, covariances: (len(x), len(weights))},
        fault=_responsibilities_fault,
        misconceptions={
            "the weights are missing. A component that is rare beforehand needs more evidence.": _without_weights,
            "the determinants are missing. At its centre, a narrow component is higher than a broad one of the same "
            "weight.": without_determinants,
            "each column sums to one in your answer. Every point belongs to some component, so it is each row that should: sum "
            "over the components.": _over_the_data,
            "these are the logarithms of the responsibilities.": _log_r,
            "these are the weighted densities; divide each row by its sum, so that it becomes a "
            "distribution.": lambda *arguments: np.exp(_log_joint(*arguments)),
            "far from all components every density is zero, up to rounding, and 0/0 is not a number. Work with logarithms, and "
            "subtract the largest of a row before the exponential.": _naive,
        },
        praise="Each row is a distribution, and the odds in it are those of the weighted densities, far out as well.",
    ),
}
