"""Energies in the wrong unit, recognised by their size.

An atomisation energy is what a molecule's energy lies below that of its free atoms: about two to nine electronvolts for each
atom. A total energy lies within a few per cent of the sum of the free atoms' own, which is hundreds of times larger.
"""

from __future__ import annotations

import numpy as np

EV_PER_HARTREE = 27.211386
KCAL_PER_HARTREE = 627.5094740631
EV_PER_KCAL = EV_PER_HARTREE / KCAL_PER_HARTREE
# Energies of free atoms in hartree, by nuclear charge. H to F: B3LYP/6-31G(2df,p), as in QM9. The others are rounded, and serve
# only to tell a total energy from an atomisation energy.
FREE_ATOMS = {
    1: -0.500273, 6: -37.846772, 7: -54.583861, 8: -75.064579, 9: -99.718730,
    14: -289.4, 15: -341.3, 16: -398.1, 17: -460.1, 35: -2574.0,
}  # fmt: skip
_PER_HARTREE = {"hartree": 1.0, "eV": EV_PER_HARTREE, "kcal/mol": KCAL_PER_HARTREE, "kJ/mol": 2625.4996}
# Atomisation energy for each atom, least and greatest size of what is taken for that unit: 1 to 11 eV, about, in all of them.
_SIZES = {"hartree": (0.03, 0.5), "eV": (0.5, 14.0), "kcal/mol": (20.0, 160.0), "kJ/mol": (160.0, 1100.0)}


def free_atoms(charges: np.ndarray) -> np.ndarray:
    """The sum of the free atoms' energies, in hartree, shape (B,), for nuclear charges of shape (B, n), 0 for no atom."""
    table = np.zeros(max(FREE_ATOMS) + 1)
    table[list(FREE_ATOMS)] = list(FREE_ATOMS.values())
    return table[charges].sum(axis=1)


def recognise(charges: np.ndarray, energies: np.ndarray) -> str:
    """What energies are, judged by their size: "atomisation energies in eV" if all is well.

    Parameters
    ----------
    charges : nuclear charges, shape (B, n), 0 for no atom.
    energies : shape (B,).
    """
    ratio = np.median(energies / free_atoms(charges))
    for unit, factor in _PER_HARTREE.items():
        if 0.985 < ratio / factor < 1.05:
            return f"total energies in {unit}"
    per_atom = np.median(energies / np.count_nonzero(charges, axis=1))
    sign = "" if per_atom < 0 else " with the sign turned"
    for unit, (least, greatest) in _SIZES.items():
        if least <= abs(per_atom) < greatest:
            return f"atomisation energies in {unit}{sign}"
    return "not recognised"


def check_atomisation_energies(ids: tuple[str, ...], charges: np.ndarray, energies: np.ndarray) -> None:
    """Refuse energies that are no atomisation energies in eV.

    Raises
    ------
    ValueError
        If they are in another unit, total energies, or of the other sign, judged by the median: the message says what was
        recognised and how to convert it. Also if a single one is far off: below −14 or above 5 eV for each atom.
    """
    per_atom = energies / np.count_nonzero(charges, axis=1)
    middle, found = np.median(per_atom), recognise(charges, energies)
    # Atoms, and pairs hardly bound, may be anywhere near 0: only a set of several molecules is judged as unrecognised.
    if found not in ("atomisation energies in eV", "not recognised") or (found == "not recognised" and _odd(per_atom)):
        raise ValueError(
            "energies: expected atomisation energies in eV, about -2 to -9 for each atom, "
            f"got a median of {middle:.4g} for each atom: {found}{_hint(found)}"
        )
    if ((per_atom < -14) | (per_atom > 5)).any():
        i = int(np.argmax((per_atom < -14) | (per_atom > 5)))
        raise ValueError(f"energies: {energies[i]:.4g} eV of molecule {ids[i]!r} is {per_atom[i]:.4g} for each atom: too large")


def _odd(per_atom: np.ndarray) -> bool:
    return bool(abs(np.median(per_atom)) >= 0.5) or per_atom.size > 3


def _hint(found: str) -> str:
    if found == "not recognised":
        return ""
    kind, _, rest = found.partition(" energies in ")
    unit = rest.partition(" ")[0]
    steps = ["subtract the energies of the free atoms"] * (kind == "total") + ["turn the sign"] * ("sign" in rest)
    if unit != "eV":
        steps.append(f"multiply by {EV_PER_HARTREE / _PER_HARTREE[unit]:.6f}")
    return "; to convert, " + ", then ".join(steps)
