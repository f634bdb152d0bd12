"""Four emulators of an atmospheric column, and what their layers cost: ``python -m benchmarks.trust``.

The shipped networks (five seeds of each kind) are scored on columns that no training and no choice has seen, in the climate of
the training and in one whose surface is 4 K warmer. Errors are in standard deviations of the outputs, violations of the three
budgets in W/m²; both are root mean squares. ``--quick`` is for the tests.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
import torch

from benchmarks.backprop import measure
from course_lib.trust.column_scores import column_scores
from course_lib.trust.column_weather import Samples, weather_samples
from course_lib.trust.column_weights import chosen_penalty, load_emulators
from course_lib.trust.emulators import Emulator
from course_lib.trust.train_column import TEST_SEED, WARM_SEED

BATCH = 256
Emulators = dict[str, list[Emulator]]


def compared() -> Emulators:
    """The four kinds of the table; of the penalties, the one that validation chose."""
    emulators, record = load_emulators()
    chosen = {"none": "none", "penalty": chosen_penalty(record), "completion": "completion", "projection": "projection"}
    print(f"penalty: {chosen['penalty'].split()[1]}, the strongest that raises the validation error by at most 5 %")
    return {name: emulators[stored] for name, stored in chosen.items()}


def scored(emulators: Emulators, samples: Samples) -> dict[str, dict[str, float]]:
    """Means over the seeds of the error, and of the violation in both precisions."""
    table = {}
    for name, seeds in emulators.items():
        single = [column_scores(emulator, samples) for emulator in seeds]
        double = [column_scores(emulator, samples, torch.float64) for emulator in seeds]
        table[name] = {
            "rmse": float(np.mean([score.error for score in single])),
            "violation": float(np.mean([score.violation for score in single])),
            "violation_float64": float(np.mean([score.violation for score in double])),
        }
    return table


def times(emulators: Emulators, x: torch.Tensor, turns: int) -> dict[str, list[float]]:
    """Microseconds of a forward pass with a batch `x`, one for each turn."""

    def pass_through(emulator: Emulator) -> Any:
        def run() -> torch.Tensor:
            with torch.no_grad():
                return emulator(x)

        return run

    runs = {name: pass_through(seeds[0]) for name, seeds in emulators.items()}
    measure(runs, 2, dict.fromkeys(runs, 20))  # nothing is set up any more once the clock counts
    found = measure(runs, turns, dict.fromkeys(runs, 20))
    return {name: [1000 * value for value in values] for name, values in found.items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Score, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trust", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few samples and turns: to see that all runs")
    quick = parser.parse_args(arguments).quick
    torch.set_num_threads(1)
    emulators = compared()
    columns, visits = (4, 3) if quick else (100, 40)
    usual = weather_samples(columns, visits, np.random.default_rng(TEST_SEED))
    warm = weather_samples(columns, visits, np.random.default_rng(WARM_SEED), warming=4)
    table, warmer = scored(emulators, usual), scored(emulators, warm)
    batch = torch.tensor(usual.x[:BATCH], dtype=torch.float32)
    microseconds = {name: median(values) for name, values in times(emulators, batch, 2 if quick else 60).items()}

    print(
        f"{'':12}{'error':>8}{'ratio':>8}{'violation':>12}{'float64':>11}{'4 K warmer: error':>20}{'violation':>12}{'time':>11}"
    )
    for name, scores in table.items():
        ratio = scores["rmse"] / table["none"]["rmse"]
        cells = f"{scores['rmse']:8.4f}{ratio:8.3f}{scores['violation']:12.2g}{scores['violation_float64']:11.2g}"
        cells += f"{warmer[name]['rmse']:20.4f}{warmer[name]['violation']:12.2g}{microseconds[name]:8.0f} µs"
        print(f"{name:12}{cells}")
    print(
        f"errors in standard deviations, violations in W/m², float32 but for one column; time: a forward pass of {len(batch)}"
    )
    last = {
        name: {
            "rmse": round(scores["rmse"], 5),
            "violation": float(f"{scores['violation']:.3g}"),
            "microseconds": round(microseconds[name], 1),
        }
        for name, scores in table.items()
    }
    print(json.dumps(last))


if __name__ == "__main__":
    main()
