"""Questions of the exercise sheet on likelihood and divergence: the likeliest Gaussian, and KL between two Gaussians."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.basics.divergence import kl_gaussians
from course_lib.basics.gaussians import log_density
from course_lib.basics.td.cases import covariance
from course_lib.basics.td.properties import not_the_likeliest, sigma_points
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Question


@np.errstate(all="ignore")
def _fit_fault(x: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> str | None:
    return not_the_likeliest(x, np.ones(len(x)), mean, covariance)


def _draw_data(rng: np.random.Generator, N: int = 7, d: int = 2) -> dict[str, np.ndarray]:
    while True:
        x = numbers(rng, N, d) + np.array([4.0, -2.0])
        if np.linalg.cond(np.cov(x.T)) < 20 and abs(np.corrcoef(x.T)[0, 1]) > 0.1:
            return {"x": x}


@np.errstate(all="ignore")
def _kl_fault(
    mean_q: np.ndarray, covariance_q: np.ndarray, mean_p: np.ndarray, covariance_p: np.ndarray, kl: np.ndarray
) -> str | None:
    points = sigma_points(mean_q, covariance_q)
    exact = np.mean(log_density(points, mean_q, covariance_q) - log_density(points, mean_p, covariance_p))
    if differs(kl, exact) is None:
        return None
    negative = " A divergence is never negative." if kl < 0 else ""
    return f"the mean of log q − log p under q is {exact:.5g}; your function gives {float(kl):.5g}.{negative}"


def _draw_pair(rng: np.random.Generator) -> dict[str, np.ndarray]:
    d = int(rng.integers(1, 4))
    # Diagonals that differ by a factor keep the logarithm of the determinants' ratio away from zero.
    return {
        "mean_q": numbers(rng, d),
        "covariance_q": covariance(rng, d),
        "mean_p": numbers(rng, d) + 0.25,
        "covariance_p": covariance(rng, d) + 2 * np.eye(d),
    }


def _kl_of(a: float, b: float, c: float, e: float) -> Callable[..., float]:
    """A mistaken KL: factors before the trace, the squared distance, the dimension and the logarithm, all within ½(…)."""

    def kl(mean_q: np.ndarray, covariance_q: np.ndarray, mean_p: np.ndarray, covariance_p: np.ndarray) -> float:
        distance = mean_q - mean_p
        trace = np.trace(np.linalg.solve(covariance_p, covariance_q))
        square = distance @ np.linalg.solve(covariance_p, distance)
        logarithm = np.linalg.slogdet(covariance_p)[1] - np.linalg.slogdet(covariance_q)[1]
        return 0.5 * float(a * trace + b * square - c * len(distance) + e * logarithm)

    return kl


def _distance_in_q(mean_q: np.ndarray, covariance_q: np.ndarray, mean_p: np.ndarray, covariance_p: np.ndarray) -> float:
    distance = mean_q - mean_p
    change = np.linalg.inv(covariance_q) - np.linalg.inv(covariance_p)
    return kl_gaussians(mean_q, covariance_q, mean_p, covariance_p) + 0.5 * float(distance @ change @ distance)


QUESTIONS = {
    "gaussian-fit": Question(
        function="gaussian_fit(x)",
        draw=_draw_data,
        returns={"the mean": lambda x: x.shape[1:], "the covariance": lambda x: x.shape[1:] * 2},
        fault=_fit_fault,
        misconceptions={
            "the covariance is divided by N − 1. That makes it unbiased, but the likelihood is greatest elsewhere. "
            "(np.cov does so unless told otherwise.)": lambda x: (x.mean(axis=0), np.cov(x.T)),
            "the mean is taken along the wrong axis. A row is a data point, a column a quantity; the mean has one entry for "
            "each quantity.": lambda x: (x.mean(axis=1), np.cov(x, bias=True)),
            "these are standard deviations. A covariance is a matrix with their squares on its diagonal.": lambda x: (
                x.mean(axis=0),
                x.std(axis=0),
            ),
            "this covariance is diagonal. The columns of x vary together, and a Gaussian that knows it is "
            "likelier.": lambda x: (x.mean(axis=0), np.diag(x.var(axis=0))),
            "this is the mean of x xᵀ, not that of the deviations from the mean.": lambda x: (x.mean(axis=0), x.T @ x / len(x)),
        },
        praise="Every small change of your mean or covariance makes the data less likely.",
    ),
    "kl": Question(
        function="kl(mean_q, covariance_q, mean_p, covariance_p)",
        draw=_draw_pair,
        returns={"the divergence": lambda *arguments: ()},
        fault=_kl_fault,
        misconceptions={
            "this is KL(p‖q). In KL(q‖p) the mean is taken under q.": lambda mean_q, covariance_q, mean_p, covariance_p: (
                kl_gaussians(mean_p, covariance_p, mean_q, covariance_q)
            ),
            "the dimension d is not taken off. Let q and p be the same: the divergence should be zero.": _kl_of(1, 1, 0, 1),
            "the factor ½ is missing. The exponent of a Gaussian has it, and the square root of its determinant, too.": _kl_of(
                2, 2, 2, 2
            ),
            "the logarithm of the determinants has the wrong sign. Let q become ever narrower: KL(q‖p) should grow.": _kl_of(
                1, 1, 1, -1
            ),
            "the logarithm of the determinants is not halved with the rest.": _kl_of(1, 1, 1, 2),
            "the distance of the means is measured with the covariance of q. Which of the two log densities knows about both "
            "means?": _distance_in_q,
        },
        praise="It is the mean of log q − log p under q.",
    ),
}
