"""Ridge regression is BLUE: the two ways across, the degrees of freedom, and the evidence by which errors are chosen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from course_lib.assimilation.blue import Problem, checked
from course_lib.basics.arguments import covariance, finite_array, positive_number
from course_lib.basics.gaussians import gain, log_density


def ridge_as_blue(X: ArrayLike, y: ArrayLike, alpha: float, noise: float = 1.0) -> Problem:
    """The problem whose best linear unbiased estimate is the ridge regression of y on X.

    Parameters
    ----------
    X : features, one sample a row, shape (N, n).
    y : targets, shape (N,).
    alpha : weight α > 0 of the penalty αθᵀθ.
    noise : standard deviation σ > 0 of a target's error; it sets C_aa and leaves the estimate as it is.

    Returns
    -------
    Problem with forecast 0, C_xx = (σ²/α) I, H = X and C_εε = σ² I.

    Raises
    ------
    ValueError
        If shapes do not fit, a number is not finite, α ≤ 0 or σ ≤ 0.

    Equations: eq-ridge-cost, eq-ridge-alpha
    """
    X = finite_array("X", X, (None, None))
    N, n = X.shape
    y = finite_array("y", y, (N,))
    variance = positive_number("noise", noise) ** 2
    return Problem(np.zeros(n), variance / positive_number("alpha", alpha) * np.eye(n), y, X, variance * np.eye(N))


class Whitened(NamedTuple):
    """A ridge regression with α = 1: features X, shape (m, n), targets y, shape (m,); a θ stands for x_f + root θ."""

    X: np.ndarray
    y: np.ndarray
    x_f: np.ndarray
    root: np.ndarray

    def state(self, theta: ArrayLike) -> np.ndarray:
        """The state x, shape (n,), that parameters θ, shape (n,), stand for.

        Equation: eq-blue-whitened
        """
        return self.x_f + self.root @ finite_array("theta", theta, self.x_f.shape)


def blue_as_ridge(problem: Problem) -> Whitened:
    """Any BLUE problem, one forecast and one vector of data, as a ridge regression with α = 1.

    Raises
    ------
    ValueError
        If the problem is not one, or there are several forecasts or data vectors.

    Equation: eq-blue-whitened
    """
    x_f, C_xx, d, H, C_ee = checked(problem)
    x_f, d = finite_array("x_f", x_f, (None,)), finite_array("d", d, (None,))
    root, noise = np.linalg.cholesky(C_xx), np.linalg.cholesky(C_ee)
    X, y = (solve_triangular(noise, right, lower=True) for right in (H @ root, d - H @ x_f))
    return Whitened(X, y, x_f, root)


def degrees_of_freedom(C_xx: ArrayLike, H: ArrayLike, C_ee: ArrayLike) -> float:
    """Trace of H K: how many of the m data the analysis follows, a number between 0 and min(m, n).

    C_xx has shape (n, n), H (m, n), C_ee (m, m).

    Equation: eq-blue-degrees-of-freedom
    """
    C_xx, C_ee = covariance("C_xx", C_xx), covariance("C_ee", C_ee)
    H = finite_array("H", H, (len(C_ee), len(C_xx)))
    return float(np.trace(H @ gain(C_xx, H, C_ee)))


def log_evidence(problem: Problem) -> np.ndarray:
    """Log-density of the data under the forecast, shape (...), in nats, if the errors are Gaussian.

    It says how well the two covariances explain what was observed, before anything is estimated.

    Equation: eq-blue-evidence
    """
    x_f, C_xx, d, H, C_ee = checked(problem)
    return log_density(d - x_f @ H.T, np.zeros(len(C_ee)), H @ C_xx @ H.T + C_ee)
