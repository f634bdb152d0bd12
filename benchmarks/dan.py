"""Data assimilation networks beside the best classical filters: ``python -m benchmarks.dan``.

The linear 2-d network is trained in the run and scored on fresh sequences against the Kalman filter, which is the optimum. For
Lorenz-95 the shipped weights filter the 64 test sequences; the classical filters' scores on the same observations are stored,
and a part of them is computed again as a check. ``--dapper`` runs filters of DAPPER on some of these sequences, in an
environment of its own under ``_build/dapper``; otherwise its stored scores are shown. ``--quick`` is for the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
import torch

from course_lib.assimilation import lorenz95, ring_scores
from course_lib.assimilation.classical_filters import FILTERS, TUNING_SEED, tuning_experiment
from course_lib.assimilation.classical_lorenz95 import first_chunk, results
from course_lib.assimilation.estimates import Scores
from course_lib.assimilation.linear2d_scores import linear2d_scores
from course_lib.assimilation.linear2d_training import Settings, train_linear2d
from course_lib.assimilation.linear2d_weights import shipped as shipped_linear2d
from course_lib.assimilation.ring_weights import shipped as shipped_lorenz95
from course_lib.assimilation.systems import Experiment
from course_lib.assimilation.train_linear2d import TEST_SEED

ROOT = Path(__file__).parents[1]
DAPPER = ROOT / "benchmarks" / "dapper"
DAPPER_RESULT = DAPPER / "lorenz95.json"
#: How many of the test sequences DAPPER gets: it filters them one by one.
DAPPER_SEQUENCES, DAPPER_TUNING_CYCLES = 4, 300
#: Filters of the last line; the table shows all.
REPORTED = ("oi", "etkf_20", "etkf_40", "etkf_200", "letkf_40")
#: Filters whose first sequences are computed again: the stored table belongs to this code.
CHECKED = ("oi", "etkf_20")


def linear2d(quick: bool) -> dict[str, dict[str, float]]:
    """Scores against the Kalman filter: of a network trained now, and of the shipped one."""
    settings, size = (Settings(phases=((10, 16, 3),)), 32) if quick else (Settings(), 2048)
    trained = train_linear2d(settings)
    network, record = shipped_linear2d()
    return {
        "trained now": linear2d_scores(trained.dan, TEST_SEED, size) | {"training_seconds": trained.seconds},
        "shipped": linear2d_scores(network, TEST_SEED, size) | {"training_seconds": record["seconds"]},
    }


def networks(quick: bool, observed: str) -> tuple[Scores, float]:
    """Scores of the shipped network on the test sequences, and the seconds of the processor that its training took."""
    network, record = shipped_lorenz95(observed)
    experiment = lorenz95.test_experiment(observed)
    if quick:
        experiment = Experiment(*(part[:2] for part in experiment))
    return ring_scores.score(network, experiment), record["cpu_seconds"]


def check_stored(names: Sequence[str] = CHECKED) -> None:
    """Compute the first chunk of test sequences again and compare.

    Raises
    ------
    SystemExit
        If the stored scores are not those of this code.
    """
    for name in names:
        found, stored = first_chunk("all", name), results()["all"][name]["first_chunk"]
        if not np.allclose(found, stored, rtol=1e-4):
            raise SystemExit(f"{name}: found {found}, but {stored} is stored; run course_lib.assimilation.classical_lorenz95")


def run_dapper() -> None:
    """Make DAPPER's environment if it is not there, hand it our sequences, and store its scores."""
    place = ROOT / "_build" / "dapper"
    python = place / "venv" / "bin" / "python"
    if not python.exists():
        place.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    requirements = str(DAPPER / "requirements.txt")
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", "-r", requirements], check=True)
    np.savez(place / "sequences.npz", **dapper_input())
    subprocess.run([str(python), str(DAPPER / "run.py"), str(place / "sequences.npz"), str(DAPPER_RESULT)], check=True)


