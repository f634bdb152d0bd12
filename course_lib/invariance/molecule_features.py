"""Numbers that describe a molecule and do not change when it is moved, turned or its atoms are renumbered.

Positions have shape (..., n, 3), one atom a row, in ångström; charges are the nuclear charges, shape (n,), in units of the
elementary charge.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array

#: One bohr, the atomic unit of length, in ångström (CODATA 2022).
BOHR = 0.529177210544


def distances(positions: ArrayLike) -> np.ndarray:
    """The distance between each two atoms, shape (..., n, n), in the unit of the positions; points may have any dimension.

    Raises
    ------
    ValueError
        If the positions are not numbers with at least two axes, or not finite.

    Equation: eq-distances
    """
    positions = finite_array("positions", positions, (..., None, None))
    return np.linalg.norm(positions[..., :, None, :] - positions[..., None, :, :], axis=-1)


def sorted_distances(positions: ArrayLike) -> np.ndarray:
    """The n (n - 1) / 2 distances between atoms, in increasing order, shape (..., n (n - 1) / 2).

    Raises
    ------
    ValueError
        If the positions are not numbers with at least two axes, or not finite.

    Equation: eq-sorted-distances
    """
    matrix = distances(positions)
    return np.sort(matrix[..., *np.triu_indices(matrix.shape[-1], 1)], axis=-1)


def coulomb_matrix(charges: ArrayLike, positions: ArrayLike) -> np.ndarray:
    """Repulsion of each two nuclei, and on the diagonal half the charge to the power 2.4, all in hartree.

    Parameters
    ----------
    charges : nuclear charges, shape (n,).
    positions : shape (..., n, 3), ångström.

    Returns
    -------
    numpy.ndarray
        Shape (..., n, n).

    Raises
    ------
    ValueError
        If the shapes do not fit, a charge is not positive, or two atoms stand at one place.

    Equation: eq-coulomb-matrix
    """
    positions = finite_array("positions", positions, (..., None, 3))
    Z = finite_array("charges", charges, (positions.shape[-2],))
    if not (Z > 0).all():
        raise ValueError(f"charges: expected positive numbers, got {Z.tolist()}")
    r = distances(positions) / BOHR
    pairs = ~np.eye(len(Z), dtype=bool)
    if not (r[..., pairs] > 0).all():
        raise ValueError("positions: expected atoms at different places, got two at one place")
    C = np.broadcast_to(np.diag(0.5 * Z**2.4), r.shape).copy()
    C[..., pairs] = np.outer(Z, Z)[pairs] / r[..., pairs]
    return C


def coulomb_spectrum(charges: ArrayLike, positions: ArrayLike) -> np.ndarray:
    """The eigenvalues of the Coulomb matrix, in hartree, the largest first, shape (..., n).

    Parameters
    ----------
    charges : nuclear charges, shape (n,).
    positions : shape (..., n, 3), ångström.

    Raises
    ------
    ValueError
        If the shapes do not fit, a charge is not positive, or two atoms stand at one place.

    Equation: eq-coulomb-spectrum
    """
    return np.linalg.eigvalsh(coulomb_matrix(charges, positions))[..., ::-1]


def element_counts(charges: ArrayLike, elements: Sequence[int]) -> np.ndarray:
    """How many atoms of each element there are, shape (number of elements,).

    Parameters
    ----------
    charges : nuclear charges, shape (n,).
    elements : the charges to count, in the order of the result.

    Raises
    ------
    ValueError
        If an atom is of no listed element, or an element is listed twice.
    """
    Z, listed = finite_array("charges", charges, (None,)), finite_array("elements", elements, (None,))
    counts = (Z[:, None] == listed).sum(axis=0)
    if counts.sum() != len(Z) or len(set(listed)) < len(listed):
        raise ValueError(f"elements: expected each of {sorted(set(Z.tolist()))} exactly once, got {listed.tolist()}")
    return counts


def handedness(positions: ArrayLike) -> np.ndarray:
    """The volume, with a sign, that three atoms span with a fourth, the first: a reflection turns its sign.

    Parameters
    ----------
    positions : shape (..., n, 3) with n at least 4; the first four atoms count.

    Returns
    -------
    numpy.ndarray
        Triple product of the three vectors from the first atom to the next ones, shape (...), in the unit of length cubed.

    Raises
    ------
    ValueError
        If there are fewer than four atoms, or the positions are not finite or not in space.

    Equation: eq-triple-product
    """
    positions = finite_array("positions", positions, (..., None, 3))
    if positions.shape[-2] < 4:
        raise ValueError(f"positions: expected at least four atoms, got {positions.shape[-2]}")
    return np.linalg.det(positions[..., 1:4, :] - positions[..., :1, :])
