"""Scattering of molecules on a grid, by kymatio: integrals over space of the moduli of both orders, at several powers."""

from __future__ import annotations

import numpy as np

from course_lib.invariance.density_scattering import scattering_3d
from course_lib.project.densities import Grid, aligned, boxed, densities

POWERS = (0.5, 1.0, 2.0, 3.0)


def grid_scattering(
    charges: np.ndarray,
    positions: np.ndarray,
    *,
    grid: Grid,
    J: int = 2,
    L: int = 3,
    powers: tuple[float, ...] = POWERS,
    max_order: int = 2,
    align: bool = True,
) -> np.ndarray:
    """Solid harmonic scattering of the three channels' densities, orders 0 to 2.

    Parameters
    ----------
    charges : shape (B, n), 0 for no atom.
    positions : shape (B, n, 3), Å.
    grid : points and width; the finest wavelet is as wide as the Gaussians.
    J, L, powers, max_order : as in :func:`course_lib.invariance.density_scattering.scattering_3d`.
    align : whether molecules are turned along the grid's axes first; without it they are only shifted to its middle.

    Returns
    -------
    numpy.ndarray
        Shape (B, 3 P): the P coefficients of each channel.

    Raises
    ------
    ValueError
        If a molecule is larger than the grid, or a setting is not known.
    """
    places = aligned(charges, positions) if align else boxed(charges, positions)
    fields = densities(charges, places, grid)
    values = scattering_3d(fields.reshape(-1, *grid.shape), J, L, max_order, sigma=grid.sigma, powers=powers).values
    return values.reshape(len(charges), -1)
