"""How much a residual r = ŷ − y costs: each derivative stands directly under its function."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import one_of


class Loss(NamedTuple):
    """Cost ρ(r) of a residual, applied to each element, and its derivative ρ′(r)."""

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]


LOSSES = {
    "square": Loss(
        lambda r: r * r,
        lambda r: 2 * r,
    ),
    "absolute": Loss(
        lambda r: np.abs(r),
        lambda r: np.sign(r),  # 0 at the kink
    ),
    "huber": Loss(  # a parabola up to |r| = 1, its tangents beyond
        lambda r: np.where(np.abs(r) <= 1, r * r / 2, np.abs(r) - 0.5),
        lambda r: np.clip(r, -1, 1),
    ),
}


def loss_function(name: str) -> Loss:
    """Cost of a residual called `name`.

    Parameters
    ----------
    name : one of "square", "absolute", "huber".

    Returns
    -------
    The pair ``value(r)`` and ``slope(r)``; both take and return arrays of one shape.

    Raises
    ------
    ValueError
        If there is no such loss; the message lists the known ones.

    Equation: eq-losses
    """
    return one_of("loss", name, LOSSES)
