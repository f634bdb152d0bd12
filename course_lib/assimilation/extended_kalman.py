"""The extended Kalman filter: the Kalman filter with the model's derivative at the estimate in place of a matrix."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.estimates import Estimates
from course_lib.assimilation.observed import forecast_step, missing_apart, sequences
from course_lib.assimilation.recursions import symmetric
from course_lib.assimilation.static import kalman_gain
from course_lib.assimilation.systems import System
from course_lib.basics.arguments import covariance, finite_array, positive_number
from course_lib.basics.gaussians import Gaussian

#: The derivative of a model's step at x in the direction dx, for arrays of shape (..., n) that are broadcast together.
TangentLinear = Callable[[np.ndarray, np.ndarray], np.ndarray]


def extended_kalman_filter(
    system: System, tangent_linear: TangentLinear, observations: ArrayLike, start: Gaussian, inflation: float = 1.0
) -> Estimates:
    """Mean by the model, covariance by the model's derivative along the mean.

    Parameters
    ----------
    system : the model, its noise and its observations.
    tangent_linear : derivative of the model's step.
    observations : shape (B, T, p); NaN for what is missing.
    start : mean and covariance of the state at time 0.
    inflation : factor of the forecast's standard deviations; their covariance is multiplied by its square.

    Returns
    -------
    Estimates, with covariances of shape (B, T, n, n).

    Raises
    ------
    ValueError
        If shapes do not fit, `inflation` is not positive, or the estimate runs off to infinity.

    Equation: eq-extended-kalman
    """
    H, root, R, y = sequences(system, observations)
    n = H.shape[1]
    x = np.broadcast_to(finite_array("start", start.mean, (n,)), (len(y), n))
    P = np.broadcast_to(covariance("start", start.covariance, n), (len(y), n, n))
    factor, Q = positive_number("inflation", inflation) ** 2, root @ root.T
    records: list[list[np.ndarray]] = [[], [], [], []]
    for t in range(y.shape[1]):
        Mt = tangent_linear(x[:, None], np.eye(n))  # row i: what becomes of an error at point i, so this is M transposed
        x = forecast_step(system.step, x, t + 1)
        P = symmetric(factor * (Mt.swapaxes(-1, -2) @ P @ Mt + Q))
        records[0].append(x)
        records[1].append(P)
        known, H_t, R_t = missing_apart(y[:, t], H, R)
        gain = kalman_gain(P, H_t, R_t)
        x = x + (gain @ (known - (H_t @ x[..., None])[..., 0])[..., None])[..., 0]
        # (I − K H) P (I − K H)ᵀ + K R Kᵀ stays positive definite whatever the rounding
        left = np.eye(n) - gain @ H_t
        P = symmetric(left @ P @ left.swapaxes(-1, -2) + gain @ R_t @ gain.swapaxes(-1, -2))
        records[2].append(x)
        records[3].append(P)
    return Estimates(*(np.stack(record, axis=1) for record in records))
