"""Question of the exercise sheet: the joint distribution of what one wants to know and what one observes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.basics import gaussians
from course_lib.basics.td.cases import observation
from course_lib.basics.td.properties import sigma_points
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Question

Pair = tuple[np.ndarray, np.ndarray]


def _letter(index: int, n: int) -> str:
    """Entry `index` of the vector (v, u)."""
    return f"v[{index}]" if index < n else f"u[{index - n}]"


@np.errstate(all="ignore")
def _joint_fault(
    mu: np.ndarray, K: np.ndarray, L: np.ndarray, m: np.ndarray, Sigma: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> str | None:
    n, k = len(mu), len(m)
    nothing = np.zeros((n, k))
    # Pairs (v, error) with exactly the moments of the model; u follows from them as the model says.
    drawn = sigma_points(np.concatenate([mu, np.zeros(k)]), np.block([[K, nothing], [nothing.T, Sigma]]))
    pairs = np.column_stack([drawn[:, :n], drawn[:, :n] @ L.T + m + drawn[:, n:]])
    average = pairs.mean(axis=0)
    if (place := differs(mean, average)) is not None:
        i = place[0]
        return f"pairs (v, u) made as the model says have {average[i]:.4g} as mean of {_letter(i, n)}; yours: {mean[i]:.4g}."
    products = np.cov(pairs.T, bias=True)
    if (place := differs(covariance, products)) is not None:
        i, j = place
        what = f"variance of {_letter(i, n)}" if i == j else f"covariance of {_letter(i, n)} and {_letter(j, n)}"
        return (
            f"pairs (v, u) made as the model says have {products[place]:.4g} as {what}, entry {place}; "
            f"yours: {covariance[place]:.4g}. The mean is right."
        )
    return None


def _joint_but(change: Callable[[np.ndarray, np.ndarray, int, np.ndarray], Pair]) -> Callable[..., Pair]:
    """A mistaken joint distribution: `change` has the right mean and covariance, the size of v, and Sigma."""
    return lambda mu, K, L, m, Sigma: change(*(array.copy() for array in gaussians.joint(mu, K, L, m, Sigma)), len(mu), Sigma)


def _lower_block(covariance: np.ndarray, n: int, block: np.ndarray) -> np.ndarray:
    changed = covariance.copy()
    changed[n:, n:] = block
    return changed


def _independent(covariance: np.ndarray, n: int) -> np.ndarray:
    changed = covariance.copy()
    changed[:n, n:], changed[n:, :n] = 0, 0
    return changed


def _swapped(array: np.ndarray, n: int) -> np.ndarray:
    order = np.roll(np.arange(len(array)), -n)
    return array[order] if array.ndim == 1 else array[np.ix_(order, order)]


QUESTIONS = {
    "joint": Question(
        function="joint(mu, K, L, m, Sigma)",
        draw=observation,
        returns={
            "the mean": lambda mu, K, L, m, Sigma: (len(mu) + len(m),),
            "the covariance": lambda mu, K, L, m, Sigma: (len(mu) + len(m),) * 2,
        },
        fault=_joint_fault,
        misconceptions={
            "m is missing. It shifts u whatever v is, so it belongs to the mean of u.": lambda mu, K, L, m, Sigma: (
                gaussians.joint(mu, K, L, 0 * m, Sigma)
            ),
            "the covariance of u is Sigma in your answer. That is what is left of it when v is known; v itself moves u, "
            "too.": _joint_but(lambda mean, C, n, Sigma: (mean, _lower_block(C, n, Sigma))),
            "Sigma is missing in the covariance of u: this u would follow from v without any error.": _joint_but(
                lambda mean, C, n, Sigma: (mean, _lower_block(C, n, C[n:, n:] - Sigma))
            ),
            "v and u have no covariance in your answer, as if they were independent. But u is made from v.": _joint_but(
                lambda mean, C, n, Sigma: (mean, _independent(C, n))
            ),
            "u comes first in your answer. The order asked for is v, then u.": _joint_but(
                lambda mean, C, n, Sigma: (_swapped(mean, n), _swapped(C, n))
            ),
        },
        praise="Means, variances and covariances are those of pairs made as the model says.",
    ),
}
