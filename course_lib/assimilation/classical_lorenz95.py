"""Scores of the classical filters on the test sequences of Lorenz-95, stored beside this file.

``python -m course_lib.assimilation.classical_lorenz95`` makes ``classical_lorenz95.json`` again, in a few minutes on one core.
"""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

from course_lib.assimilation import classical_filters, lorenz95
from course_lib.assimilation.classical_filters import FILTER_SEED, FILTERS, Filter, as_density, estimate, tune
from course_lib.assimilation.estimates import Scores, mean_score, score
from course_lib.assimilation.systems import Experiment
from course_lib.basics.arguments import one_of

FILE = Path(__file__).with_suffix(".json")
CHUNK = 8  #: sequences that are filtered together: their covariances fit into the memory


def evaluate(method: Filter, choice: dict[str, Any], observed: str) -> dict[str, Any]:
    """Scores on the test sequences, chunk by chunk, their mean and its standard error."""
    experiment = lorenz95.test_experiment(observed)
    parts, raw = [], []
    for k, start in enumerate(range(0, lorenz95.TEST_SEQUENCES, CHUNK)):
        part = score_part(method, choice, observed, experiment, start, FILTER_SEED + 1 + k)
        parts.append(part[0])
        raw.append(part[1])
    errors = np.std(parts, axis=0, ddof=1) / np.sqrt(len(parts))
    return {
        **mean_score(parts)._asdict(),
        "standard_error": dict(zip(Scores._fields, errors.round(4).tolist(), strict=True)),
        "sample_nll": [mean_score(raw).nll_b, mean_score(raw).nll_a],
        "first_chunk": list(parts[0]),
    }


def score_part(
    method: Filter, choice: dict[str, Any], observed: str, experiment: Experiment, start: int, seed: int
) -> tuple[Scores, Scores]:
    """Scores of one chunk of sequences: with the tuned densities, and with the filter's own covariances as they are."""
    rows = slice(start, start + CHUNK)
    found = estimate(method, choice, observed, experiment.observations[rows], seed)
    states = experiment.states[rows]
    return score(as_density(found, choice), states, lorenz95.BURN_IN), score(found, states, lorenz95.BURN_IN)


def first_chunk(observed: str, name: str) -> Scores:
    """Scores of a filter on the first sequences of the test, computed again with the stored settings."""
    experiment, choice = lorenz95.test_experiment(observed), stored_choice(observed, name)
    return score_part(FILTERS[name], choice, observed, experiment, 0, FILTER_SEED + 1)[0]


@cache
def results() -> dict[str, Any]:
    """What is stored: settings, tuning and scores; ``results()["all"]["etkf_40"]["rmse_a"]``, and for "half" likewise.

    None stands for an infinite negative log-likelihood.
    """
    return json.loads(FILE.read_text(encoding="utf8"))


def stored_choice(observed: str, name: str) -> dict[str, Any]:
    """The settings that tuning has found for a filter, matrices unfolded from the two rows that are stored.

    Raises
    ------
    ValueError
        If `observed` or the filter's name is not known.
    """
    choice = one_of("name", name, one_of("observed", observed, {key: results()[key] for key in lorenz95.SPACING}))["choice"]
    return {key: _unfolded(value) if isinstance(value, list) else value for key, value in choice.items()}


def main() -> None:
    """Tune, score, print and store."""
    stored: dict[str, Any] = {"settings": _settings()}
    for observed in lorenz95.SPACING:
        stored[observed] = {}
        for name, method in FILTERS.items():
            begin = process_time()
            choice, trials = tune(method, observed)
            found = evaluate(method, choice, observed)
            seconds = process_time() - begin
            stored[observed][name] = {
                "label": method.label,
                **found,
                "choice": {key: _plain(value) for key, value in choice.items()},
                "trials": trials,
                "cpu_seconds": round(seconds, 1),
            }
            line = " ".join(f"{found[field]:8.3f}" for field in Scores._fields)
            print(f"{observed:5}{method.label:38}{line}  {seconds:6.1f} s", flush=True)
    FILE.write_text(json.dumps(_finite(stored), indent=1, allow_nan=False) + "\n", encoding="utf8")


def _settings() -> dict[str, Any]:
    return {
        "test": {"seed": lorenz95.TEST_SEED, "sequences": lorenz95.TEST_SEQUENCES, "cycles": lorenz95.TEST_CYCLES},
        "tuning": {
            "seed": classical_filters.TUNING_SEED,
            "sequences": classical_filters.TUNING_SEQUENCES,
            "cycles": classical_filters.TUNING_CYCLES,
        },
        "burn_in": lorenz95.BURN_IN,
        "spin_up": lorenz95.SPIN_UP,
        "filter_seed": FILTER_SEED,
        "numpy": np.__version__,
    }


def _plain(value: Any) -> Any:
    """Of a matrix that repeats itself along the ring, the two rows that say all."""
    return value[:2].tolist() if isinstance(value, np.ndarray) else value


def _unfolded(rows: list[list[float]]) -> np.ndarray:
    return np.array([np.roll(rows[i % 2], i - i % 2) for i in range(lorenz95.SIZE)])


def _finite(value: Any) -> Any:
    """The same with None for what is infinite: JSON has no word for that."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and math.isinf(value) else value


if __name__ == "__main__":
    main()
