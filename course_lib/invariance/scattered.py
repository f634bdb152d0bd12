"""Scattering coefficients together with the paths that they belong to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import whole_number
from course_lib.invariance.paths import DensityPath, Path, SeriesPath


class Scattered(NamedTuple):
    """Scattering coefficients of a batch of signals, and the paths that they belong to.

    `values` are in single precision, shape (B, P, h, w) for B images, (B, P, n) for B series, (B, P) for B densities; `paths`
    are P, in the same order.
    """

    values: np.ndarray
    paths: tuple[Path, ...] | tuple[SeriesPath, ...] | tuple[DensityPath, ...]

    def mean(self) -> np.ndarray:
        """Averages over all positions, shape (B, P), in double precision."""
        return self.values.mean(axis=tuple(range(2, self.values.ndim)), dtype=float)

    def order(self, m: int) -> Scattered:
        """Only the paths of order `m`; none, if there are none.

        Raises
        ------
        ValueError
            If `m` is not a whole number, at least 0.
        """
        m = whole_number("m", m, least=0)
        kept = [index for index, path in enumerate(self.paths) if path.order == m]
        return Scattered(self.values[:, kept], tuple(self.paths[index] for index in kept))
