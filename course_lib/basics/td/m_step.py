"""Question of the exercise sheet: the M step of a mixture of Gaussians."""

from __future__ import annotations

import numpy as np

from course_lib.basics.mixture import Mixture
from course_lib.basics.td.cases import shares
from course_lib.basics.td.properties import NEARBY, not_the_likeliest
from course_lib.teaching.properties import numbers
from course_lib.teaching.questions import Question


@np.errstate(all="ignore")
def _m_step_fault(x: np.ndarray, r: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> str | None:
    if abs(weights.sum() - 1) > 1e-6:
        return f"the weights should sum to one; yours sum to {weights.sum():.4g}."
    if weights.min() <= 0:
        return f"the weights should be positive; the least is {weights.min():.4g}."
    expected = np.sum(r @ np.log(weights))
    for one in range(len(weights)):
        for other in range(len(weights)):
            moved = weights.copy()
            moved[one] += NEARBY * min(weights[one], weights[other])
            moved[other] -= NEARBY * min(weights[one], weights[other])
            if one != other and not np.sum(r @ np.log(moved)) < expected:
                return (
                    f"the free energy should fall when a little weight moves from component {other} to component {one}, and it "
                    "does not. How many points does each of them hold?"
                )
    for k, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        if complaint := not_the_likeliest(x, r[:, k], mean, covariance, suffix=f"s[{k}]"):
            return f"each point counted with its responsibility, {complaint}"
    return None


def _m_step(x: np.ndarray, r: np.ndarray) -> Mixture:
    """The M step without any check, for the mistakes below."""
    counts = r.sum(axis=0)
    means = (r.T @ x) / counts[:, None]
    return Mixture(counts / len(x), means, _covariances(x, r, means) / counts[:, None, None])


def _covariances(x: np.ndarray, r: np.ndarray, centres: np.ndarray) -> np.ndarray:
    deviations = x - centres[:, None, :]
    return np.einsum("nk,kni,knj->kij", r, deviations, deviations)


def _hard_step(x: np.ndarray, r: np.ndarray) -> Mixture:
    return _m_step(x, np.eye(r.shape[1])[r.argmax(axis=1)])


def _divided_by_all(x: np.ndarray, r: np.ndarray) -> Mixture:
    means = r.T @ x / len(x)
    return Mixture(r.mean(axis=0), means, _covariances(x, r, means) / len(x))


def _about_the_whole(x: np.ndarray, r: np.ndarray) -> Mixture:
    right, centre = _m_step(x, r), np.tile(x.mean(axis=0), (r.shape[1], 1))
    return right._replace(covariances=_covariances(x, r, centre) / r.sum(axis=0)[:, None, None])


def _unweighted(x: np.ndarray, r: np.ndarray) -> Mixture:
    right = _m_step(x, r)
    return right._replace(covariances=_covariances(x, np.ones_like(r), right.means) / len(x))


QUESTIONS = {
    "m-step": Question(
        function="m_step(x, responsibilities)",
        draw=lambda rng: {"x": numbers(rng, 9, 2) + 2, "responsibilities": shares(rng)},
        returns={
            "the weights": lambda x, r: r.shape[1:],
            "the means": lambda x, r: (r.shape[1], x.shape[1]),
            "the covariances": lambda x, r: (r.shape[1], x.shape[1], x.shape[1]),
        },
        fault=_m_step_fault,
        misconceptions={
            "means and covariances are divided by N. A component holds only so many points as its responsibilities add up "
            "to.": _divided_by_all,
            "the covariances are taken about the mean of all the data. Each component has its own centre.": _about_the_whole,
            "each point counts for its most probable component only. EM shares it out, by its responsibilities.": _hard_step,
            "the weights are numbers of points. As probabilities of the components they sum to one.": lambda x, r: _m_step(
                x, r
            )._replace(weights=r.sum(axis=0)),
            "the covariances do not use the responsibilities.": _unweighted,
        },
        praise="Every small change of a weight, mean or covariance lowers the free energy.",
    ),
}
