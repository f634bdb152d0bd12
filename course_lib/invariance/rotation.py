"""Averages of scattering coefficients over rotations of the image.

A rotation by a multiple of π/L moves every angle index of a path by the same number. What it cannot change is the mean over
all such moves, and the difference between the two angles of an order-2 path.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array
from course_lib.invariance.paths import Path


class RotationAveraged(NamedTuple):
    """Averages `values`, shape (..., F), with their `names`, F texts."""

    values: np.ndarray
    names: tuple[str, ...]


def rotation_averaged(features: ArrayLike, paths: tuple[Path, ...], relative: bool = True) -> RotationAveraged:
    """Scattering coefficients averaged over all rotations by multiples of π/L.

    Parameters
    ----------
    features : one coefficient for each path, shape (..., P), such as ``Scattered.mean()``.
    paths : the P paths; if one is there, so must be all that differ from it by a rotation.
    relative : keep the difference of the angles of an order-2 path, θ₂ − θ₁ modulo L, as an index; without it, order 2 is
        averaged over both angles, which leaves 1 + J + J (J - 1) / 2 features.

    Raises
    ------
    ValueError
        If the features are not finite or not one for each path, or some rotated path is missing.

    Equations: eq-rotation-average-1, eq-rotation-average-2

    Examples
    --------
    >>> from course_lib.invariance.paths import paths_2d
    >>> rotation_averaged(np.arange(9.0), paths_2d(2, L=2)).names
    ('S0', 'S1(j=0)', 'S1(j=1)', 'S2(j=0,1 δ=0)', 'S2(j=0,1 δ=1)')
    >>> rotation_averaged(np.arange(9.0), paths_2d(2, L=2), relative=False).values
    array([0. , 1.5, 3.5, 6.5])
    """
    features = finite_array("features", features, (..., len(paths)))
    angles = len({theta for path in paths for theta in path.theta})
    members: dict[str, list[int]] = {}
    for index, path in enumerate(paths):
        members.setdefault(_name(path, angles, relative), []).append(index)
    for name, indices in members.items():
        order = paths[indices[0]].order
        expected = angles ** (order if not relative else min(order, 1))
        if len({paths[index] for index in indices}) != expected:
            raise ValueError(f"paths: {name} needs {expected} angles to be averaged over, got {len(indices)}")
    means = [features[..., indices].mean(axis=-1) for indices in members.values()]
    return RotationAveraged(np.stack(means, axis=-1), tuple(members))


def _name(path: Path, angles: int, relative: bool) -> str:
    """What stays of a path's name under rotations."""
    if path.order == 0:
        return path.name
    scales = ",".join(map(str, path.j))
    if path.order == 1 or not relative:
        return f"S{path.order}(j={scales})"
    return f"S2(j={scales} δ={(path.theta[1] - path.theta[0]) % angles})"
