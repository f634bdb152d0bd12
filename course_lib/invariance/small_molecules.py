"""A few small molecules: where their atoms stand, in ångström.

Water has its measured geometry, methane and hydrogen peroxide a rounded one. That of bromochlorofluoromethane is a model:
typical bond lengths along the directions of a regular tetrahedron.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import finite_array, positive_number

_TETRAHEDRON = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / np.sqrt(3)


class Molecule(NamedTuple):
    """Nuclear charges, shape (n,), in elementary charges, and positions, shape (n, 3), in ångström."""

    charges: np.ndarray
    positions: np.ndarray


def water() -> Molecule:
    """H₂O: the oxygen, then two hydrogens at 0.9572 Å with 104.52° between them.

    Source: equilibrium geometry of the vapour; Benedict, Gailar and Plyler, Journal of Chemical Physics 24 (1956).
    """
    half = np.deg2rad(104.52) / 2
    hydrogens = 0.9572 * np.array([[np.sin(half), np.cos(half), 0], [-np.sin(half), np.cos(half), 0]])
    return Molecule(np.array([8, 1, 1]), np.vstack([np.zeros(3), hydrogens]))


def methane() -> Molecule:
    """CH₄: the carbon, then four hydrogens at 1.09 Å (rounded) in the corners of a regular tetrahedron."""
    return Molecule(np.array([6, 1, 1, 1, 1]), np.vstack([np.zeros(3), 1.09 * _TETRAHEDRON]))


def bromochlorofluoromethane(mirrored: bool = False) -> Molecule:
    """CHFClBr, or its mirror image: carbon, then hydrogen, fluorine, chlorine, bromine in the corners of a tetrahedron.

    The bonds are of typical length: 1.09, 1.36, 1.76 and 1.94 Å. The mirror image has the third coordinate turned.
    """
    bonds = np.array([1.09, 1.36, 1.76, 1.94])
    positions = np.vstack([np.zeros(3), bonds[:, None] * _TETRAHEDRON])
    return Molecule(np.array([6, 1, 9, 17, 35]), positions * [1, 1, -1 if mirrored else 1])


def hydrogen_peroxide(
    OO: float = 1.46, OH: tuple[float, float] = (0.97, 0.97), OOH: tuple[float, float] = (99, 99), torsion: float = 112
) -> Molecule:
    """H₂O₂: the two oxygens, then the hydrogen of the first and that of the second, in any shape.

    The default is the shape of the free molecule, rounded.

    Parameters
    ----------
    OO : bond between the oxygens, ångström.
    OH : the two other bonds, ångström.
    OOH : the two angles at the oxygens, degrees.
    torsion : angle between the planes O-O-H, degrees; 0 if both hydrogens stand on the same side.

    Raises
    ------
    ValueError
        If a bond is not a positive number or an angle not finite.
    """
    OO = positive_number("OO", OO)
    first, second = (positive_number("OH", float(bond)) for bond in finite_array("OH", OH, (2,)))
    a, b = np.deg2rad(finite_array("OOH", OOH, (2,)))
    t = np.deg2rad(finite_array("torsion", torsion, ()))
    H1 = first * np.array([np.cos(a), np.sin(a), 0])
    H2 = [OO, 0, 0] + second * np.array([-np.cos(b), np.sin(b) * np.cos(t), np.sin(b) * np.sin(t)])
    return Molecule(np.array([8, 8, 1, 1]), np.array([np.zeros(3), [OO, 0, 0], H1, H2]))
