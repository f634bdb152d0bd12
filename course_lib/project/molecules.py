"""Molecules as arrays: nuclear charges, positions in ångström, atomisation energies in electronvolts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import pdist

from course_lib.basics.arguments import finite_array
from course_lib.project.energy_units import check_atomisation_energies

ELEMENTS = {"H": 1, "C": 6, "N": 7, "O": 8, "F": 9, "Si": 14, "P": 15, "S": 16, "Cl": 17, "Br": 35}
_SYMBOLS = {charge: symbol for symbol, charge in ELEMENTS.items()}
_CLOSEST = 0.3  # Å: less than half the shortest bond there is, that of H₂


@dataclass(frozen=True, eq=False)
class Molecules:
    """A batch of B molecules, of which the largest has n atoms. Arrays are checked, copied and made read-only.

    Parameters
    ----------
    ids : B different names.
    charges : whole nuclear charges of the atoms, shape (B, n), filled up with 0 at the end of a row; columns of 0 are cut off.
    positions : where the atoms are, in Å, shape (B, n, 3), filled up with 0.
    energies : atomisation energies in eV, shape (B,), negative for a bound molecule; None where they are not known.

    Raises
    ------
    ValueError
        If two molecules have one id, an element is not in :data:`ELEMENTS`, two atoms of a molecule are closer than 0.3 Å, a
        number is not finite, or the energies are in another unit.
    """

    ids: tuple[str, ...]
    charges: np.ndarray
    positions: np.ndarray
    energies: np.ndarray | None = None

    def __post_init__(self) -> None:
        ids = tuple(self.ids)
        if not ids or not all(isinstance(name, str) and name for name in ids) or len(set(ids)) < len(ids):
            repeated = tuple(name for i, name in enumerate(ids) if name in ids[:i])
            raise ValueError(f"ids: expected different, non-empty names, got {repeated[:3] or ids[:3]!r}")
        charges = finite_array("charges", self.charges, (len(ids), None))
        positions = finite_array("positions", self.positions, (*charges.shape, 3))
        charges = _checked_charges(ids, charges)
        positions = np.where(charges[..., None] > 0, positions[:, : charges.shape[1]], 0.0)
        for name, row, place in zip(ids, charges, positions, strict=True):
            _check_distances(name, place, np.count_nonzero(row))
        energies = None if self.energies is None else finite_array("energies", self.energies, (len(ids),)).copy()
        if energies is not None:
            check_atomisation_energies(ids, charges, energies)
        for field, value in (("ids", ids), ("charges", charges), ("positions", positions), ("energies", energies)):
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, field, value)

    def __len__(self) -> int:
        return len(self.ids)

    def atoms(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Charges (k,) and positions (k, 3) of the k atoms of molecule `i`, without the filling."""
        k = np.count_nonzero(self.charges[i])
        return self.charges[i, :k], self.positions[i, :k]

    def select(self, which: ArrayLike | slice) -> Molecules:
        """The molecules of some indices, in their order, those of a slice, or those where a mask is True."""
        rows = np.arange(len(self))[which if isinstance(which, slice) else np.asarray(which)]
        energies = None if self.energies is None else self.energies[rows]
        return Molecules(tuple(self.ids[i] for i in rows), self.charges[rows], self.positions[rows], energies)

    def without_energies(self) -> Molecules:
        """The same molecules, their energies taken away."""
        return Molecules(self.ids, self.charges, self.positions)


def from_atoms(
    ids: Iterable[str], charges: Sequence[ArrayLike], positions: Sequence[ArrayLike], energies: ArrayLike | None = None
) -> Molecules:
    """Molecules from one array of charges (k,) and one of positions (k, 3), in Å, for each; `energies` in eV, shape (B,)."""
    ids = tuple(ids)
    if not len(ids) == len(charges) == len(positions) or not ids:
        raise ValueError(
            f"ids: expected one for each molecule, got {len(ids)}, {len(charges)} charges, {len(positions)} positions"
        )
    n = max(len(row) for row in charges)
    Z, R = np.zeros((len(charges), n), dtype=int), np.zeros((len(charges), n, 3))
    for i, (name, row, place) in enumerate(zip(ids, charges, positions, strict=True)):
        Z[i, : len(row)] = row
        R[i, : len(row)] = finite_array(f"positions of {name!r}", place, (len(row), 3))
    return Molecules(ids, Z, R, energies)


def join(a: Molecules, b: Molecules) -> Molecules:
    """The molecules of two batches; energies are kept if both have them."""
    n = max(a.charges.shape[1], b.charges.shape[1])
    Z = np.concatenate([np.pad(m.charges, ((0, 0), (0, n - m.charges.shape[1]))) for m in (a, b)])
    R = np.concatenate([np.pad(m.positions, ((0, 0), (0, n - m.charges.shape[1]), (0, 0))) for m in (a, b)])
    known = a.energies is not None and b.energies is not None
    return Molecules(a.ids + b.ids, Z, R, np.concatenate([a.energies, b.energies]) if known else None)


def element_counts(molecules: Molecules, elements: Sequence[str]) -> np.ndarray:
    """How many atoms of each element the molecules have: shape (B, E) for E symbols such as "C"."""
    unknown = [symbol for symbol in elements if symbol not in ELEMENTS]
    if unknown:
        raise ValueError(f"elements: {unknown[0]!r} is not known; expected some of {', '.join(ELEMENTS)}")
    return np.stack([np.sum(molecules.charges == ELEMENTS[symbol], axis=1) for symbol in elements], axis=1)


def compositions(molecules: Molecules) -> np.ndarray:
    """The formula of each molecule, such as "C2H6O", shape (B,).

    Carbon comes first, then hydrogen, then the rest by alphabet; without carbon, all by alphabet.
    """
    counts = element_counts(molecules, list(ELEMENTS))
    return np.array([_formula(dict(zip(ELEMENTS, row, strict=True))) for row in counts.tolist()])


def heavy_atoms(molecules: Molecules) -> np.ndarray:
    """How many atoms are not hydrogen, shape (B,)."""
    return np.sum(molecules.charges > 1, axis=1)


def _formula(counts: dict[str, int]) -> str:
    first = ["C", "H"] if counts["C"] else []
    order = first + sorted(set(counts) - set(first))
    return "".join(f"{symbol}{counts[symbol] if counts[symbol] > 1 else ''}" for symbol in order if counts[symbol])


def _checked_charges(ids: tuple[str, ...], charges: np.ndarray) -> np.ndarray:
    for name, row in zip(ids, charges, strict=True):
        k = np.count_nonzero(row)
        unknown = [charge for charge in row[:k] if charge not in _SYMBOLS]
        if unknown:
            raise ValueError(
                f"charges: molecule {name!r} has an element of charge {unknown[0]:g}; known are {', '.join(ELEMENTS)}, "
                "and only the end of a row is filled up with 0"
            )
        if not k:
            raise ValueError(f"charges: molecule {name!r} has no atoms")
    return charges[:, : (charges > 0).sum(axis=1).max()].astype(int)


def _check_distances(name: str, positions: np.ndarray, k: int) -> None:
    if k > 1 and (closest := pdist(positions[:k]).min()) < _CLOSEST:
        raise ValueError(f"positions: two atoms of molecule {name!r} are {closest:.3f} Å apart, expected at least {_CLOSEST} Å")
