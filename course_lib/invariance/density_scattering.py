"""Scattering transform of densities in space by kymatio: solid harmonic wavelets, whose moduli are blind to rotations."""

from __future__ import annotations

import pathlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import positive_number, whole_number
from course_lib.invariance.batches import Progress, Running, checked_order, run, single_precision
from course_lib.invariance.kymatio_objects import Transform, transform_3d
from course_lib.invariance.paths import paths_3d
from course_lib.invariance.scattered import Scattered


def scattering_3d(
    densities: ArrayLike,
    J: int,
    L: int = 3,
    max_order: int = 2,
    *,
    sigma: float = 1.0,
    powers: Sequence[float] = (0.5, 1.0, 2.0),
    batch: int | None = None,
    device: str | None = None,
    cache: str | pathlib.Path | None = None,
    progress: Progress | None = None,
) -> Scattered:
    """Solid harmonic scattering of densities in space, integrated over all of it: blind to translations and rotations.

    Parameters
    ----------
    densities : shape (B, M, N, O), real, periodic; computed in single precision.
    J : largest scale; there are J + 1, the j-th of `sigma` times 2^j voxels, the largest not above the shortest side.
    L : largest degree of the harmonics.
    max_order : 1 or 2.
    sigma : width of the finest wavelet, in voxels.
    powers : positive powers to which each modulus, and for order 0 the size of the density itself, is raised before the sum.
    batch, device, cache, progress : as in :func:`course_lib.invariance.scattering.scattering_2d`.

    Returns
    -------
    Scattered, values of shape (B, P); its paths are :class:`DensityPath`

    Raises
    ------
    ValueError
        If the densities are no non-empty batch of finite arrays, J is too large for them, or a setting is not known.

    Equation: eq-solid-harmonic-scattering
    """
    densities = single_precision("densities", densities, 4)
    J, L, max_order, sigma = (
        whole_number("J", J, 0),
        whole_number("L", L, 0),
        checked_order(max_order),
        positive_number("sigma", sigma),
    )
    if sigma * 2**J > min(densities.shape[1:]):
        raise ValueError(
            f"J: the largest wavelet, sigma 2^J = {sigma * 2**J:g}, exceeds the shortest side of {densities.shape[1:]}"
        )
    if not len(powers):
        raise ValueError("powers: expected at least one power, got none")
    powers = tuple(positive_number("powers", power) for power in powers)

    def build(device: str | None) -> Transform:
        transform = transform_3d(device, densities.shape[1:], J, L, sigma, powers, max_order)

        def with_order_zero(density: np.ndarray) -> np.ndarray:
            size = np.abs(density.astype(float))
            zero = np.stack([np.sum(size**power, axis=(1, 2, 3)) for power in powers], axis=1)
            return np.concatenate([zero, transform(density).reshape(len(density), -1)], axis=1)

        return with_order_zero

    settings = {"transform": "3d", "J": J, "L": L, "max_order": max_order, "sigma": sigma, "powers": powers}
    return Scattered(
        run(densities, build, settings, Running(batch, device, cache, progress)), paths_3d(J, L, powers, max_order)
    )
