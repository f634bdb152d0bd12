"""The playground's data sets and features, as the script of its page has them: the same seed gives the same points."""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import one_of
from course_lib.learning.mulberry import Mulberry32, normal_pairs

#: Number of points of every data set, for training and test together.
COUNT = 400

FEATURES = {
    "x1": lambda x: x[:, 0],
    "x2": lambda x: x[:, 1],
    "x1^2": lambda x: x[:, 0] ** 2,
    "x2^2": lambda x: x[:, 1] ** 2,
    "x1 x2": lambda x: x[:, 0] * x[:, 1],
    "sin x1": lambda x: np.sin(x[:, 0]),
    "sin x2": lambda x: np.sin(x[:, 1]),
}

#: Data sets with a number as target; the others have the classes -1 and 1.
REGRESSION = ("plane", "bumps")


def spinodal_temperature(volume: np.ndarray) -> np.ndarray:
    """Temperature below which a van der Waals fluid of this volume is unstable, both in units of the critical point.

    Equation: eq-spinodal
    """
    return (3 * volume - 1) ** 2 / (4 * volume**3)


def data_set(name: str, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and targets.

    Parameters
    ----------
    name : "circle", "xor", "spiral", "gaussians", "waals", "plane" or "bumps".
    noise : standard deviation of the displacement that each coordinate gets after the target is fixed.
    seed : of the generator.

    Returns
    -------
    Points, shape (COUNT, 2), and targets, shape (COUNT, 1).

    Raises
    ------
    ValueError
        If there is no such data set or the seed is no whole number from 0 to 2³² - 1.
    """
    rng = Mulberry32(seed)
    draw = one_of("data", name, _DATA)
    x, y = draw(rng.random((COUNT, 2)), 1.0 - 2 * (np.arange(COUNT) % 2))
    x = x + noise * rng.normal((COUNT, 2))
    order = rng.permutation(COUNT)
    return x[order], y[order, None]


def features(x: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Chosen functions of the points x, shape (N, 2), as columns."""
    return np.column_stack([one_of("features", name, FEATURES)(x) for name in names])


def _polar(r: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.column_stack([r * np.sin(angle), r * np.cos(angle)])


def _xor(u, sign):
    x = 0.94 * (10 * u - 5)
    x = x + np.where(x < 0, -0.3, 0.3)
    return x, np.where(x[:, 0] * x[:, 1] < 0, -1.0, 1.0)


def _waals(u, sign):
    x = 10 * u - 5
    return x, np.where(0.8 + 0.06 * x[:, 1] < spinodal_temperature(1.75 + 0.25 * x[:, 0]), 1.0, -1.0)


def _bumps(u, sign):
    x = 10 * u - 5
    corners = {(2.5, 2.5): 1, (-2.5, 2.5): -1, (-2.5, -2.5): 1, (2.5, -2.5): -1}
    return x, sum(height * np.exp(-np.sum((x - corner) ** 2, axis=1) / 4) for corner, height in corners.items())


# Each takes two uniform numbers a point, shape (COUNT, 2), and a sign that alternates from point to point.
_DATA = {
    "circle": lambda u, sign: (_polar(np.where(sign > 0, 2.5 * u[:, 0], 3.5 + 1.5 * u[:, 0]), 2 * np.pi * u[:, 1]), sign),
    "xor": _xor,
    "spiral": lambda u, sign: (_polar(5 * u[:, 0], 3.5 * np.pi * u[:, 0] + np.where(sign > 0, 0, np.pi)), sign),
    "gaussians": lambda u, sign: (normal_pairs(u) + 2 * sign[:, None], sign),
    "waals": _waals,
    "plane": lambda u, sign: (10 * u - 5, np.sum(10 * u - 5, axis=1) / 10),
    "bumps": _bumps,
}
