"""Question of the exercise sheet: the Gaussian negative log-likelihood."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from course_lib.learning.gaussian_loss import gaussian_nll
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Question


def draw(rng: np.random.Generator, N: int = 5) -> dict[str, np.ndarray]:
    """N observations, and a network's two outputs for each: it returns columns."""
    return {"y": numbers(rng, N), "mu": numbers(rng, N, 1), "log_sigma": numbers(rng, N, 1) / 4}


def surprise(y: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray) -> float:
    """Mean of −log of the densities that the standard library computes."""
    rows = zip(y, mu.ravel(), np.exp(log_sigma).ravel(), strict=True)
    return -float(np.mean([np.log(NormalDist(m, s).pdf(value)) for value, m, s in rows]))


def _nll_fault(y: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray, loss: np.ndarray) -> str | None:
    expected = surprise(y, mu, log_sigma)
    if differs(loss, np.array(expected)) is None:
        return None
    density = NormalDist(mu[0, 0], float(np.exp(log_sigma[0, 0]))).pdf(y[0])
    return (
        f"the density of the first sample is {density:.4g}, so it adds {-np.log(density):.4g} nats; the mean over all is "
        f"{expected:.4g}, and your function gives {float(loss):.4g}. Try a single sample, y = mu = 0 and log_sigma = 0."
    )


def _of(change: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., float]:
    """A mistaken loss: the mean of `change(terms, z, log_sigma)`, with the right terms and z, how many sigma y is off."""

    def loss(y: np.ndarray, mu: np.ndarray, log_sigma: np.ndarray) -> float:
        column = y[:, None]
        z = (column - mu) / np.exp(log_sigma)
        return float(np.mean(change(gaussian_nll(column, mu, log_sigma), z, log_sigma)))

    return loss


def _as_log_sigma(reading: Callable[[np.ndarray], np.ndarray]) -> Callable[..., float]:
    """A mistaken loss: the third argument is taken for something else."""
    return lambda y, mu, log_sigma: float(np.mean(gaussian_nll(y[:, None], mu, reading(log_sigma))))


#: What is said of a row that meets a column.
ONE_ROW = "y has shape (N,) and mu has shape (N, 1), so y − mu has shape (N, N): every y meets every mu. Make a column of y."

QUESTIONS = {
    "gaussian-nll": Question(
        function="gaussian_nll(y, mu, log_sigma)",
        draw=draw,
        returns={"the loss": lambda y, mu, log_sigma: ()},
        fault=_nll_fault,
        misconceptions={
            ONE_ROW: lambda y, mu, log_sigma: float(np.mean(gaussian_nll(y, mu, log_sigma))),
            "the constant is missing. A density with σ = 1 is not 1 at its peak.": _of(
                lambda terms, z, s: terms - 0.5 * np.log(2 * np.pi)
            ),
            "this is the mean log-density. The loss is its negative: what is improbable costs more.": _of(
                lambda terms, z, s: -terms
            ),
            "this is the sum over the samples; the loss is their mean.": _of(lambda terms, z, s: terms * len(terms)),
            "log σ is missing. Without it, a larger σ would always be better.": _of(lambda terms, z, s: terms - s),
            "the factor ½ of the square is missing.": _of(lambda terms, z, s: terms + z**2 / 2),
            "the square is divided by σ; it is the deviation in units of σ that is squared.": _of(
                lambda terms, z, s: terms + (np.exp(s) - 1) * z**2 / 2
            ),
            "log_sigma is taken for the logarithm of the variance. It is that of the standard deviation.": _as_log_sigma(
                lambda log_sigma: log_sigma / 2
            ),
            "2π stands outside the root of the density, or its logarithm without the factor ½.": _of(
                lambda terms, z, s: terms + 0.5 * np.log(2 * np.pi)
            ),
        },
        praise="It is the mean of −log of the densities, constant included.",
    ),
}
