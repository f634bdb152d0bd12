"""Random numbers that Python and a script in a page draw alike, so that a run seen in the page can be computed again here."""

from __future__ import annotations

import numpy as np

from course_lib.basics.arguments import whole_number


class Mulberry32:
    """T. Ettinger's generator with 32 bits of state: enough for a playground, not for research.

    It has the few methods of ``np.random.Generator`` that the playground uses.

    Parameters
    ----------
    seed : whole number, 0 ≤ seed < 2³².

    Raises
    ------
    ValueError
        If the seed is not such a number.

    Examples
    --------
    >>> Mulberry32(1).random(2)
    array([0.62707394, 0.00273572])
    """

    def __init__(self, seed: int) -> None:
        whole_number("seed", seed, least=0)
        if seed >= 2**32:
            raise ValueError(f"seed: expected a whole number below 2³², got {seed}")
        self._state = np.uint32(seed)

    def random(self, size: int | tuple[int, ...]) -> np.ndarray:
        """Uniform numbers in [0, 1), in the given shape; the last axis runs fastest."""
        with np.errstate(over="ignore"):  # 32-bit arithmetic is meant to overflow
            state = self._state + np.uint32(0x6D2B79F5) * np.arange(1, np.prod(size, dtype=int) + 1, dtype=np.uint32)
            self._state = state[-1] if state.size else self._state
            bits = (state ^ (state >> 15)) * (state | np.uint32(1))
            bits ^= bits + (bits ^ (bits >> 7)) * (bits | np.uint32(61))
        return ((bits ^ (bits >> 14)) / 2**32).reshape(size)

    def normal(self, size: int | tuple[int, ...]) -> np.ndarray:
        """Standard normal numbers in the given shape, each from two uniform ones."""
        u = self.random((np.prod(size, dtype=int), 2))
        return normal_pairs(u)[:, 0].reshape(size)

    def permutation(self, count: int) -> np.ndarray:
        """0, …, count - 1 in random order."""
        order = np.arange(count)
        for k, u in zip(range(count - 1, 0, -1), self.random(max(count - 1, 0)), strict=True):
            other = int(u * (k + 1))
            order[[k, other]] = order[[other, k]]
        return order


def normal_pairs(u: np.ndarray) -> np.ndarray:
    """Pairs of independent standard normal numbers, shape (n, 2), from pairs of uniform ones, by Box and Muller.

    Parameters
    ----------
    u : numbers in [0, 1), shape (n, 2).

    Examples
    --------
    >>> normal_pairs(np.array([[0.5, 0.0]])).round(4)
    array([[1.1774, 0.    ]])
    """
    angle = 2 * np.pi * u[:, 1]
    return np.sqrt(-2 * np.log(1 - u[:, :1])) * np.column_stack([np.cos(angle), np.sin(angle)])
