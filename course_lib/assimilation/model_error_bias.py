"""What one turn of the alternation makes of an assumed model error variance: theory for long series of a rotation.

In coordinates that turn with the model, M is the identity, and the differences y_t − M y_{t-1} = η_t + ε_t − M ε_{t-1} have the
spectrum q* + r s(ω) with s(ω) = 2 − 2 cos ω. A smoother that assumes q multiplies it by the square of q / (q + r s).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from course_lib.basics.arguments import positive_number


def point_map(q: float, q_true: float, r: float) -> float:
    """The variance that regression on the most probable trajectory returns where the smoother assumes the variance q.

    Parameters
    ----------
    q, q_true : assumed and true variance of a component of the model error.
    r : variance of a component of the observation error, known to the smoother.

    Examples
    --------
    >>> round(point_map(1.0, 1.0, 1.0), 4)  # 1 / √5
    0.4472

    Equation: eq-point-map
    """
    q, q_true, r = _checked(q, q_true, r)
    width = q * q + 4 * q * r
    return q * q * ((q_true - q) * (q + 2 * r) / width**1.5 + width**-0.5)


def em_map(q: float, q_true: float, r: float) -> float:
    """The variance that an EM step returns where the smoother assumes the variance q; arguments as in `point_map`.

    Equation: eq-em-map
    """
    q, q_true, r = _checked(q, q_true, r)
    return q + q * q * (q_true - q) * (q + 2 * r) / (q * q + 4 * q * r) ** 1.5


def seen_share(q: float, r: float) -> float:
    """Share of the model error's variance that is found again in the increments of the most probable trajectory.

    Parameters
    ----------
    q, r : true variances of a component of the model and of the observation error, both known to the smoother.

    Equation: eq-seen-share
    """
    return 1 / np.sqrt(1 + 4 * positive_number("r", r) / positive_number("q", q))


def point_limit(q_true: float, r: float) -> float:
    """Where repeated regression on the most probable trajectory ends: the fixed point of `point_map`.

    Equation: eq-point-limit
    """
    u_true = positive_number("q_true", q_true) / positive_number("r", r)
    # With u = q / r, a fixed point solves u*(u + 2) + 2u = √u (u + 4)^(3/2); the left side wins at 0, the right side at u*.
    u = brentq(lambda u: u_true * (u + 2) + 2 * u - np.sqrt(u) * (u + 4) ** 1.5, 0.0, u_true, xtol=1e-300, rtol=1e-12)
    return float(u * r)


def _checked(q: float, q_true: float, r: float) -> tuple[float, float, float]:
    return positive_number("q", q), positive_number("q_true", q_true), positive_number("r", r)