def dapper_input() -> dict[str, Any]:
    """Truth and observations of the first test sequences, those on which DAPPER tunes, and the settings."""
    test, tuning, climate = lorenz95.test_experiment(), tuning_experiment("all"), lorenz95.climate()
    arrays = {name: part[:DAPPER_SEQUENCES] for name, part in test._asdict().items()}
    arrays |= {f"tuning_{name}": part[:1] for name, part in tuning._asdict().items()}
    for name in ("tuning_states", "tuning_observations"):
        arrays[name] = arrays[name][:, :DAPPER_TUNING_CYCLES]
    numbers = {
        "time_step": lorenz95.TIME_STEP,
        "model_noise": lorenz95.MODEL_NOISE,
        "observation_noise": lorenz95.OBSERVATION_NOISE,
        "burn_in": lorenz95.BURN_IN,
        "seed": TUNING_SEED,
    }
    return arrays | climate._asdict() | numbers


def print_linear2d(found: dict[str, dict[str, float]]) -> None:
    """The first table."""
    print("Linear 2-d, fresh sequences, against the Kalman filter: ratio of RMSE_a and gap of the total NLL (nats)")
    print(f"{'':14}{'ratio 1-50':>12}{'ratio 51-200':>14}{'gap 1-50':>11}{'gap 51-200':>12}{'training':>12}")
    for name, scores in found.items():
        ratios = f"{scores['rmse_ratio_1_50']:12.4f}{scores['rmse_ratio_51_200']:14.4f}"
        gaps = f"{scores['nll_gap_1_50']:11.4f}{scores['nll_gap_51_200']:12.4f}"
        print(f"{name:14}{ratios}{gaps}{scores['training_seconds']:10.0f} s")


def print_lorenz95(observed: str, dan: Scores, seconds: float) -> None:
    """The second table, of one kind of observations: the stored filters and the network."""
    print(f"\nLorenz-95, {observed} observed: 64 sequences, cycles {lorenz95.BURN_IN + 1} to {lorenz95.TEST_CYCLES}")
    print(f"{'':38}{'RMSE_b':>8}{'RMSE_a':>8}{'NLL_b':>8}{'NLL_a':>8}   its own covariance: NLL_b, NLL_a")
    for found in (results()[observed][name] for name in FILTERS):
        own = ", ".join("infinite" if value is None else f"{value:.1f}" for value in found["sample_nll"])
        cells = "".join(f"{found[field]:8.3f}" for field in Scores._fields[:2])
        cells += "".join(f"{found[field]:8.2f}" for field in Scores._fields[2:])
        print(f"{found['label']:38}{cells}   {own}")
    cells = "".join(f"{value:8.3f}" for value in dan[:2]) + "".join(f"{value:8.2f}" for value in dan[2:])
    print(f"{'DAN, shipped weights':38}{cells}   trained for {seconds / 60:.0f} min")


def print_dapper() -> None:
    """What DAPPER reached on the same observations."""
    if not DAPPER_RESULT.exists():
        print("\nDAPPER: no stored scores; run with --dapper")
        return
    stored = json.loads(DAPPER_RESULT.read_text(encoding="utf8"))
    sequences = len(next(iter(stored["filters"].values()))["sequences"])
    print(f"\nDAPPER {stored['versions']['dapper']} on the first {sequences} of these sequences, all points observed")
    for name, found in stored["filters"].items():
        print(f"{FILTERS[name].label:38}{found['rmse_b']:8.3f}{found['rmse_a']:8.3f}   {found['settings']}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, filter, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dan", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little training and few sequences: to see that all runs")
    parser.add_argument("--dapper", action="store_true", help="run DAPPER again in an environment of its own")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    if options.dapper:
        run_dapper()
    check_stored(CHECKED[:1] if options.quick else CHECKED)
    first = linear2d(options.quick)
    print_linear2d(first)
    second = {observed: networks(options.quick, observed) for observed in lorenz95.SPACING}
    for observed, (dan, seconds) in second.items():
        print_lorenz95(observed, dan, seconds)
    print_dapper()
    print(json.dumps({"linear2d": _rounded(first["trained now"]), "lorenz95": _rounded(_lorenz95(*second["all"]))}))


def _lorenz95(dan: Scores, seconds: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in ("rmse_a", "nll_a"):
        stored = {name: results()["all"][name][field] for name in REPORTED}
        found[field] = stored | {"dan": getattr(dan, field)}
    return found | {"training_seconds": seconds}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return round(float(value), 5)


if __name__ == "__main__":
    main()
