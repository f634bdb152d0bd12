"""The recipes: features and a regression under one name."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from typing import Any, NamedTuple

from course_lib.basics.arguments import one_of
from course_lib.project.features import GRID, PAIRS, SPECTRUM, SUMS
from course_lib.project.fitting import Kernel, Linear, Local, by_nothing, by_size
from course_lib.project.neighbourhoods import Neighbourhood

DEFAULT = "scattering-closed"
#: Between pairs of rare elements far apart, features of a few molecules may be zero but for their last digits.
LEAST_SPREAD = 1e-6


class Recipe(NamedTuple):
    """A recipe in words, and how it is fitted and predicts."""

    description: str
    way: Linear | Kernel | Local


RECIPES = {
    "mean": Recipe("the mean of the training energies", Linear(by_nothing)),
    "atoms": Recipe("linear in the number of atoms", Linear(by_size)),
    "composition": Recipe("linear in the number of atoms of each element", Linear()),
    "coulomb-spectrum": Recipe("Gaussian kernel of the Coulomb matrix's eigenvalues", Kernel("coulomb-spectrum", SPECTRUM)),
    "scattering-grid-ridge": Recipe("ridge on kymatio's scattering", Linear(features="grid-scattering", settings=GRID)),
    "scattering-grid": Recipe("Gaussian kernel of kymatio's scattering", Kernel("grid-scattering", GRID)),
    "scattering-pairs": Recipe(
        "ridge on integrals of squared moduli, in closed form",
        Linear(features="pair-integrals", settings=PAIRS, least_spread=LEAST_SPREAD),
    ),
    "scattering-sums": Recipe(
        "ridge on powers of moduli, in closed form, summed over the atoms",
        Linear(features="atom-sums", settings=SUMS, least_spread=LEAST_SPREAD),
    ),
    "scattering-closed": Recipe(
        "kernel of what each atom sees of the others' scattering, in closed form", Local(Neighbourhood(), references=2000)
    ),
}
"""All recipes by name. From "composition" on, each is linear in the number of atoms of each element besides."""


def settings_of(recipe: str) -> str:
    """All settings of a recipe, as text: a stored model belongs to these and no others."""

    def plain(value: Any) -> Any:
        return asdict(value) if is_dataclass(value) else value.__name__

    return json.dumps(one_of("recipe", recipe, RECIPES).way, default=plain, sort_keys=True)
