"""Updates of an ensemble with an observation: functions of (E, y, H, R) for the ensemble filter.

An ensemble E has the shape (..., N, n). The update is computed in units of the observation's error and, since there are often
fewer observations than members or no more, with matrices of the observations' size.
"""

from __future__ import annotations

import numpy as np

from course_lib.assimilation.observed import missing_apart


def etkf_update(E: np.ndarray, y: np.ndarray, H: np.ndarray, R: np.ndarray) -> np.ndarray:
    """The ensemble transform Kalman filter's update, with the symmetric square root.

    The new mean and sample covariance are exactly those of the Kalman update with the old mean and sample covariance.

    Parameters
    ----------
    E : ensemble, shape (..., N, n).
    y : observation, shape (..., p); NaN for what is missing, which is then not used.
    H, R : observation operator, shape (p, n), and error covariance, shape (p, p).

    Returns
    -------
    The updated ensemble, shape (..., N, n).

    Equations: eq-etkf-mean, eq-etkf-transform
    """
    mean, A, S, d = whitened(E, y, H, R)
    weights, transformed = transform(S, d, A)
    return mean + weights[..., None, :] @ A + transformed


def perturbed_update(E: np.ndarray, y: np.ndarray, H: np.ndarray, R: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The stochastic EnKF's update: a Kalman step for each member, each with an observation perturbed by an error of its own.

    Arguments and result are those of :func:`etkf_update`; `rng` is the source of the perturbations, which are centred.

    Equation: eq-perturbed-observations
    """
    _, A, S, d = whitened(E, y, H, R)
    shape = (*E.shape[:-1], len(H))
    # In whitened units the error of an observation has covariance I; S is divided by √(N − 1), the members are not.
    noise = rng.standard_normal(shape)
    noise -= noise.mean(axis=-2, keepdims=True)
    perturbed = d[..., None, :] + noise - np.sqrt(E.shape[-2] - 1) * S.swapaxes(-1, -2)
    innovation_covariance = S @ S.swapaxes(-1, -2) + np.eye(len(H))
    solved = np.linalg.solve(innovation_covariance, perturbed.swapaxes(-1, -2))
    return E + solved.swapaxes(-1, -2) @ (S @ A) / np.sqrt(E.shape[-2] - 1)


def whitened(E: np.ndarray, y: np.ndarray, H: np.ndarray, R: np.ndarray) -> tuple[np.ndarray, ...]:
    """Mean and anomalies of an ensemble, and what they look like in units of the observation error.

    Returns the mean (..., 1, n), the anomalies A (..., N, n), the observed anomalies S (..., p, N) and the innovation d,
    shape (..., p). S = R^(-1/2) H Aᵀ / √(N − 1). A missing observation has a zero in d and a row of zeros in S: it changes
    nothing.

    Equation: eq-whitened-anomalies
    """
    mean = E.mean(axis=-2, keepdims=True)
    A = E - mean
    y, H, R = missing_apart(y, H, R)
    root = np.linalg.cholesky(R)
    d = np.linalg.solve(root, (y - (H @ mean.swapaxes(-1, -2))[..., 0])[..., None])[..., 0]
    S = np.linalg.solve(root, H @ A.swapaxes(-1, -2)) / np.sqrt(E.shape[-2] - 1)
    return mean, A, S, d


def transform(S: np.ndarray, d: np.ndarray, A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights w with which the members' anomalies add up to the mean's increment, and the anomalies after the update.

    Both come from the eigenvectors U of the p × p matrix S Sᵀ, the smaller problem if p < N.

    Parameters
    ----------
    S, d : as :func:`whitened` returns them, shapes (..., p, N) and (..., p).
    A : anomalies, shape (..., N, m): of all variables or of some.

    Returns
    -------
    Weights, shape (..., N), already divided by √(N − 1), and T A, shape (..., N, m), with T = (I + SᵀS)^(-1/2).

    Equations: eq-etkf-mean, eq-etkf-transform
    """
    St = S.swapaxes(-1, -2)
    eigenvalues, U = np.linalg.eigh(S @ St)
    V = St @ U
    root = np.sqrt(1 + eigenvalues.clip(0))
    w = (V @ ((U.swapaxes(-1, -2) @ d[..., None])[..., 0] / root**2)[..., None])[..., 0]
    # (1/√(1+λ) − 1)/λ, written so that it is right for λ = 0 as well
    shrink = 1 / (root * (1 + root))
    return w / np.sqrt(S.shape[-1] - 1), A - V @ (shrink[..., None] * (V.swapaxes(-1, -2) @ A))
