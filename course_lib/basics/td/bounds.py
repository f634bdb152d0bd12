"""Questions of the exercise sheet on what EM rests on: Fisher's equality, and the bound of a log partition function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.basics.mixture import Mixture, log_likelihood, responsibilities, score
from course_lib.basics.td.cases import Polynomial, hill, mixture
from course_lib.basics.td.e_step import without_determinants
from course_lib.teaching.properties import differs, numbers, slopes
from course_lib.teaching.questions import Question

#: Relative error that is left to the student's rule of integration.
ACCURACY = 1e-4

Answer = Callable[..., np.ndarray]


@np.errstate(all="ignore")
def _score_fault(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray, gradient: np.ndarray
) -> str | None:
    expected = slopes(lambda means: log_likelihood(Mixture(weights, means, covariances), x), means, step=1e-3)
    if (place := differs(gradient, expected)) is None:
        return None
    return (
        f"when means[{place[0]}, {place[1]}] grows a little, the log-likelihood changes at the rate {expected[place]:.4g} "
        f"(by finite differences); your gradient has {gradient[place]:.4g} there."
    )


def _r(x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    return responsibilities(Mixture(weights, means, covariances), x)


def _pull(x: np.ndarray, r: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    """Sum of the deviations from each mean, weighted with r and in units of the covariances."""
    sums = np.einsum("nk,kni->ki", r, x - means[:, None, :])
    return np.stack([np.linalg.solve(covariance, total) for covariance, total in zip(covariances, sums, strict=True)])


def _pull_with(share: Answer) -> Answer:
    """A mistaken gradient: `share` makes what each point counts for each component."""
    return lambda x, weights, means, covariances: _pull(x, share(x, weights, means, covariances), means, covariances)


def _without_precision(x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray) -> np.ndarray:
    return _pull(x, _r(x, weights, means, covariances), means, np.broadcast_to(np.eye(means.shape[1]), covariances.shape))


@np.errstate(all="ignore")
def _bound_fault(f: Polynomial, mean: float, std: float, bound: np.ndarray) -> str | None:
    z = np.linspace(-14, 14, 5601)
    log_q = -0.5 * z**2 - 0.5 * np.log(2 * np.pi) - np.log(std)
    values = f(mean + std * z)
    energy, entropy, size = std * np.trapezoid(np.exp(log_q) * np.stack([values, -log_q, abs(values)]), z)
    exact = energy + entropy
    scale = size + abs(entropy)
    if abs(bound - exact) <= ACCURACY * scale:
        return None
    if abs(bound - exact) <= 100 * ACCURACY * scale:
        return (
            f"close, but {float(bound):.5g} is not {exact:.5g}. Does your rule of integration reach far enough, is it fine "
            "enough, and does it do without random numbers?"
        )
    return (
        f"the mean of f under q is {energy:.4g} and the entropy of q is {entropy:.4g} here; together {exact:.4g}, and your "
        f"function gives {float(bound):.4g}."
    )


def _bound_of(energy: Callable[[Polynomial, float, float], float], entropy: Callable[[float], float]) -> Answer:
    return lambda f, mean, std: energy(f, mean, std) + entropy(std)


def _gauss(f: Polynomial, mean: float, std: float, stretch: float = 1.0) -> float:
    nodes, weights = np.polynomial.hermite_e.hermegauss(5)  # exact up to degree nine
    return float(weights @ f(mean + stretch * std * nodes)) / np.sqrt(2 * np.pi)


def _entropy(std: float) -> float:
    return 0.5 * float(np.log(2 * np.pi * np.e * std**2))


QUESTIONS = {
    "score": Question(
        function="score(x, weights, means, covariances)",
        draw=lambda rng: {"x": numbers(rng, 5, 2), **mixture(rng)._asdict()},
        returns={"the gradient": lambda x, weights, means, covariances: means.shape},
        fault=_score_fault,
        misconceptions={
            "the responsibilities are missing: every point pulls at every mean with its full weight.": _pull_with(
                lambda x, weights, means, covariances: np.ones((len(x), len(weights)))
            ),
            "the weights of the mixture stand where the responsibilities should. How much a point counts depends on the "
            "point.": _pull_with(lambda x, weights, means, covariances: np.tile(weights, (len(x), 1))),
            "the determinants are missing in the responsibilities. At its centre, a narrow component is higher than a broad "
            "one of the same weight.": _pull_with(without_determinants),
            "the inverse covariances are missing: a deviation counts more where a component is narrow.": _without_precision,
            "the covariances multiply the deviations; their inverses should. A deviation counts more where a component is "
            "narrow.": lambda x, weights, means, covariances: np.einsum(
                "kij,kj->ki", covariances, _without_precision(x, weights, means, covariances)
            ),
            "your gradient has the wrong sign. A point pulls a mean towards itself.": lambda x, weights, means, covariances: (
                -score(Mixture(weights, means, covariances), x).means
            ),
            "this is the mean over the data. The log-likelihood is a sum.": lambda x, weights, means, covariances: (
                score(Mixture(weights, means, covariances), x).means / len(x)
            ),
        },
        praise="Your gradient agrees with finite differences of the log-likelihood.",
    ),
    "partition-bound": Question(
        function="partition_bound(f, mean, std)",
        draw=lambda rng: {"f": hill(rng), "mean": float(numbers(rng)), "std": float(rng.choice([0.4, 0.6, 0.8, 1.5, 2.0]))},
        returns={"the bound": lambda f, mean, std: ()},
        fault=_bound_fault,
        misconceptions={
            "the entropy is subtracted. A broad q should be rewarded: it comes nearer to all places where f is "
            "high.": _bound_of(_gauss, lambda std: -_entropy(std)),
            "the entropy lacks a constant. Even with standard deviation 1 it is not zero.": _bound_of(
                _gauss, lambda std: np.log(std)
            ),
            "the entropy of a Gaussian has 2πe in its logarithm, not 2π: the mean of its exponent counts too.": _bound_of(
                _gauss, lambda std: _entropy(std) - 0.5
            ),
            "f is taken at the mean of q. What is asked for is the mean of f under q.": _bound_of(
                lambda f, mean, std: float(f(mean)), _entropy
            ),
            "the entropy is missing.": _bound_of(_gauss, lambda std: 0.0),
            "the standard deviation stands in the entropy where its square should.": _bound_of(
                _gauss, lambda std: _entropy(np.sqrt(std))
            ),
            "the nodes of numpy's hermgauss are made for exp(−t²); a Gaussian has exp(−t²/2). Stretch the nodes, or take "
            "hermite_e.hermegauss.": _bound_of(lambda f, mean, std: _gauss(f, mean, std, np.sqrt(0.5)), _entropy),
        },
        praise="It is the mean of f − log q under q, so it stays below log Z for every mean and std.",
    ),
}
