"""Scattering transforms by kymatio, behind one small front: of images here, of series and of densities in their own modules.

kymatio computes; the front checks what comes in, works through it in batches, names each coefficient, and keeps results on
disk by content. What kymatio does is spelled out in :mod:`course_lib.invariance.reference`.
"""

from __future__ import annotations

import pathlib

from numpy.typing import ArrayLike

from course_lib.basics.arguments import whole_number
from course_lib.invariance.batches import Progress, Running, checked_order, checked_scales, run, single_precision
from course_lib.invariance.density_scattering import scattering_3d  # noqa: F401  (the front is imported from one place)
from course_lib.invariance.kymatio_objects import Transform, transform_2d
from course_lib.invariance.paths import DensityPath, Path, SeriesPath, paths_2d, paths_3d  # noqa: F401
from course_lib.invariance.scattered import Scattered
from course_lib.invariance.series_scattering import scattering_1d  # noqa: F401


def scattering_2d(
    images: ArrayLike,
    J: int,
    L: int = 8,
    max_order: int = 2,
    *,
    batch: int | None = None,
    device: str | None = None,
    cache: str | pathlib.Path | None = None,
    progress: Progress | None = None,
) -> Scattered:
    """Scattering coefficients of images, averaged over 2^J pixels; borders are reflected.

    Parameters
    ----------
    images : shape (B, N, N), real; computed in single precision.
    J : number of scales, 2^J at most N.
    L : number of angles over half a turn.
    max_order : 1 or 2.
    batch : how many images go through at once; None chooses by their size.
    device : None for kymatio's NumPy backend, "cpu" or "cuda" for torch.
    cache : folder in which results are kept, by content; None keeps none.
    progress : called after each batch with the number of images done and of all images.

    Returns
    -------
    Scattered, values of shape (B, P, h, h) with h = N / 2^J rounded down

    Raises
    ------
    ValueError
        If the images are no non-empty batch of finite square images, J is too large for them, or a setting is not known.

    Equations: eq-scattering-0, eq-scattering-1, eq-scattering-2
    """
    images = single_precision("images", images, 3)
    if images.shape[1] != images.shape[2]:
        raise ValueError(f"images: expected square images, shape (B, N, N), got {images.shape}")
    J, L, max_order = checked_scales(J, images.shape[1]), whole_number("L", L, 1), checked_order(max_order)
    paths = paths_2d(J, L, max_order)

    def build(device: str | None) -> Transform:
        return transform_2d(device, images.shape[1], J, L, max_order)

    settings = {"transform": "2d", "J": J, "L": L, "max_order": max_order}
    return Scattered(run(images, build, settings, Running(batch, device, cache, progress)), paths)
