"""How well classes are told apart from few labelled images: draws, classifiers, and the choice between them.

Whatever is chosen is chosen by cross-validation on the labelled images. All other images are for the score alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

from course_lib.basics.arguments import finite_array, whole_number
from course_lib.invariance.shrinkage_lda import fit_discriminant, predict

#: Takes labelled features, shape (n, p), their labels, (n,), and other features, (m, p); returns labels for these, (m,).
Classifier = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def centred(features: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both sets of features, shifted and scaled such that the first has mean 0, and features of variance 1 on average.

    All features are divided by one common number: with few labelled images, the scale of a single feature is noise.

    Parameters
    ----------
    features, others : shapes (n, p) and (m, p).
    """
    mean, scale = features.mean(axis=0), np.sqrt(np.mean(features.var(axis=0)))
    scale = scale if scale > 0 else 1.0
    return (features - mean) / scale, (others - mean) / scale


def shrinkage_discriminant(features: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Linear discriminant analysis, shrunk as Ledoit and Wolf say; with one image a class, logistic regression.

    One image says nothing about the covariance within its class.
    """
    if np.unique(labels, return_counts=True)[1].max() == 1:
        return logistic(features, labels, others)
    features, others = centred(features, others)
    return predict(fit_discriminant(features, labels), others)


def logistic(features: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Logistic regression with the usual penalty."""
    features, others = centred(features, others)
    if features.shape[1] > len(features):
        # The weights lie in the span of the labelled images; there the problem is the same, and small.
        basis = np.linalg.svd(features, full_matrices=False)[2]
        features, others = features @ basis.T, others @ basis.T
    return LogisticRegression(C=1, max_iter=2000).fit(features, labels).predict(others)


def support_vectors(features: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Support vector machine with a Gaussian kernel."""
    features, others = centred(features, others)
    return SVC(C=10).fit(features, labels).predict(others)


#: The family among which cross-validation chooses, in the order of preference.
CLASSIFIERS: dict[str, Classifier] = {
    "shrinkage LDA": shrinkage_discriminant,
    "logistic regression": logistic,
    "support vectors": support_vectors,
}


def draw_labelled(labels: np.ndarray, k: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices of `k` images of each class, drawn without replacement, and of all others.

    Parameters
    ----------
    labels : shape (n,).
    k : images of each class.
    rng : random numbers.

    Raises
    ------
    ValueError
        If `k` is not a whole number from 1 on, or a class has fewer images.
    """
    labels = np.asarray(labels)
    whole_number("k", k, least=1)
    members = [np.flatnonzero(labels == c) for c in np.unique(labels)]
    if not members or (least := min(map(len, members))) < k:
        raise ValueError(f"k: expected at most {least if members else 0}, the images of the smallest class, got {k}")
    chosen = np.concatenate([rng.choice(one, k, replace=False) for one in members])
    return chosen, np.setdiff1d(np.arange(len(labels)), chosen)


def cross_validated(classifier: Classifier, features: np.ndarray, labels: np.ndarray, folds: int) -> float:
    """Share of the labelled images that are named rightly by a classifier that has not seen them.

    Parameters
    ----------
    classifier : see :data:`Classifier`.
    features, labels : shapes (n, p) and (n,).
    folds : number of parts, each of which is left out once; each keeps the classes in proportion.
    """
    right = 0
    for kept, left in StratifiedKFold(folds, shuffle=True, random_state=0).split(features, labels):
        right += np.sum(classifier(features[kept], labels[kept], features[left]) == labels[left])
    return right / len(labels)


class Choice(NamedTuple):
    """What cross-validation chose: the names of the features and of the classifier, and the labels for the other images."""

    features: str
    classifier: str
    predicted: np.ndarray


def choose(candidates: Mapping[str, np.ndarray], labels: np.ndarray, labelled: np.ndarray, others: np.ndarray) -> Choice:
    """Choose features and classifier on the labelled images, then name the others.

    With few images the best score of a cross-validation is partly luck. So the first pair of features and classifier is taken
    whose score is within one standard error of the best. With one image a class nothing can be left out: then it is the first.

    Parameters
    ----------
    candidates : name → features of all images, shape (n, p).
    labels : shape (n,); only those of the labelled images are used.
    labelled, others : indices.

    Raises
    ------
    ValueError
        If there are no candidates, or one is not an array of finite numbers with one row for each label.
    """
    if not candidates:
        raise ValueError("candidates: expected features under at least one name, got none")
    tables = {name: finite_array("candidates", table, (len(labels), None)) for name, table in candidates.items()}
    folds = min(5, np.unique(labels[labelled], return_counts=True)[1].min())
    pairs = [(table, classifier) for table in tables for classifier in CLASSIFIERS]
    if folds > 1 and len(pairs) > 1:
        scores = [cross_validated(CLASSIFIERS[c], tables[t][labelled], labels[labelled], folds) for t, c in pairs]
        error = np.sqrt(max(scores) * (1 - max(scores)) / len(labelled))
        pairs = [pair for pair, score in zip(pairs, scores, strict=True) if score >= max(scores) - error]
    table, classifier = pairs[0]
    features = tables[table]
    return Choice(table, classifier, CLASSIFIERS[classifier](features[labelled], labels[labelled], features[others]))
