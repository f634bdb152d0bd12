"""Question of the exercise sheet: the rotation of the linear 2-d system."""

from __future__ import annotations

import numpy as np

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Question


@np.errstate(all="ignore")
def _fault(theta: float, M: np.ndarray) -> str | None:
    if differs(M @ M.T, np.eye(2)) is not None:
        return "M does not keep lengths: M Mᵀ should be the identity."
    turned = M @ np.array([1.0, 0.0])  # clockwise: the first axis goes down
    if differs(turned, np.array([np.cos(theta), -np.sin(theta)])) is not None:
        return f"M should take (1, 0) to (cos θ, −sin θ); with θ = {theta:.4g}, yours takes it to {turned.round(4).tolist()}."
    if np.linalg.det(M) < 0:
        return "M mirrors: its determinant is −1. A rotation has the determinant 1."
    return SINGLE if in_single_precision(M) else None


def _matrix(theta: float, sign: float = 1.0) -> np.ndarray:
    c, s = np.cos(theta), sign * np.sin(theta)
    return np.array([[c, s], [-s, c]])


QUESTIONS = {
    "rotation": Question(
        function="rotation(theta)",
        draw=lambda rng: {"theta": float(np.pi / rng.integers(20, 200))},
        returns={"M": lambda theta: (2, 2)},
        fault=_fault,
        misconceptions={
            "it turns the wrong way, or stands transposed: here the minus belongs to the sine below the diagonal.": (
                lambda theta: _matrix(theta, -1.0)
            ),
            "θ is taken for degrees. It is in radians.": lambda theta: _matrix(np.deg2rad(theta)),
        },
        praise="M turns the plane clockwise and keeps lengths, in double precision.",
    ),
}
