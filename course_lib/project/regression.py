"""Ridge and kernel regression in double precision, with exact cross-validation by groups from one decomposition.

The predictions of both on their training data are H y, with a hat matrix H = U diag(e / (e + α)) Uᵀ: for ridge U are the left
singular vectors of the features and e the squares of the singular values, for a kernel the eigenvectors and eigenvalues of the
kernel matrix. What a fold's molecules would have been predicted without them follows from H, so that nothing is fitted again.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from course_lib.basics.arguments import finite_array, positive_number, whole_number
from course_lib.project.splits import group_folds

ALPHAS = tuple(10.0**k for k in range(-9, 2))


def folds_without_common_groups(groups: ArrayLike, count: int, rng: np.random.Generator) -> np.ndarray:
    """The number of the fold of each molecule, 0 to count − 1, where a group lies within one fold.

    Parameters
    ----------
    groups : label of each molecule's group, shape (B,).
    count : number of folds, at least 2; with fewer groups there are fewer folds.
    rng : draws folds of single molecules if all are of one group.
    """
    groups, count = np.asarray(groups), whole_number("count", count, 2)
    kinds = len(set(groups.tolist()))
    if kinds == 1:
        return rng.permutation(len(groups)) % count
    folds = np.empty(len(groups), dtype=int)
    for k, (_, held_out) in enumerate(group_folds(groups, min(count, kinds))):
        folds[held_out] = k
    return folds


def ridge(X: ArrayLike, y: ArrayLike, alpha: float) -> np.ndarray:
    """The weights of ridge regression without an intercept, by the singular value decomposition.

    Parameters
    ----------
    X : features, shape (B, P).
    y : targets, shape (B,).
    alpha : penalty of the squared weights.

    Returns
    -------
    numpy.ndarray
        Shape (P,).

    Equation: eq-energy-ridge
    """
    X, alpha = finite_array("X", X, (None, None)), positive_number("alpha", alpha)
    y = finite_array("y", y, (len(X),))
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    return Vt.T @ (s / (s**2 + alpha) * (U.T @ y))


def gaussian_kernel(A: ArrayLike, B: ArrayLike, width: float) -> np.ndarray:
    """The Gaussian of the distance of each row of A, shape (a, P), to each of B, shape (b, P): shape (a, b).

    Equation: eq-gaussian-kernel
    """
    A = finite_array("A", A, (None, None))
    B = finite_array("B", B, (None, A.shape[1]))
    return np.exp(-cdist(A, B, "sqeuclidean") / (2 * positive_number("width", width) ** 2))


def kernel_ridge(K: ArrayLike, y: ArrayLike, alpha: float) -> np.ndarray:
    """The weights of the training molecules in kernel ridge regression, shape (B,), by Cholesky's decomposition.

    Parameters
    ----------
    K : kernel of each two training molecules, shape (B, B).
    y : targets, shape (B,).
    alpha : variance of the noise in units of the kernel.

    Equation: eq-kernel-ridge
    """
    K, alpha = finite_array("K", K, (None, None)), positive_number("alpha", alpha)
    y = finite_array("y", y, (len(K),))
    return scipy.linalg.solve(K + alpha * np.eye(len(K)), y, assume_a="pos")


def left_out(U: ArrayLike, e: ArrayLike, y: ArrayLike, folds: ArrayLike, alpha: float) -> np.ndarray:
    """What ridge or kernel ridge says of each molecule when its fold is left out of the training, exactly.

    Parameters
    ----------
    U : orthonormal columns, shape (B, K): left singular vectors of the features, or eigenvectors of the kernel.
    e : squared singular values, or eigenvalues, shape (K,).
    y : targets, shape (B,).
    folds : number of each molecule's fold, shape (B,).
    alpha : the penalty.

    Returns
    -------
    numpy.ndarray
        Predictions, shape (B,).

    Equation: eq-left-out
    """
    U, e = finite_array("U", U, (None, None)), np.maximum(finite_array("e", e, (None,)), 0)
    y, folds = finite_array("y", y, (len(U),)), np.asarray(folds)
    shrunk = U * (e / (e + positive_number("alpha", alpha)))
    residuals, result = y - shrunk @ (U.T @ y), np.empty(len(y))
    for fold in np.unique(folds):
        out = folds == fold
        own = np.eye(int(out.sum())) - shrunk[out] @ U[out].T
        result[out] = y[out] - np.linalg.solve(own, residuals[out])
    return result


def best_alpha(
    U: ArrayLike, e: ArrayLike, y: ArrayLike, folds: ArrayLike, alphas: Sequence[float] = ALPHAS
) -> tuple[float, float]:
    """The penalty with the least mean absolute error on folds left out, and that error.

    The mean of absolute values, since a rare element in one fold only has errors that no choice of a penalty mends.

    Parameters
    ----------
    U, e, y, folds : as in :func:`left_out`.
    alphas : penalties to choose from.
    """
    errors = [np.mean(np.abs(left_out(U, e, y, folds, alpha) - y)) for alpha in alphas]
    return alphas[int(np.argmin(errors))], float(min(errors))
