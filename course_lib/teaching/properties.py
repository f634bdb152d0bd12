"""What the questions of several exercise sheets have in common: readable random numbers, and comparisons that never raise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def numbers(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Halves between −3 and 3 without zero, in an array of the given shape.

    >>> bool((numbers(np.random.default_rng(0), 4, 5) != 0).all())
    True
    """
    return rng.choice([-0.5, 0.5], shape) * rng.integers(1, 7, shape)


def differs(found: np.ndarray, expected: np.ndarray, tolerance: float = 1e-6) -> tuple[int, ...] | None:
    """Where `found` is farthest from `expected`, or None if that is nowhere more than the tolerance."""
    gap = np.abs(np.asarray(found) - expected)
    if gap.max() <= tolerance * (1 + np.abs(expected).max()):
        return None
    return tuple(int(i) for i in np.unravel_index(np.argmax(gap), gap.shape))


def slopes(function: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-2) -> np.ndarray:
    """Slopes of a smooth function along each entry of x, by central differences of fourth order; exact for cubics.

    >>> slopes(lambda x: float(x[0] ** 2 * x[1]), np.array([1.0, 3.0])).round(6)
    array([6., 1.])
    """
    found = np.empty(x.shape)
    for place in np.ndindex(x.shape):
        change = np.zeros(x.shape)
        change[place] = step
        near, far = (function(x + t * change) - function(x - t * change) for t in (1, 2))
        found[place] = (8 * near - far) / (12 * step)
    return found
