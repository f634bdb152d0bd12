"""By how much predictions break what every energy keeps: four invariances, and extensivity.

Each number is a root mean square over molecules, in eV: 0 for a model that has the property built in. It does not say how good
the energies are: a model that always says 0 is perfect here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from course_lib.basics.arguments import finite_array
from course_lib.project.molecules import Molecules
from course_lib.project.motions import MOTIONS, far_pairs, transformed

Predict = Callable[[Molecules], np.ndarray]


@dataclass(frozen=True)
class PhysicalScore:
    """Violations in eV, root mean squares over molecules; `extensivity` is NaN if there were no predictions for pairs."""

    translation: float
    rotation: float
    reflection: float
    permutation: float
    extensivity: float

    @property
    def symmetry(self) -> float:
        """The largest of the four violations of an invariance."""
        return max(getattr(self, motion) for motion in MOTIONS)


def physical_score(predict: Predict, molecules: Molecules, rng: np.random.Generator, distance: float = 30.0) -> PhysicalScore:
    """Violations of a model, measured on molecules that are moved and paired here, at random.

    Parameters
    ----------
    predict : the model: a function from :class:`~course_lib.project.molecules.Molecules` to energies in eV, shape (B,).
    molecules : at least two; their energies are taken away before the model sees them.
    rng : draws motions and pairs.
    distance : between the molecules of a pair, in Å.

    Raises
    ------
    ValueError
        If there is one molecule only, or the predictions are not B finite numbers. A ValueError that the model itself raises
        for pairs, which may be larger than its grid, makes the extensivity NaN; any other of its errors comes through.
    """
    if len(molecules) < 2:
        raise ValueError("molecules: expected at least two, to make pairs of, got one")
    bare = molecules.without_energies()
    first = _predicted(predict, bare)
    violations = {motion: rms(_predicted(predict, transformed(bare, motion, rng)) - first) for motion in MOTIONS}
    order = rng.permutation(len(bare))
    pairs = list(zip(order.tolist(), np.roll(order, 1).tolist(), strict=True))
    together = far_pairs(bare, pairs, rng, distance)
    try:
        energies = predict(together)
    except ValueError:  # as documented: a grid that is too small for two
        return PhysicalScore(**violations, extensivity=np.nan)
    apart = np.array([first[i] + first[j] for i, j in pairs])
    return PhysicalScore(**violations, extensivity=rms(finite_array("predict(pairs)", energies, apart.shape) - apart))


def score_of_copies(
    energies: Mapping[str, float], copies: Sequence[tuple[str, str, str]], pairs: Sequence[tuple[str, str, str]]
) -> PhysicalScore:
    """Violations shown by a table of predictions alone, for molecules that are in it more than once.

    Parameters
    ----------
    energies : prediction in eV of each id; those of pairs may be missing.
    copies : (motion, id of the molecule, id of its moved copy).
    pairs : (id of the pair, ids of its two molecules).
    """
    violations = {
        motion: rms([energies[copy] - energies[original] for kind, original, copy in copies if kind == motion])
        for motion in MOTIONS
    }
    given = [energies[pair] - energies[a] - energies[b] for pair, a, b in pairs if pair in energies]
    return PhysicalScore(**violations, extensivity=rms(given) if given else np.nan)


def rms(differences: Sequence[float] | np.ndarray) -> float:
    """Root of the mean square; a ValueError for an empty list."""
    return float(np.sqrt(np.mean(np.square(finite_array("differences", differences, (None,))))))


def _predicted(predict: Predict, molecules: Molecules) -> np.ndarray:
    return finite_array("predict(molecules)", predict(molecules), (len(molecules),))
