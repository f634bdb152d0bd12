"""What accuracy each second buys: recipes compared on the embedded molecules, and the default's learning curve.

``python -m course_lib.project.study PART`` computes one part and puts its rows into ``study.csv`` in place of those it had:

- ``cost``: recipes and grids on 1300 molecules, about 1000 for training; the finest grid alone on both kinds of split;
- ``full``: the recipes without a grid on 3000 and 921 molecules, and the default's errors by composition;
- ``curve``: the default with fewer training molecules, three draws each, on the test of ``full``;
- ``course FILE``: default and composition on another set, in five folds by composition; only scores are kept of it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from time import process_time
from typing import Any

import numpy as np

from course_lib.basics.arguments import one_of
from course_lib.project.chunks import PLAINLY, Running
from course_lib.project.densities import Grid
from course_lib.project.energy_units import EV_PER_KCAL
from course_lib.project.fitting import Kernel, Linear, Local
from course_lib.project.molecules import Molecules, compositions
from course_lib.project.motions import transformed
from course_lib.project.readers import read_extxyz
from course_lib.project.recipe_table import DEFAULT, RECIPES
from course_lib.project.recipes import FOLDS
from course_lib.project.regression import folds_without_common_groups
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.splits import group_folds, random_split, split_by_composition
from course_lib.project.study_table import FILE, Row, read_study, write, write_compositions

SEED = 0
GRIDS = {
    "24×18×16 at 1.6/Å": {"grid": Grid((24, 18, 16), 1.6)},
    "32×24×24 at 2.45/Å, order 1": {"grid": Grid(), "max_order": 1},
    "32×24×24 at 2.45/Å": {"grid": Grid()},
}
WITHOUT_GRID = ("composition", "coulomb-spectrum", "scattering-pairs", "scattering-sums", DEFAULT)


def evaluate(
    way: Linear | Kernel | Local, training: Molecules, test: Molecules, *, seed: int = SEED, cache: str | None = None
) -> tuple[list[float], np.ndarray]:
    """The last five entries of a row, and the predictions; time and rotation are those of 50 turned test molecules."""
    rng = np.random.default_rng(seed)
    elements = tuple(int(Z) for Z in np.unique(training.charges) if Z)
    folds = folds_without_common_groups(compositions(training), FOLDS, rng)
    arrays = way.fit(training, elements, folds, rng, Running(cache=cache))
    energies = way.predict(arrays, test, elements, Running(cache=cache))
    turned, start = transformed(test.select(range(50)), "rotation", rng), process_time()
    again = way.predict(arrays, turned, elements, PLAINLY)
    seconds, errors = (process_time() - start) / len(turned), energies - test.energies
    mae, rotation = np.mean(np.abs(errors)), np.sqrt(np.mean((again - energies[: len(turned)]) ** 2))
    return [float(x) for x in (seconds, mae / EV_PER_KCAL, mae, np.sqrt(np.mean(errors**2)), rotation)], energies


def splits(molecules: Molecules, test: float) -> dict[str, tuple[Molecules, Molecules]]:
    """The molecules divided at random and by composition."""
    divide: dict[str, Callable[..., Any]] = {
        "random": lambda rng: random_split(len(molecules), test, rng),
        "group": lambda rng: split_by_composition(molecules, test, rng),
    }
    return {name: tuple(map(molecules.select, by(np.random.default_rng(SEED)))) for name, by in divide.items()}


def known(training: Molecules, test: Molecules) -> Molecules:
    """The test molecules of which the training has every element."""
    return test.select(np.isin(test.charges, [0, *np.unique(training.charges)]).all(axis=1))


def cost() -> Iterable[Row]:
    """All recipes and grids on 1300 molecules."""
    everything = small_qm9()
    few = everything.select(np.sort(np.random.default_rng(SEED).permutation(len(everything))[:1300]))
    with tempfile.TemporaryDirectory() as cache:  # both regressions on one grid share its features
        for split, (training, test) in splits(few, 300 / 1300).items():
            ways = {(name, ""): RECIPES[name].way for name in WITHOUT_GRID}
            for settings, how in GRIDS.items() if split == "group" else list(GRIDS.items())[-1:]:
                ways |= {("scattering-grid-ridge", settings): Linear(features="grid-scattering", settings=how)}
                ways |= {("scattering-grid", settings): Kernel("grid-scattering", how)}
            test = known(training, test)
            for (name, settings), way in ways.items():
                scores, _ = evaluate(way, training, test, cache=cache)
                yield Row("cost", name, settings, split, len(training), len(test), SEED, *scores)


def full() -> Iterable[Row]:
    """What needs no grid on all molecules."""
    for split, (training, test) in splits(small_qm9(), 921 / 3921).items():
        for name in WITHOUT_GRID:
            scores, energies = evaluate(RECIPES[name].way, training, test)
            yield Row("full", name, "", split, len(training), len(test), SEED, *scores)
        if split == "group":
            write_compositions(compositions(test), np.abs(energies - test.energies))


def curve() -> Iterable[Row]:
    """The default with fewer training molecules."""
    for split, (training, test) in splits(small_qm9(), 921 / 3921).items():
        for count, seed in [(count, seed) for count in (100, 300, 1000) for seed in range(3)]:
            few = training.select(np.sort(np.random.default_rng(seed).permutation(len(training))[:count]))
            reached = known(few, test)
            scores, _ = evaluate(RECIPES[DEFAULT].way, few, reached, seed=seed)
            yield Row("curve", DEFAULT, "", split, count, len(reached), seed, *scores)


def course(file: str) -> Iterable[Row]:
    """Five folds by composition of the molecules in a file; a molecule with an element that its training lacks is left out."""
    molecules = read_extxyz(file)
    for seed, (train, test) in enumerate(group_folds(compositions(molecules), FOLDS)):
        training = molecules.select(train)
        reached = known(training, molecules.select(test))
        for name in ("composition", DEFAULT):
            scores, _ = evaluate(RECIPES[name].way, training, reached)
            yield Row("course", name, f"fold {seed}", "group", len(training), len(reached), SEED, *scores)


def main(part: str, *rest: str) -> None:
    """Compute a part and store it."""
    parts = {"cost": cost, "full": full, "curve": curve, "course": course}
    rows = []
    for row in one_of("part", part, parts)(*rest):
        print(*row, flush=True)
        rows.append(row)
    others = [row for row in read_study() if row.part != part] if FILE.exists() else []
    write(FILE, Row._fields, sorted(others + rows, key=lambda row: list(parts).index(row.part)))


if __name__ == "__main__":
    main(*sys.argv[1:])
