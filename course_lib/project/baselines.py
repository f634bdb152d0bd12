"""The recipes to beat: what is known of an energy without, or almost without, looking at the geometry."""

from __future__ import annotations

import numpy as np

from course_lib.project.molecules import Molecules
from course_lib.project.recipes import fit

BASELINES = ("mean", "atoms", "composition", "coulomb-spectrum")


def baseline_predictions(
    training: Molecules, test: Molecules, *, rng: np.random.Generator, jobs: int = 1
) -> dict[str, np.ndarray]:
    """What each baseline, fitted to the training molecules, says of the test molecules' energies, in eV, shape (B,).

    Parameters
    ----------
    training : molecules with energies.
    test : molecules of the same elements.
    rng : source of randomness.
    jobs : processes.

    Raises
    ------
    ValueError
        As :func:`course_lib.project.recipes.fit` and :meth:`course_lib.project.recipes.Model.predict`.
    """
    return {name: fit(training, name, rng=rng, jobs=jobs).predict(test, jobs=jobs) for name in BASELINES}
