"""Localisation: trust what an ensemble says about near points, and not what it says by chance about far ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, whole_number


def gaspari_cohn(distance: ArrayLike, radius: float) -> np.ndarray:
    """Taper of compact support: 1 at distance 0, 5/24 at `radius`, 0 from twice the radius on.

    A piecewise polynomial of degree five, twice differentiable (Gaspari and Cohn 1999, equation 4.10); as a function of the
    distance on a line, in the plane or in space it is a correlation, so a matrix of its values is positive semidefinite.

    Parameters
    ----------
    distance : any shape; the sign does not count.
    radius : in the units of `distance`, positive.

    Raises
    ------
    ValueError
        If a distance is not finite or `radius` is not positive.

    Examples
    --------
    >>> gaspari_cohn([0.0, 3.0, 6.0], radius=3.0).round(4)
    array([1.    , 0.2083, 0.    ])

    Equation: eq-gaspari-cohn
    """
    z = np.abs(finite_array("distance", distance, (...,))) / positive_number("radius", radius)
    near = 1 - 5 / 3 * z**2 + 5 / 8 * z**3 + 1 / 2 * z**4 - 1 / 4 * z**5
    outer = np.clip(z, 1, 2)
    far = 4 - 5 * outer + 5 / 3 * outer**2 + 5 / 8 * outer**3 - 1 / 2 * outer**4 + 1 / 12 * outer**5 - 2 / (3 * outer)
    return np.where(z <= 1, near, np.where(z < 2, far, 0.0))


def ring_distance(size: int) -> np.ndarray:
    """Distances between the points of a ring, the short way round, in steps: shape (size, size).

    Examples
    --------
    >>> ring_distance(4)[0]
    array([0, 1, 2, 1])
    """
    first, second = np.indices((whole_number("size", size, 1),) * 2)
    gap = np.abs(first - second)
    return np.minimum(gap, size - gap)


def ring_taper(size: int, radius: float, H: ArrayLike | None = None) -> np.ndarray:
    """Taper between the points of a ring, shape (size, size), or between points and observations, shape (size, p).

    Parameters
    ----------
    size : points on the ring.
    radius : of :func:`gaspari_cohn`, in steps on the ring; at most a quarter of the ring, lest the taper meets itself.
    H : rows of the identity, one for each observed point, shape (p, size); all points by default.

    Raises
    ------
    ValueError
        If `radius` is out of range or a row of `H` does not pick one point.

    Equation: eq-gaspari-cohn
    """
    if 4 * positive_number("radius", radius) > size:
        raise ValueError(f"radius: expected at most a quarter of the ring of {size} points, got {radius:g}")
    taper = gaspari_cohn(ring_distance(size), radius)
    if H is None:
        return taper
    H = finite_array("H", H, (None, size))
    if not (np.isin(H, (0, 1)).all() and (H.sum(axis=1) == 1).all()):
        raise ValueError("H: expected rows with a single 1, for an observation has to be somewhere to be near or far")
    return taper @ H.T


def localized_covariance(P: np.ndarray, taper: np.ndarray, static: np.ndarray | None = None, weight: float = 0.0) -> np.ndarray:
    """An ensemble's covariance made fit for use as a density: tapered entry by entry, then mixed with a static one.

    Parameters
    ----------
    P : sample covariances, shape (..., n, n), of any rank, with positive variances.
    taper : positive definite matrix with ones on its diagonal, shape (n, n).
    static : covariance to mix in, shape (n, n).
    weight : share of `static`, from 0 to 1.

    Returns
    -------
    Positive definite matrices, shape (..., n, n).

    Raises
    ------
    ValueError
        If shapes do not fit or the weight is not from 0 to 1, or is positive and there is nothing to mix in.

    Equation: eq-localized-covariance
    """
    n = P.shape[-1]
    taper = finite_array("taper", taper, (n, n))
    if not 0 <= weight <= 1:
        raise ValueError(f"weight: expected a number from 0 to 1, got {weight!r}")
    if static is None:
        if weight > 0:
            raise ValueError("static: expected a covariance, for its weight is positive")
        return taper * P
    return (1 - weight) * taper * P + weight * finite_array("static", static, (n, n))
