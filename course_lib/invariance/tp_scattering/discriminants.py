"""Question of the exercise sheet: linear discriminants from a few training images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import multivariate_normal

from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question

CLASSES, FEATURES = 3, 4


def _draw(rng: np.random.Generator) -> Arguments:
    counts = rng.permutation([3, 4, 6])
    labels = rng.permutation(np.repeat(np.arange(CLASSES), counts))
    train = numbers(rng, len(labels), FEATURES) + 2 * numbers(rng, CLASSES, FEATURES)[labels]
    return {
        "train": train,
        "labels": labels,
        "test": numbers(rng, 5, FEATURES),
        "shrinkage": float(rng.choice([0.1, 0.2, 0.3, 0.5])),
    }


def class_means(train: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean of each class, shape (K, P)."""
    return np.array([train[labels == c].mean(axis=0) for c in range(labels.max() + 1)])


def within(train: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Covariance of the images about the means of their classes."""
    centred = train - class_means(train, labels)[labels]
    return centred.T @ centred / len(train)


def shrunk(covariance: np.ndarray, shrinkage: float) -> np.ndarray:
    """A covariance that has gone the share `shrinkage` of the way to a round one with the same trace."""
    size = len(covariance)
    return (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / size * np.eye(size)


def discriminants(
    train: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    shrinkage: float,
    covariance: Callable[[np.ndarray, np.ndarray], np.ndarray] = within,
    shrink: Callable[[np.ndarray, float], np.ndarray] = shrunk,
    half: float = 0.5,
    prior: Callable[[np.ndarray], np.ndarray] = lambda labels: np.log(np.bincount(labels) / len(labels)),
) -> np.ndarray:
    """The answer, with a mistake or with none."""
    means = class_means(train, labels)
    weights = np.linalg.solve(shrink(covariance(train, labels), shrinkage), means.T)
    return test @ weights - half * np.sum(means.T * weights, axis=0) + prior(labels)


@np.errstate(all="ignore")
def _fault(train: np.ndarray, labels: np.ndarray, test: np.ndarray, shrinkage: float, found: np.ndarray) -> str | None:
    """Against Gaussian densities: δ_c(x) is log π_c N(x; μ_c, Σ) less log N(x; 0, Σ)."""
    means, shares = class_means(train, labels), np.bincount(labels) / len(labels)
    Sigma = shrunk(within(train, labels), shrinkage)
    densities = np.array([multivariate_normal(mean, Sigma).logpdf(test) for mean in means]).T + np.log(shares)
    expected = densities - multivariate_normal(np.zeros(test.shape[1]), Sigma).logpdf(test)[:, None]
    if (place := differs(found, expected)) is None:
        return None
    i, c = place
    if differs(found - found[:, :1], expected - expected[:, :1]) is None:
        return "the differences between the classes are right, but something is added to all. Compare with the formula."
    return (
        f"for test image {i} and class {c}, δ should be {expected[place]:.5g}, and yours is {found[place]:.5g}. The shares of "
        f"the classes are {np.round(shares, 3).tolist()}; the trace of Σ is {np.trace(Sigma):.4g}, whatever the shrinkage."
    )


def _of_test(train: np.ndarray, labels: np.ndarray, test: np.ndarray, shrinkage: float) -> np.ndarray:
    centred = np.concatenate([train - class_means(train, labels)[labels], test - test.mean(axis=0)])
    return discriminants(train, labels, test, shrinkage, lambda *_: centred.T @ centred / len(centred))


def _mean_of_classes(train: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.mean([np.cov(train[labels == c].T, bias=True) for c in range(labels.max() + 1)], axis=0)


def _but(**mistakes: object) -> Callable[..., np.ndarray]:
    return lambda *given: discriminants(*given, **mistakes)


QUESTIONS = {
    "lda-scores": Question(
        function="lda_scores(train, labels, test, shrinkage)",
        draw=_draw,
        returns={"δ": lambda train, labels, test, shrinkage: (len(test), int(labels.max()) + 1)},
        fault=_fault,
        misconceptions={
            "the covariance is taken about the mean of all images, so that the distances between the classes count as noise. "
            "Take off the mean of each image's own class.": _but(covariance=lambda train, labels: np.cov(train.T, bias=True)),
            "the test images take part in the covariance. Nothing may be fitted to them.": _of_test,
            "every class has the same weight in the covariance, and the rare ones are noisy. Average over the images.": _but(
                covariance=_mean_of_classes
            ),
            "the covariance is divided by n − K; here by n, the number of training images.": _but(
                covariance=lambda train, labels: within(train, labels) * len(train) / (len(train) - labels.max() - 1)
            ),
            "the shares of the classes are missing: log π_c.": _but(prior=lambda labels: np.zeros(labels.max() + 1)),
            "the logarithm of π_c is missing.": _but(prior=lambda labels: np.bincount(labels) / len(labels)),
            "the factor 1/2 is missing before the square of the mean.": _but(half=1.0),
            "the round covariance is the identity. It should have the trace of Σ, so that units do not matter.": _but(
                shrink=lambda S, s: (1 - s) * S + s * np.eye(len(S))
            ),
            "the round covariance has a trace that is too large: tr(Σ) is shared by all features.": _but(
                shrink=lambda S, s: (1 - s) * S + s * np.trace(S) * np.eye(len(S))
            ),
            "the covariance is not shrunk.": _but(shrink=lambda S, s: S),
            "the round covariance is added, and nothing is taken off the other: the factor 1 − shrinkage is missing.": _but(
                shrink=lambda S, s: S + s * np.trace(S) / len(S) * np.eye(len(S))
            ),
            "the shares have changed places: a shrinkage of 0 should leave Σ as it is.": _but(
                shrink=lambda S, s: shrunk(S, 1 - s)
            ),
            "only the variances are used. Σ is a full matrix.": _but(shrink=lambda S, s: np.diag(np.diag(shrunk(S, s)))),
        },
        praise="These are the discriminants of Gaussian classes with one covariance, from the training images alone.",
        seconds=30,  # the picture takes a while
    ),
}
