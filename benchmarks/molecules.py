"""Energies of molecules: the default recipe trained on one file and scored on another, with the baselines beside it.

Without files it takes the embedded molecules, split so that no composition is on both sides. Seconds are those that a
prediction takes, features included, for each molecule of the test, on one process; the training is timed as a whole.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from time import perf_counter

import numpy as np

from course_lib.project.molecules import Molecules, compositions
from course_lib.project.readers import read_extxyz
from course_lib.project.recipe_table import DEFAULT, RECIPES
from course_lib.project.recipes import fit
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.splits import split_by_composition

TEST_SHARE = 921 / 3921

#: The recipes to beat: what is known of an energy without, or almost without, looking at the geometry.
BASELINES = ("mean", "atoms", "composition", "coulomb-spectrum")


def arguments(given: list[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.molecules", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", help="training molecules: extended xyz with energies in eV in the comment lines, or .gz")
    parser.add_argument("--test", help="the molecules to predict, in the same form")
    parser.add_argument("--recipe", default=DEFAULT, choices=sorted(RECIPES), help=f"instead of {DEFAULT}")
    parser.add_argument("--seed", type=int, default=0, help="of the split and of what a recipe draws")
    options = parser.parse_args(given)
    if (options.data is None) != (options.test is None):
        parser.error("--data and --test go together")
    return options


def sets(options: argparse.Namespace) -> tuple[Molecules, Molecules]:
    """Training and test molecules."""
    if options.data is None:
        molecules = small_qm9()
        train, test = split_by_composition(molecules, TEST_SHARE, np.random.default_rng(options.seed))
        return molecules.select(train), molecules.select(test)
    found = []
    for option in ("data", "test"):
        molecules = read_extxyz(getattr(options, option))
        if molecules.energies is None:
            raise ValueError(f"--{option}: expected energies in the comment lines, energy=…, got none")
        found.append(molecules)
    return found[0], found[1]


def without_strangers(training: Molecules, test: Molecules) -> Molecules:
    """The test molecules of which each element is in the training; of the others nothing can be said, and it says so."""
    strange = ~np.isin(test.charges, [0, *np.unique(training.charges)]).all(axis=1)
    if strange.all():
        raise ValueError("--test: each molecule has an element that no training molecule has")
    if strange.any():
        names = ", ".join(np.array(test.ids)[strange][:5])
        print(f"LEFT OUT of all scores: {strange.sum()} test molecules with an element that is not in the training ({names})")
    return test.select(~strange)


def scores(energies: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Root mean square and mean absolute error."""
    return float(np.sqrt(np.mean((energies - truth) ** 2))), float(np.mean(np.abs(energies - truth)))


def measure(name: str, training: Molecules, test: Molecules, seed: int) -> dict[str, float]:
    """Errors in eV and times in seconds of one recipe."""
    start = perf_counter()
    model = fit(training, name, rng=np.random.default_rng(seed))
    fitted = perf_counter()
    rmse, mae = scores(model.predict(test), test.energies)
    times = {"training": fitted - start, "each": (perf_counter() - fitted) / len(test)}
    return {"rmse": rmse, "mae": mae, "expected": float(model.arrays["left_out_mae"]), **times}


def main(given: list[str] | None = None) -> None:
    """Train, predict, print."""
    options = arguments(given)
    training, everything = sets(options)
    test = without_strangers(training, everything)
    known = np.isin(compositions(test), compositions(training))
    print(f"{len(training)} molecules for training, {len(test)} for the test, {known.sum()} of a composition in training")
    print(f"{'recipe':24}{'RMSE eV':>10}{'MAE eV':>10}{'kcal/mol':>10}{'CV MAE':>10}{'training s':>12}{'ms each':>10}")
    found = {}
    for name in dict.fromkeys((*BASELINES, options.recipe)):
        found[name] = row = measure(name, training, test, options.seed)
        print(f"{name:24}{row['rmse']:10.4f}{row['mae']:10.4f}{row['mae'] * 23.0605:10.3f}{row['expected']:10.4f}", end="")
        print(f"{row['training']:12.1f}{row['each'] * 1e3:10.2f}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    print(f"MAE in kcal/mol beside eV; CV MAE: in training, folds that share no composition; peak memory {peak:.0f} MB")
    best = found[options.recipe]
    result = {"rmse_ev": best["rmse"], "mae_ev": best["mae"], "seconds_per_molecule": best["each"]}
    result |= {"training_seconds": best["training"], "peak_mb": peak}
    result = {name: float(f"{value:.4g}") for name, value in result.items()}
    baselines = {name: round(found[name]["rmse"], 4) for name in BASELINES}
    counted = {"recipe": options.recipe, "training": len(training), "test": len(test), "left_out": len(everything) - len(test)}
    print(json.dumps(result | {"baselines_rmse_ev": baselines} | counted))


if __name__ == "__main__":
    try:
        main()
    except ValueError as error:
        raise SystemExit(f"benchmarks.molecules: {error}") from error
