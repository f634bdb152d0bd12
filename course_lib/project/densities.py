"""Molecules as densities on a grid: a Gaussian on each atom, for nuclear charges, valence and core electrons."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from course_lib.basics.arguments import positive_number, whole_number

CHANNELS = ("nuclear", "valence", "core")
_VALENCE = {1: 1, 6: 4, 7: 5, 8: 6, 9: 7, 14: 4, 15: 5, 16: 6, 17: 7, 35: 7}
_MARGIN = 3  # widths of a Gaussian between an atom and the border: beyond them lies 0.3 % of it


@dataclass(frozen=True)
class Grid:
    """A grid about a molecule: its `shape`, the number of points to an ångström, the Gaussians' width `sigma` in points."""

    shape: tuple[int, int, int] = (32, 24, 24)
    per_angstrom: float = 2.45
    sigma: float = 1.0

    def __post_init__(self) -> None:
        if len(self.shape) != 3:
            raise ValueError(f"shape: expected three numbers of points, got {self.shape}")
        for size in self.shape:
            whole_number("shape", size, 4)
        positive_number("per_angstrom", self.per_angstrom)
        positive_number("sigma", self.sigma)

    def settings(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self)


def channel_weights(charges: np.ndarray) -> np.ndarray:
    """Nuclear charge, number of valence and of core electrons of atoms: shape (B, 3, n) for charges of shape (B, n)."""
    table = np.zeros(max(_VALENCE) + 1)
    table[list(_VALENCE)] = list(_VALENCE.values())
    valence = table[charges]
    return np.stack([charges, valence, charges - valence], axis=1).astype(float)


def aligned(charges: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Positions turned so that a molecule is longest along x and shortest along z, its box centred: it needs few points.

    Parameters
    ----------
    charges : shape (B, n), 0 for no atom.
    positions : shape (B, n, 3), Å.

    Returns
    -------
    numpy.ndarray
        Shape (B, n, 3), Å; 0 where there is no atom. The axes are those of the atoms' covariance, by which two molecules that
        differ by a rotation or reflection have equal positions but for the signs of the axes, unless two variances are equal.
    """
    here = (charges > 0)[..., None]
    centred = np.where(here, positions - positions.sum(axis=1, keepdims=True, where=here) / here.sum(axis=1, keepdims=True), 0)
    axes = np.linalg.eigh(centred.swapaxes(1, 2) @ centred)[1][..., ::-1]
    return boxed(charges, centred @ axes)


def boxed(charges: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Positions shifted so that the middle of each molecule's box is the origin; shapes as in :func:`aligned`."""
    here = (charges > 0)[..., None]
    low = np.min(positions, axis=1, keepdims=True, where=here, initial=np.inf)
    high = np.max(positions, axis=1, keepdims=True, where=here, initial=-np.inf)
    return np.where(here, positions - (low + high) / 2, 0)


def densities(charges: np.ndarray, positions: np.ndarray, grid: Grid) -> np.ndarray:
    """The channels' densities on the grid, whose middle is the origin.

    Parameters
    ----------
    charges : shape (B, n), 0 for no atom.
    positions : shape (B, n, 3), Å, such as :func:`aligned` returns.
    grid : its points and the Gaussians' width.

    Returns
    -------
    numpy.ndarray
        Shape (B, 3, M, N, O) for the three :data:`CHANNELS`; the sum over the points is the sum of the channel's weights.

    Raises
    ------
    ValueError
        If an atom is so near the border that its Gaussian would be cut off.

    Equation: eq-grid-density
    """
    _check_inside(charges, positions, grid)
    x, y, z = (
        np.exp(-0.5 * ((np.arange(size) - size // 2 - positions[..., [axis]] * grid.per_angstrom) / grid.sigma) ** 2)
        for axis, size in enumerate(grid.shape)
    )  # each (B, n, points): a Gaussian in space is a product of three
    weights = channel_weights(charges) / ((2 * np.pi) ** 1.5 * grid.sigma**3)
    left = (weights[:, :, None] * x.swapaxes(1, 2)[:, None]).reshape(len(x), -1, x.shape[1])  # (B, 3 M, n)
    right = (y[..., None] * z[:, :, None]).reshape(*x.shape[:2], -1)  # (B, n, N O)
    return (left @ right).reshape(len(x), 3, *grid.shape)


def _check_inside(charges: np.ndarray, positions: np.ndarray, grid: Grid) -> None:
    reach = np.abs(positions * grid.per_angstrom).max(axis=(0, 1), where=(charges > 0)[..., None], initial=0.0)
    needed = np.ceil(2 * (reach + _MARGIN * grid.sigma)).astype(int) + 1
    if (needed > np.array(grid.shape)).any():
        size = " × ".join(map(str, needed))
        raise ValueError(
            f"positions: a molecule is larger than the grid: {grid.per_angstrom:g} points to an ångström need {size} points, "
            f"got {' × '.join(map(str, grid.shape))}"
        )
