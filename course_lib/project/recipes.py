"""Recipes fitted to molecules with energies, applied to others, and stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.basics.arguments import finite_array, one_of
from course_lib.basics.stored import read_arrays
from course_lib.project.chunks import Progress, Running
from course_lib.project.features import check_elements
from course_lib.project.molecules import Molecules, compositions, from_atoms
from course_lib.project.recipe_table import DEFAULT, RECIPES, settings_of
from course_lib.project.regression import folds_without_common_groups

FOLDS = 5


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted recipe: its name, the nuclear charges of the elements it knows, and its numbers."""

    recipe: str
    elements: tuple[int, ...]
    arrays: dict[str, np.ndarray]

    def predict(
        self, molecules: Molecules, *, jobs: int = 1, cache: Any = None, progress: Progress | None = None
    ) -> np.ndarray:
        """Atomisation energies in eV, shape (B,); energies that the molecules may carry are not looked at.

        Parameters
        ----------
        molecules : B molecules.
        jobs, cache, progress : as in :func:`fit`.

        Raises
        ------
        ValueError
            If a molecule has an element that was not in the training, or is larger than the recipe's grid.
        """
        check_elements(molecules, self.elements)
        way = one_of("recipe", self.recipe, RECIPES).way
        return way.predict(self.arrays, molecules.without_energies(), self.elements, Running(jobs, cache, progress))

    def save(self, file: str | Path) -> None:
        """Write the model as plain arrays, ``.npz``."""
        named = {f"array {name}": array for name, array in self.arrays.items()}
        with Path(file).open("wb") as stream:
            np.savez_compressed(
                stream, recipe=self.recipe, elements=np.array(self.elements), settings=settings_of(self.recipe), **named
            )


def fit(
    molecules: Molecules,
    name: str = DEFAULT,
    *,
    rng: np.random.Generator,
    jobs: int = 1,
    cache: str | Path | None = None,
    progress: Progress | None = None,
) -> Model:
    """A recipe fitted to molecules, what it leaves open chosen by cross-validation in which folds share no composition.

    Parameters
    ----------
    molecules : training molecules with energies.
    name : one of :data:`RECIPES`.
    rng : draws what a recipe draws, such as the molecules from which references are taken.
    jobs : processes, −1 for as many as there are cores.
    cache : folder in which features of whole molecules are kept, or None.
    progress : called with the numbers of molecules done and in all, once or more often for each pass over them, or None.

    Raises
    ------
    ValueError
        If the name is not known, the molecules have no energies, or there are fewer than 10.
    """
    way = one_of("name", name, RECIPES).way
    if molecules.energies is None:
        raise ValueError("molecules: expected energies to fit to, got none")
    if len(molecules) < 10:
        raise ValueError(f"molecules: expected at least 10 to fit to, got {len(molecules)}")
    elements = tuple(int(Z) for Z in np.unique(molecules.charges) if Z)
    folds = folds_without_common_groups(compositions(molecules), FOLDS, rng)
    return Model(name, elements, way.fit(molecules, elements, folds, rng, Running(jobs, cache, progress)))


def load(file: str | Path) -> Model:
    """A model from a file that :meth:`Model.save` wrote. Nothing pickled is read.

    Raises
    ------
    ValueError
        If the file is no such model, is of a recipe with other settings, or holds numbers that are not finite.
    OSError
        If the file cannot be opened.
    """
    stored = read_arrays(file)
    try:
        arrays = {key.removeprefix("array "): array for key, array in stored.items() if key.startswith("array ")}
        recipe, settings = str(stored["recipe"]), str(stored["settings"])
        elements = tuple(int(Z) for Z in stored["elements"].ravel())
        expected = settings_of(recipe)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"file: {file} is no model: {error}") from error
    if settings != expected:
        raise ValueError(f"file: {file} was fitted with other settings of {recipe}; fit it again")
    for name, array in arrays.items():
        if array.dtype.kind != "f" or np.isnan(array).any():
            raise ValueError(f"file: {file} has no finite numbers in {name!r}")
    return _tried(Model(recipe, elements, arrays), file)


def _tried(model: Model, file: str | Path) -> Model:
    """The model, if it has an energy for a single atom of each of its elements: a part that is missing or misshapen shows."""
    try:
        each = model.elements
        atoms = from_atoms([str(Z) for Z in each], [[Z] for Z in each], [np.zeros((1, 3)) for _ in each])
        finite_array("energies", model.predict(atoms), (len(each),))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(f"file: {file} is no whole model: {error}") from error
    return model
