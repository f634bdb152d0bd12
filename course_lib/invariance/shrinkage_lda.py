"""Linear discriminant analysis whose covariance is drawn towards a multiple of the identity.

With more features than samples the covariance within the classes is singular, and its inverse, which the method needs, is
noise. Shrinking it, by as much as Ledoit and Wolf found to be best on average, is the cure. All is computed from inner products
of samples, so that a thousand features of a hundred samples cost next to nothing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import finite_array


class Discriminant(NamedTuple):
    """Linear scores of the classes: weights, shape (C, p), offsets, shape (C,), the labels, (C,), and the shrinkage used."""

    weights: np.ndarray
    offsets: np.ndarray
    classes: np.ndarray
    shrinkage: float


def within_classes(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is left of each sample after its class mean is taken away.

    Parameters
    ----------
    features : shape (n, p).
    labels : shape (n,).

    Returns
    -------
    residuals : shape (n, p).
    means : shape (C, p), of the classes in increasing order of their labels.
    classes : the C labels.

    Raises
    ------
    ValueError
        If the features are not finite numbers, there is not one label for each row, or fewer than two classes.
    """
    features, labels = finite_array("features", features, (None, None)), np.asarray(labels)
    if labels.shape != features.shape[:1]:
        raise ValueError(f"labels: expected shape {features.shape[:1]}, one for each row of features, got {labels.shape}")
    classes, index = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"labels: expected at least two classes, got {len(classes)}")
    means = np.stack([features[index == c].mean(axis=0) for c in range(len(classes))])
    return features - means[index], means, classes


def ledoit_wolf_shrinkage(residuals: np.ndarray) -> float:
    """How far Ledoit and Wolf draw the covariance of samples with mean zero towards a multiple of the identity.

    Parameters
    ----------
    residuals : shape (n, p).

    Returns
    -------
    a number between 0, the covariance as it is, and 1, a multiple of the identity.

    Raises
    ------
    ValueError
        If the residuals are not finite, or all zero.

    Equation: eq-few-ledoit-wolf
    """
    residuals = finite_array("residuals", residuals, (None, None))
    n, p = residuals.shape
    gram = residuals @ residuals.T / n
    if not gram.any():
        raise ValueError("residuals: expected some that are not zero; is there more than one sample in a class?")
    square = np.sum(gram**2)  # the same as that of the p × p covariance
    distance = square - np.trace(gram) ** 2 / p
    noise = np.sum(np.diag(gram) ** 2) - square / n
    return float(np.clip(noise / distance, 0, 1)) if distance > 0 else 1.0


def fit_discriminant(features: np.ndarray, labels: np.ndarray, shrinkage: float | None = None) -> Discriminant:
    """Linear discriminant analysis with equal class probabilities.

    Parameters
    ----------
    features : shape (n, p).
    labels : shape (n,).
    shrinkage : share of the multiple of the identity in the covariance, above 0 and at most 1; None takes that of
        :func:`ledoit_wolf_shrinkage`.

    Returns
    -------
    Discriminant

    Raises
    ------
    ValueError
        If the features or labels are unusable, each class has one sample only, or `shrinkage` is not such a number.

    Equations: eq-few-lda, eq-few-shrinkage
    """
    residuals, means, classes = within_classes(features, labels)
    n, p = residuals.shape
    if shrinkage is None:
        shrinkage = max(ledoit_wolf_shrinkage(residuals), 1e-6)
    if not 0 < shrinkage <= 1:
        raise ValueError(f"shrinkage: expected a number above 0 and at most 1, got {shrinkage!r}")
    gram = residuals @ residuals.T
    ridge = shrinkage * np.trace(gram) / (n * p)
    if not ridge > 0:
        raise ValueError("labels: expected two different samples of some class at least")
    # (ridge I + R^T R (1 - shrinkage) / n)^-1 by the formula of Woodbury: the matrix to invert is n × n, not p × p.
    inner = ridge * np.eye(n) + (1 - shrinkage) / n * gram
    weights = (means - (1 - shrinkage) / n * (np.linalg.solve(inner, residuals @ means.T)).T @ residuals) / ridge
    return Discriminant(weights, -np.sum(weights * means, axis=1) / 2, classes, float(shrinkage))


def predict(discriminant: Discriminant, features: np.ndarray) -> np.ndarray:
    """The label with the largest score.

    Parameters
    ----------
    discriminant : from :func:`fit_discriminant`.
    features : shape (m, p).

    Returns
    -------
    array of shape (m,).

    Equation: eq-few-lda
    """
    features = finite_array("features", features, (None, discriminant.weights.shape[1]))
    return discriminant.classes[np.argmax(features @ discriminant.weights.T + discriminant.offsets, axis=1)]
