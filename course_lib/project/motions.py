"""What must leave a molecule's energy as it is: moving, turning, mirroring, renumbering; and two molecules far apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.spatial.transform import Rotation

from course_lib.basics.arguments import one_of, positive_number
from course_lib.project.molecules import Molecules, from_atoms

Atoms = tuple[np.ndarray, np.ndarray]
FARTHEST = 5.0  # Å along each axis


def moved(charges: np.ndarray, positions: np.ndarray, rng: np.random.Generator) -> Atoms:
    """All atoms shifted by one vector, up to 5 Å along each axis."""
    return charges, positions + rng.uniform(-FARTHEST, FARTHEST, 3)


def turned(charges: np.ndarray, positions: np.ndarray, rng: np.random.Generator) -> Atoms:
    """The molecule turned about the mean of its atoms, all rotations being equally likely."""
    centre = positions.mean(axis=0)
    return charges, Rotation.random(random_state=rng).apply(positions - centre) + centre


def mirrored(charges: np.ndarray, positions: np.ndarray, rng: np.random.Generator) -> Atoms:
    """The mirror image in a plane through the mean of the atoms, across one of the three axes.

    Nothing is turned along with it, so that a grid, which is its own mirror image, does not show here what is due to rotation.
    """
    centre, sign = positions.mean(axis=0), np.ones(3)
    sign[rng.integers(3)] = -1
    return charges, (positions - centre) * sign + centre


def renumbered(charges: np.ndarray, positions: np.ndarray, rng: np.random.Generator) -> Atoms:
    """The same atoms in random order."""
    order = rng.permutation(len(charges))
    return charges[order], positions[order]


MOTIONS: dict[str, Callable[[np.ndarray, np.ndarray, np.random.Generator], Atoms]] = {
    "translation": moved,
    "rotation": turned,
    "reflection": mirrored,
    "permutation": renumbered,
}


def transformed(molecules: Molecules, motion: str, rng: np.random.Generator) -> Molecules:
    """Each molecule after a motion of its own: "translation", "rotation", "reflection" or "permutation". Ids and energies stay.

    Raises
    ------
    ValueError
        If the motion is not known.
    """
    move = one_of("motion", motion, MOTIONS)
    charges, positions = zip(*(move(*molecules.atoms(i), rng) for i in range(len(molecules))), strict=True)
    return from_atoms(molecules.ids, charges, positions, molecules.energies)


def far_pairs(
    molecules: Molecules, pairs: Sequence[tuple[int, int]], rng: np.random.Generator, distance: float = 30.0
) -> Molecules:
    """For each pair of molecules, one that is made of both, so far apart that their energies add up.

    Parameters
    ----------
    molecules : B molecules.
    pairs : indices (i, j), P of them.
    rng : draws the direction from one to the other.
    distance : between their closest atoms at least, in Å.

    Returns
    -------
    P molecules with ids such as "a+b", and the sum of the energies if they are known.
    """
    gap = positive_number("distance", distance)
    charges, positions = zip(*(_side_by_side(molecules, i, j, gap, rng) for i, j in pairs), strict=True)
    energies = None if molecules.energies is None else [molecules.energies[i] + molecules.energies[j] for i, j in pairs]
    return from_atoms([f"{molecules.ids[i]}+{molecules.ids[j]}" for i, j in pairs], charges, positions, energies)


def _side_by_side(molecules: Molecules, i: int, j: int, gap: float, rng: np.random.Generator) -> Atoms:
    (Z, R), (Y, S) = molecules.atoms(i), molecules.atoms(j)
    R, S = R - R.mean(axis=0), S - S.mean(axis=0)
    reach = np.linalg.norm(R, axis=1).max() + np.linalg.norm(S, axis=1).max()
    direction = Rotation.random(random_state=rng).apply([0, 0, gap + reach])
    return np.concatenate([Z, Y]), np.concatenate([R, S + direction])
