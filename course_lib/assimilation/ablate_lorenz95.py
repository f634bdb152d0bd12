"""What each part of the ring network contributes: ``python -m course_lib.assimilation.ablate_lorenz95`` trains it without.

Every variant has the same short training, with the same seed, and is scored on the validation sequences. The table is stored
beside the weights.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch

from course_lib.assimilation import lorenz95
from course_lib.assimilation.flat_dan import FlatDAN
from course_lib.assimilation.online import OnlineSettings, OnlineTraining
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_scores import score
from course_lib.assimilation.ring_settings import RingSettings
from course_lib.assimilation.train_lorenz95 import run, validation
from course_lib.basics.arguments import one_of

FILE = Path(__file__).parent / "weights" / "lorenz95-ablations.csv"
#: The training that all variants share.
TRAINING = OnlineSettings(cycles=2000, horizons=(3,), seed=1)


class Variant(NamedTuple):
    """A network and its training, and what is different about it; architecture None is the fully connected network."""

    label: str
    architecture: RingSettings | None = RingSettings()
    training: OnlineSettings = TRAINING


VARIANTS = {
    "ring": Variant("the ring network, model known"),
    "no_step": Variant("no Kalman step in the analysis", RingSettings(update="learned")),
    "horizon_1": Variant("differentiated through 1 cycle", training=replace(TRAINING, horizons=(1,))),
    "horizon_8": Variant("differentiated through 8 cycles", training=replace(TRAINING, horizons=(8,))),
    "diagonal": Variant("diagonal covariances", RingSettings(bandwidth=0)),
    "no_memory": Variant("memory: the mean alone", RingSettings(channels=1)),
    "one_block": Variant("one block instead of three", RingSettings(blocks=1)),
    "learned": Variant("model not known, no Kalman step", RingSettings(dynamics="learned", update="learned")),
    "flat": Variant("the same without symmetry", None),
}


def network(variant: Variant) -> torch.nn.Module:
    """The untrained network of a variant; the fully connected one has the memory and the blocks of the course's exercise."""
    rng = torch.Generator().manual_seed(variant.training.seed)
    if variant.architecture is None:
        return FlatDAN(lorenz95.SIZE, lorenz95.SIZE, 20 * lorenz95.SIZE, 10, 1, rng)
    return RingDAN(variant.architecture, rng)


def measure(name: str) -> dict[str, Any]:
    """Train one variant and score it: a row of the table.

    Raises
    ------
    ValueError
        If there is no variant of that name.
    """
    variant = one_of("name", name, VARIANTS)
    training = OnlineTraining(network(variant), variant.training)
    run(training)
    found = score(training.average, validation("all"))._asdict()
    parameters = sum(weight.numel() for weight in training.network.parameters())
    numbers = {"parameters": parameters, "cycles": training.cycle, "cpu_seconds": round(training.seconds)}
    return {"name": name, "label": variant.label, **{key: round(value, 4) for key, value in found.items()}, **numbers}


def stored() -> dict[str, dict[str, Any]]:
    """The stored table: name → row."""
    with FILE.open(newline="", encoding="utf8") as stream:
        rows = list(csv.DictReader(stream))
    return {row["name"]: {key: _number(value) for key, value in row.items()} for row in rows}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def main() -> None:
    """Measure the variants named on the command line, all by default, and put their rows into the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(VARIANTS))
    torch.set_num_threads(1)
    for name in parser.parse_args().names:
        rows = stored() if FILE.exists() else {}
        rows[name] = measure(name)
        with FILE.open("w", newline="", encoding="utf8") as stream:
            table = csv.DictWriter(stream, list(rows[name]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows[key] for key in VARIANTS if key in rows)
        print(rows[name], flush=True)


if __name__ == "__main__":
    main()
