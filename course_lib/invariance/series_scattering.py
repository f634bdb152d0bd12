"""Scattering transform of series by kymatio: the same idea in one dimension, with several wavelets an octave if wanted."""

from __future__ import annotations

import pathlib

from numpy.typing import ArrayLike

from course_lib.basics.arguments import whole_number
from course_lib.invariance.batches import Progress, Running, checked_order, checked_scales, run, single_precision
from course_lib.invariance.kymatio_objects import Transform, numpy_1d, transform_1d
from course_lib.invariance.paths import SeriesPath
from course_lib.invariance.scattered import Scattered


def scattering_1d(
    series: ArrayLike,
    J: int,
    Q: int | tuple[int, int] = 1,
    max_order: int = 2,
    *,
    batch: int | None = None,
    device: str | None = None,
    cache: str | pathlib.Path | None = None,
    progress: Progress | None = None,
) -> Scattered:
    """Scattering coefficients of series, averaged over 2^J samples; both ends are reflected.

    Parameters
    ----------
    series : shape (B, N), real; computed in single precision.
    J : number of octaves, 2^J at most N.
    Q : wavelets an octave, in the first order or in both.
    max_order, batch, device, cache, progress : as in :func:`course_lib.invariance.scattering.scattering_2d`.

    Returns
    -------
    Scattered, values of shape (B, P, n) with n about N / 2^J; its paths are :class:`SeriesPath`

    Raises
    ------
    ValueError
        If the series are no non-empty batch of finite series, J is too large for them, or a setting is not known.
    """
    series = single_precision("series", series, 2)
    J, max_order = checked_scales(J, series.shape[1]), checked_order(max_order)
    octaves = _wavelets_an_octave(Q)
    meta = numpy_1d(series.shape[1], J, octaves, max_order).meta()
    orders = meta["order"]

    def field(name: str, row: int, kind: type) -> tuple:
        return tuple(kind(value) for value in meta[name][row, : orders[row]])

    paths = tuple(SeriesPath(field("j", row, int), field("n", row, int), field("xi", row, float)) for row in range(len(orders)))

    def build(device: str | None) -> Transform:
        return transform_1d(device, series.shape[1], J, octaves, max_order)

    settings = {"transform": "1d", "J": J, "Q": octaves, "max_order": max_order}
    return Scattered(run(series, build, settings, Running(batch, device, cache, progress)), paths)


def _wavelets_an_octave(Q: int | tuple[int, int]) -> tuple[int, int]:
    both = Q if isinstance(Q, tuple) else (Q, 1)
    if len(both) != 2:
        raise ValueError(f"Q: expected a number or two, one for each order, got {Q!r}")
    return whole_number("Q", both[0], 1), whole_number("Q", both[1], 1)
