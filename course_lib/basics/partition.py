"""The log partition function log Z of a density e^f / Z on a line, and its lower bound over Gaussians.

The integral is taken on a grid by the trapezoidal rule, which for a smooth density that has died out at both ends converges
faster than any power of the spacing; the means under a Gaussian are taken by Gauss–Hermite quadrature. Here f is any function
that maps an array of points to an array of values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import logsumexp

from course_lib.basics.arguments import finite_array, positive_number

Function = Callable[[np.ndarray], np.ndarray]

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(60)
WEIGHTS = WEIGHTS / WEIGHTS.sum()
PRECISE = {"ftol": 1e-15, "gtol": 1e-9}


class BestGaussian(NamedTuple):
    """A Gaussian q at a maximum of the bound, and the bound there in nats."""

    mean: float
    sigma: float
    bound: float


def double_well(x: ArrayLike, beta: float) -> np.ndarray:
    """f(x) = −β (x² − 1)²: a particle with two rest positions ±1 at inverse temperature β > 0; same shape as x.

    Raises
    ------
    ValueError
        If `beta` is not positive or `x` is not finite.

    Equation: eq-double-well
    """
    return -positive_number("beta", beta) * (finite_array("x", x, (...,)) ** 2 - 1) ** 2


def log_partition(f: Function, grid: ArrayLike) -> float:
    """The logarithm of Z = ∫ exp(f(x)) dx.

    Parameters
    ----------
    f : the function in the exponent.
    grid : shape (n,); evenly spaced points, so wide that exp(f) has died out at both ends.

    Returns
    -------
    log Z in nats.

    Raises
    ------
    ValueError
        If the grid is not evenly spaced, f is not finite on it or has another shape, or exp(f) has not died out at an end.

    Equation: eq-log-partition
    """
    grid = _grid(grid)
    return _log_integral(_values(f, grid), grid)


def log_boltzmann(f: Function, grid: ArrayLike) -> np.ndarray:
    """The logarithm of the density e^f / Z at the points of the grid; arguments and errors as in `log_partition`.

    Equation: eq-boltzmann
    """
    grid = _grid(grid)
    values = _values(f, grid)
    return values - _log_integral(values, grid)


def bound(f: Function, mean: float, sigma: float) -> float:
    """The mean of f under a Gaussian q plus the entropy of q: at most log Z, whatever the Gaussian.

    Parameters
    ----------
    f : the function in the exponent; exact for polynomials up to degree 119.
    mean, sigma : mean and standard deviation of q, the latter positive.

    Returns
    -------
    The bound in nats.

    Raises
    ------
    ValueError
        If a number is not finite, `sigma` is not positive, or f is not finite or has another shape.

    Equation: eq-partition-bound
    """
    mean, sigma = float(finite_array("mean", mean, ())), positive_number("sigma", sigma)
    return float(WEIGHTS @ _values(f, mean + sigma * NODES) + 0.5 * np.log(2 * np.pi * np.e * sigma**2))


def best_gaussian(f: Function, mean: float, sigma: float) -> BestGaussian:
    """The local maximum of the bound that is reached from a first guess; the arguments are as in `bound`.

    Raises
    ------
    ValueError
        As in `bound`, or if the bound has no maximum there, as when exp(f) has no finite integral.

    Equation: eq-partition-bound
    """
    start = [float(finite_array("mean", mean, ())), np.log(positive_number("sigma", sigma))]

    def loss(q: np.ndarray) -> tuple[float, np.ndarray]:
        mean, sigma = float(q[0]), float(np.exp(q[1]))
        values = _values(f, mean + sigma * NODES)
        gradient = [WEIGHTS @ (values * NODES) / sigma, WEIGHTS @ (values * (NODES**2 - 1)) + 1]
        return -bound(f, mean, sigma), -np.array(gradient)

    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[(None, None), (-30, 30)], options=PRECISE)
    if np.abs(result.jac).max() > 1e-4:
        raise ValueError(f"f: the bound has no maximum that can be reached from mean {mean} and sigma {sigma}")
    return BestGaussian(float(result.x[0]), float(np.exp(result.x[1])), -float(result.fun))


def _log_integral(values: np.ndarray, grid: np.ndarray) -> float:
    if values[[0, -1]].max() > values.max() - 30:
        raise ValueError("grid: exp(f) has not died out at its ends; take a wider one")
    return float(logsumexp(values) + np.log(grid[1] - grid[0]))


def _values(f: Function, x: np.ndarray) -> np.ndarray:
    return finite_array("f(x)", f(x), x.shape)


def _grid(grid: ArrayLike) -> np.ndarray:
    grid = finite_array("grid", grid, (None,))
    steps = np.diff(grid)
    if len(grid) < 3 or not (steps[0] > 0 and np.allclose(steps, steps[0], rtol=1e-6)):
        raise ValueError("grid: expected at least three evenly spaced, increasing points")
    return grid
