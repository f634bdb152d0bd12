"""The likelihood of the linear 2-d system's angle and noise levels, its maximum, and how sharp that maximum is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from course_lib.assimilation import linear2d
from course_lib.assimilation.kalman import kalman_filter
from course_lib.assimilation.state_space import LinearGaussian
from course_lib.basics.arguments import positive_number


class Rotation(NamedTuple):
    """Angle θ of a step, in radians, and standard deviations σ_p and σ_o of model and observation error."""

    theta: float
    sigma_p: float
    sigma_o: float


#: The values of the linear 2-d system.
TRUE = Rotation(linear2d.THETA, linear2d.SIGMA_P, linear2d.SIGMA_O)


def rotation_model(values: Rotation) -> LinearGaussian:
    """The linear 2-d system with another angle and other standard deviations; H = I and the moments of x_0 are kept.

    Equation: eq-rotation-model
    """
    theta, sigma_p, sigma_o = values
    sigma_p, sigma_o = positive_number("sigma_p", float(sigma_p)), positive_number("sigma_o", float(sigma_o))
    c, s, eye = np.cos(theta), np.sin(theta), np.eye(2)
    mean, covariance = np.array(linear2d.START), linear2d.SIGMA_0**2 * eye
    return LinearGaussian(np.array([[c, s], [-s, c]]), sigma_p**2 * eye, eye, sigma_o**2 * eye, mean, covariance)


def rotation_values(model: LinearGaussian) -> Rotation:
    """θ, σ_p and σ_o of a model; the nearest ones if M is no rotation, or Q and R are no multiples of the identity.

    Equation: eq-rotation-model
    """
    M, Q, R = model.M, model.Q, model.R
    theta = np.arctan2(M[0, 1] - M[1, 0], np.trace(M))
    return Rotation(float(theta), float(np.sqrt(np.trace(Q) / len(Q))), float(np.sqrt(np.trace(R) / len(R))))


def log_likelihood(values: Rotation, observations: ArrayLike) -> float:
    """The log-likelihood log p(y) of all sequences, in nats, by the innovations of the Kalman filter.

    Parameters
    ----------
    values : θ, σ_p, σ_o.
    observations : shape (..., T, 2).

    Equations: eq-rotation-model, eq-kalman-loglik
    """
    return float(np.sum(kalman_filter(rotation_model(values), observations).log_likelihood))


def maximum_likelihood(start: Rotation, observations: ArrayLike) -> Rotation:
    """The values of greatest likelihood, by BFGS over θ, ln σ_p and ln σ_o.

    Equation: eq-kalman-loglik
    """
    # Units in which a step of one is a sensible step: a hundredth of a radian, a factor e.
    unit = np.array([0.01, 1.0, 1.0])

    def minus(u: np.ndarray) -> float:
        return -log_likelihood(_from_logarithms(u * unit), observations) / np.size(observations)

    found = minimize(minus, _logarithms(start) / unit, method="BFGS", options={"gtol": 1e-6})
    return _from_logarithms(found.x * unit)


def standard_errors(values: Rotation, observations: ArrayLike) -> Rotation:
    """Spread to be expected of estimates of θ, ln σ_p and ln σ_o: roots of the diagonal of the inverse observed information.

    The observed information is minus the Hessian of the log-likelihood, here by central differences.

    Equation: eq-observed-information
    """
    u, h = _logarithms(values), np.array([1e-5, 1e-3, 1e-3])
    steps = np.diag(h)
    hessian = np.empty((3, 3))
    for i in range(3):
        for j in range(3):
            corners = [(a, b, a * b) for a in (1, -1) for b in (1, -1)]
            change = sum(
                s * log_likelihood(_from_logarithms(u + a * steps[i] + b * steps[j]), observations) for a, b, s in corners
            )
            hessian[i, j] = change / (4 * h[i] * h[j])
    return Rotation(*np.sqrt(np.diag(np.linalg.inv(-hessian))).tolist())


def _logarithms(values: Rotation) -> np.ndarray:
    return np.array([values.theta, np.log(values.sigma_p), np.log(values.sigma_o)])


def _from_logarithms(u: np.ndarray) -> Rotation:
    return Rotation(float(u[0]), float(np.exp(u[1])), float(np.exp(u[2])))
