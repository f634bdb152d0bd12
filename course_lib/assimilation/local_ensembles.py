"""The local ensemble transform Kalman filter: an analysis of its own at each point, with the observations near it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.ensemble_updates import transform, whitened
from course_lib.assimilation.ensembles import Update
from course_lib.basics.arguments import finite_array


def letkf(taper: ArrayLike) -> Update:
    """The update of the LETKF (Hunt, Kostelich and Szunyogh 2007) for a given taper.

    Parameters
    ----------
    taper : shape (n, p): how much the analysis of a point (row) trusts an observation (column), from 0, not at all, to 1.
        The observation's error variance is divided by it.

    Returns
    -------
    A function of (E, y, H, R) for :func:`~course_lib.assimilation.ensembles.ensemble_filter`. R has to be diagonal.

    Raises
    ------
    ValueError
        If a number of the taper is not between 0 and 1; later, if R is not diagonal or has another size.

    Equations: eq-etkf-mean, eq-etkf-transform, eq-local-error
    """
    taper = finite_array("taper", taper, (None, None))
    if taper.min() < 0 or taper.max() > 1:
        raise ValueError(f"taper: expected numbers from 0 to 1, got {taper.min():g} to {taper.max():g}")
    # The same number of observations for each point, so that all analyses are one stack of small problems; where a point
    # has fewer, the rest have weight 0.
    count = max(1, int((taper > 0).sum(axis=1).max()))
    near = np.argsort(-taper, axis=1, kind="stable")[:, :count]
    root_weight = np.sqrt(np.take_along_axis(taper, near, axis=1))

    def update(E: np.ndarray, y: np.ndarray, H: np.ndarray, R: np.ndarray) -> np.ndarray:
        if H.shape != taper.shape[::-1] or np.count_nonzero(R - np.diag(np.diag(R))):
            raise ValueError(f"R: expected a diagonal one, and H of shape {taper.shape[::-1]} as the taper asks, got {H.shape}")
        mean, A, S, d = whitened(E, y, H, R)
        local_S = S[..., near, :] * root_weight[..., None]  # (..., n, count, N)
        local_d = d[..., near] * root_weight
        own = A.swapaxes(-1, -2)[..., None]  # (..., n, N, 1): the anomalies of one point
        weights, transformed = transform(local_S, local_d, own)
        increment = np.sum(weights * own[..., 0], axis=-1)
        return mean + increment[..., None, :] + transformed[..., 0].swapaxes(-1, -2)

    return update
