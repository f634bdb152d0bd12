"""Optimal interpolation: BLUE of a field at all places from readings at some, with a covariance that falls with distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from course_lib.assimilation.blue import Problem
from course_lib.basics.arguments import finite_array, positive_number
from course_lib.basics.gaussians import log_density


class FieldModel(NamedTuple):
    """A field's standard deviation `spread`, its correlation `length`, and the standard deviation `noise` of a reading."""

    spread: float
    length: float
    noise: float


def matern(distance: ArrayLike, length: float) -> np.ndarray:
    """Correlation (1 + r) exp(−r) of two values of a field at a distance of r lengths, shaped like `distance`.

    This is the Matérn family's member of order 3/2: its fields are continuous and have a slope.

    Parameters
    ----------
    distance : any shape; the sign does not matter.
    length : positive, in the unit of the distance.

    Equation: eq-blue-matern
    """
    r = np.abs(finite_array("distance", distance, (...,))) / positive_number("length", length)
    return (1 + r) * np.exp(-r)


def selection(observed: ArrayLike) -> np.ndarray:
    """The operator H that picks some entries of a state: one row for each True, shape (m, n).

    Parameters
    ----------
    observed : booleans, shape (n,); at least one is True.

    Raises
    ------
    ValueError
        If these are no booleans, not one-dimensional, or all False.

    Examples
    --------
    >>> selection([False, True, True])
    array([[0., 1., 0.],
           [0., 0., 1.]])

    Equation: eq-blue-selection
    """
    observed = np.asarray(observed)
    if observed.dtype != bool or observed.ndim != 1 or not observed.any():
        raise ValueError(f"observed: expected booleans, shape (any,), at least one True, got {observed!r}")
    return np.eye(len(observed))[observed]


def interpolation(place: ArrayLike, x_f: ArrayLike, observed: ArrayLike, d: ArrayLike, model: FieldModel) -> Problem:
    """The problem of filling a field from readings at some of its places.

    Parameters
    ----------
    place : where the field is wanted, shape (n,), all different.
    x_f : what is expected there without readings, shape (n,).
    observed : True where there is a reading, booleans, shape (n,).
    d : the readings, in the order of their places, shape (m,).
    model : covariances; its spread and noise in the unit of the field, its length in that of `place`.

    Equations: eq-blue-matern, eq-blue-selection
    """
    place = finite_array("place", place, (None,))
    H = selection(observed)
    if H.shape[1] != len(place):
        raise ValueError(f"observed: expected shape ({len(place)},) like place, got ({H.shape[1]},)")
    C_xx = positive_number("spread", model.spread) ** 2 * matern(place[:, None] - place, model.length)
    C_ee = positive_number("noise", model.noise) ** 2 * np.eye(len(H))
    return Problem(finite_array("x_f", x_f, place.shape), C_xx, finite_array("d", d, (len(H),)), H, C_ee)


def fit_field(place: ArrayLike, departure: ArrayLike, start: FieldModel) -> FieldModel:
    """The three numbers under which readings are most likely, if field and errors are Gaussian.

    Parameters
    ----------
    place : places of the readings, shape (m,), all different.
    departure : readings minus what was expected there, shape (m,).
    start : first guess; the search is local.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or one of `start` is not positive.

    Equation: eq-blue-evidence
    """
    place = finite_array("place", place, (None,))
    departure = finite_array("departure", departure, place.shape)
    first = [positive_number(name, value) for name, value in start._asdict().items()]
    distance = place[:, None] - place

    def loss(logarithms: np.ndarray) -> float:
        spread, length, noise = np.exp(logarithms)
        C = spread**2 * matern(distance, length) + noise**2 * np.eye(len(place))
        return -float(log_density(departure, np.zeros(len(place)), C))

    found = minimize(loss, np.log(first), method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3})
    return FieldModel(*np.exp(found.x).tolist())
