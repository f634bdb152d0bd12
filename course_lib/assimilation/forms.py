"""Forms in which the parts of a state-space model are learned: any matrix, or one with a structure.

The form of M gets S10 = Σ E[x_t x_{t-1}ᵀ] and S00 = Σ E[x_{t-1} x_{t-1}ᵀ]; the form of a covariance gets the mean second
moment C of the errors. Each returns the matrix of its kind that maximises the expected log-likelihood.
"""

from __future__ import annotations

import numpy as np


def full(*moments: np.ndarray) -> np.ndarray:
    """The form without structure: the matrix of the regression S10 S00⁻¹, or the covariance itself.

    Equations: eq-em-transition, eq-em-covariances
    """
    if len(moments) == 1:
        return moments[0]
    S10, S00 = moments
    return np.linalg.solve(S00, S10.mT).mT


def isotropic(C: np.ndarray) -> np.ndarray:
    """The covariance σ² I that is most likely where errors have second moment C: σ² is the mean of its diagonal."""
    return np.trace(C) / len(C) * np.eye(len(C))


def diagonal(C: np.ndarray) -> np.ndarray:
    """The diagonal covariance that is most likely where errors have second moment C."""
    return np.diag(np.diag(C))


def rotation(S10: np.ndarray, S00: np.ndarray) -> np.ndarray:
    """The rotation [[cos θ, sin θ], [-sin θ, cos θ]] that is most likely where the model error is isotropic."""
    cosine, sine = np.trace(S10), S10[0, 1] - S10[1, 0]
    length = np.hypot(cosine, sine)
    return np.array([[cosine, sine], [-sine, cosine]]) / length
