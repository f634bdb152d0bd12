"""BLUE, the best linear unbiased estimate: a forecast and data, combined by their error covariances.

The truth x^t in n dimensions is seen twice: as a forecast x^f = x^t + p and as data d = H x^t + ε in m dimensions. The errors
p and ε have mean zero, covariances C_xx and C_εε, and nothing to do with each other. Nothing else is assumed of them.

Every function refuses arrays of other shapes, numbers that are not finite, and covariances that are not symmetric positive
definite, with a ValueError that names the argument. Data that are missing have no row in d, H and C_εε.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import covariance, finite_array, one_of
from course_lib.basics.gaussians import gain, gain_information

#: The two forms of the gain, and the dimension in which each solves.
FORMS = {"observation": gain, "state": gain_information}


class Problem(NamedTuple):
    """What an estimate is made of; x_f and d may be many, with leading axes that broadcast.

    Parameters
    ----------
    x_f : forecast, shape (..., n).
    C_xx : covariance of its error, shape (n, n).
    d : data, shape (..., m).
    H : observation operator, shape (m, n).
    C_ee : covariance C_εε of the error of the data, shape (m, m).
    """

    x_f: np.ndarray
    C_xx: np.ndarray
    d: np.ndarray
    H: np.ndarray
    C_ee: np.ndarray


class Analysis(NamedTuple):
    """The estimate x_a, shape (..., n), and the covariance of its error, shape (n, n), the same for all."""

    x_a: np.ndarray
    C_aa: np.ndarray


def checked(problem: Problem) -> Problem:
    """The same problem with arrays of doubles.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, or a covariance is not symmetric positive definite.
    """
    x_f, d = finite_array("x_f", problem.x_f, (..., None)), finite_array("d", problem.d, (..., None))
    n, m = x_f.shape[-1], d.shape[-1]
    C_xx, C_ee = covariance("C_xx", problem.C_xx, n), covariance("C_ee", problem.C_ee, m)
    try:
        np.broadcast_shapes(x_f.shape[:-1], d.shape[:-1])
    except ValueError as error:
        raise ValueError(f"d: leading axes {d.shape[:-1]} do not fit those of x_f, {x_f.shape[:-1]}") from error
    return Problem(x_f, C_xx, d, finite_array("H", problem.H, (m, n)), C_ee)


def cost(x: ArrayLike, problem: Problem) -> np.ndarray:
    """The cost J(x), shape (...), of states x, shape (..., n): squared distances to the data and to the forecast.

    Each distance is counted in units of the errors. There is no factor ½.

    Equation: eq-blue-cost
    """
    (x_f, C_xx, d, H, C_ee), x = _at(x, problem)
    return _squared(d - x @ H.T, C_ee) + _squared(x - x_f, C_xx)


def cost_gradient(x: ArrayLike, problem: Problem) -> np.ndarray:
    """The gradient of J, shape (..., n), at states x, shape (..., n).

    Equation: eq-blue-gradient
    """
    (x_f, C_xx, d, H, C_ee), x = _at(x, problem)
    return 2 * _solve(C_xx, x - x_f) - 2 * _solve(C_ee, d - x @ H.T) @ H


def cost_hessian(problem: Problem) -> np.ndarray:
    """The Hessian of J, shape (n, n): the same everywhere, and twice the inverse of C_aa.

    Equation: eq-blue-hessian
    """
    _, C_xx, _, H, C_ee = checked(problem)
    hessian = 2 * (np.linalg.inv(C_xx) + H.T @ np.linalg.solve(C_ee, H))
    return (hessian + hessian.T) / 2  # rounding leaves the inverse a little asymmetric


def linear_estimate(K: ArrayLike, problem: Problem) -> np.ndarray:
    """The estimate x_f + K (d − H x_f), shape (..., n), with any gain K, shape (n, m): unbiased, whatever K is.

    Equation: eq-blue-linear
    """
    x_f, _, d, H, _ = checked(problem)
    K = finite_array("K", K, H.T.shape)
    return x_f + (d - x_f @ H.T) @ K.T


def error_covariance(K: ArrayLike, C_xx: ArrayLike, H: ArrayLike, C_ee: ArrayLike) -> np.ndarray:
    """Covariance of the error of the linear estimate with any gain, shape (n, n), in Joseph's form.

    Parameters
    ----------
    K : gain, shape (n, m); it need not be the best, nor made with these covariances.
    C_xx, C_ee : the covariances that the errors really have, shapes (n, n) and (m, m).
    H : observation operator, shape (m, n).

    Equation: eq-blue-error-covariance
    """
    C_xx, C_ee = covariance("C_xx", C_xx), covariance("C_ee", C_ee)
    H = finite_array("H", H, (len(C_ee), len(C_xx)))
    K = finite_array("K", K, H.T.shape)
    kept = np.eye(len(C_xx)) - K @ H
    return kept @ C_xx @ kept.T + K @ C_ee @ K.T


def blue(problem: Problem, form: str = "observation") -> Analysis:
    """The best linear unbiased estimate, where J is least.

    Parameters
    ----------
    problem : forecast, data, and their errors; with many forecasts or data, each is analysed.
    form : "observation" solves in m dimensions, "state" in n dimensions; both give the same.

    Raises
    ------
    ValueError
        If `form` is not known or the problem is not one.

    Examples
    --------
    >>> blue(Problem([12.0], [[1.0]], [13.0], [[1.0]], [[0.25]])).x_a.round(6)
    array([12.8])

    Equations: eq-blue-analysis, eq-blue-linear
    """
    make_gain = one_of("form", form, FORMS)
    problem = checked(problem)
    _, C_xx, _, H, C_ee = problem
    K = make_gain(C_xx, H, C_ee)
    return Analysis(linear_estimate(K, problem), error_covariance(K, C_xx, H, C_ee))


def _at(x: ArrayLike, problem: Problem) -> tuple[Problem, np.ndarray]:
    problem = checked(problem)
    return problem, finite_array("x", x, (..., problem.x_f.shape[-1]))


def _solve(C: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """C⁻¹ times each row, shaped like the rows."""
    return np.linalg.solve(C, rows.reshape(-1, len(C)).T).T.reshape(rows.shape)


def _squared(rows: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Each row's rᵀ C⁻¹ r."""
    return np.sum(rows * _solve(C, rows), axis=-1)
