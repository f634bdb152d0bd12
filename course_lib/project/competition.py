"""A competition made from molecules with energies: which of them students train on, and what the test hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import numpy as np

from course_lib.basics.arguments import one_of, whole_number
from course_lib.project.molecules import Molecules, compositions, heavy_atoms
from course_lib.project.motions import MOTIONS, far_pairs, transformed
from course_lib.project.splits import Split, random_split, split_by_composition, split_by_group, split_by_size
from course_lib.project.truth import Truth


@dataclass(frozen=True)
class Parts:
    """The molecules of a competition under new ids, which tell nothing of where they come from."""

    train: Molecules
    public: Molecules
    private: Molecules
    copies: dict[str, Molecules]  # of the first public molecules, one batch for each motion
    pairs: Molecules
    sources: dict[str, str]  # the old id of each molecule


def _by_size(molecules: Molecules, test: float, rng: np.random.Generator) -> Split:
    """The largest molecules for the test: as many sizes as come closest to the share."""
    sizes = heavy_atoms(molecules)
    bounds = np.unique(sizes)[:-1]
    if not len(bounds):
        raise ValueError("split: expected molecules of different sizes, but all have the same number of heavy atoms")
    shares = np.array([np.mean(sizes > bound) for bound in bounds])
    return split_by_size(molecules, int(bounds[np.argmin(np.abs(shares - test))]))


SPLITS = {
    "composition": split_by_composition,
    "random": lambda molecules, test, rng: random_split(len(molecules), test, rng),
    "size": _by_size,
}


def divide(molecules: Molecules, rng: np.random.Generator, split: str, test: float, checked: int) -> Parts:
    """Training, public and private test, and the copies and pairs that show what a submission breaks of physics.

    Parameters
    ----------
    molecules : with energies.
    rng : draws all parts, motions and ids.
    split : how the test is chosen: "composition", "random" or "size"; its two halves share no composition in any case.
    test : the test's share of the molecules.
    checked : how many public molecules get a copy for each of the four motions; as many pairs of them are made.

    Raises
    ------
    ValueError
        If there are no energies, or too few molecules or compositions for all parts.
    """
    if molecules.energies is None:
        raise ValueError("molecules: expected energies, to train on and to score with; there are none")
    train, rest = one_of("split", split, SPLITS)(molecules, test, rng)
    private, public = (rest[part] for part in split_by_group(compositions(molecules)[rest], 0.5, rng))
    if (checked := min(whole_number("checked", checked, 2), len(public))) < 2:
        raise ValueError("test: expected at least two public molecules, for the checks; ask for a larger share")
    names = iter([f"m{number:06d}" for number in rng.permutation(len(molecules) + len(MOTIONS) * checked) + 1])
    anyhow = _in_any_pose(molecules, rng)
    rows = [train, rng.permutation(public), private]
    sides = [_renamed(anyhow.select(part), names) for part in rows]
    new = [name for side in sides for name in side.ids]
    sources = {name: molecules.ids[i] for name, i in zip(new, np.concatenate(rows), strict=True)}
    chosen = sides[1].select(np.arange(checked))
    copies = {motion: _renamed(transformed(chosen, motion, rng), names) for motion in MOTIONS}
    pairs = far_pairs(chosen, [(i, (i + 1) % checked) for i in range(checked)], rng)
    return Parts(*sides, copies, _renamed(pairs, iter([f"pair-{i + 1:03d}" for i in range(checked)])), sources)


def truth_of(parts: Parts, settings: Mapping[str, str | int | float]) -> Truth:
    """What the test hides, of the parts that it was made of."""
    chosen = parts.public.ids[: len(parts.pairs)]
    copies = [(motion, *ids) for motion, batch in parts.copies.items() for ids in zip(chosen, batch.ids, strict=True)]
    pairs = zip(parts.pairs.ids, chosen, (*chosen[1:], chosen[0]), strict=True)
    return Truth(energies_of(parts.public), energies_of(parts.private), tuple(copies), tuple(pairs), settings)


def energies_of(molecules: Molecules) -> dict[str, float]:
    """Energy of each id, sorted by id, so that the order tells nothing."""
    return dict(sorted(zip(molecules.ids, molecules.energies.tolist(), strict=True)))


def _in_any_pose(molecules: Molecules, rng: np.random.Generator) -> Molecules:
    """All molecules in random places, turned and renumbered, so that a copy does not look different from the others."""
    for motion in ("permutation", "rotation", "translation"):
        molecules = transformed(molecules, motion, rng)
    return molecules


def _renamed(molecules: Molecules, names: Iterator[str]) -> Molecules:
    return Molecules(tuple(islice(names, len(molecules))), molecules.charges, molecules.positions, molecules.energies)
