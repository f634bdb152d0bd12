"""Train the emulators of the column: ``python -m course_lib.trust.train_column``, about five minutes.

Each kind is trained from five seeds in the same way; seeds decide first weights and order of the samples. Learning rate, number
of epochs and width were chosen for the network without a law, on validation samples. Weights, settings and validation scores
are stored beside this file.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from course_lib.learning.callbacks import LearningRate
from course_lib.learning.training import train
from course_lib.trust.column_scores import column_scores
from course_lib.trust.column_weather import Samples, weather_samples
from course_lib.trust.column_weights import FILE, save_emulators
from course_lib.trust.emulators import Emulator, EmulatorLoss, Units, units_of

#: Seeds of the samples: to learn from, to choose by, and two that are kept for the end, in the usual and in a warmer climate.
TRAIN_SEED, VALIDATION_SEED, TEST_SEED, WARM_SEED = 0, 1, 2, 3
COLUMNS, VISITS, SEEDS = 400, 40, 5
EPOCHS, BATCH_SIZE, LEARNING_RATE = 40, 128, 0.01
ALPHAS = (0.01, 0.1, 0.5, 0.9, 0.99)
#: Outputs that the exact layer completes. `best_split` proposes dq3, F_sfc, P; of the splits whose factors are at most about
#: one, three were tried, and this one had the least validation error. The proposal is trained and shown beside it.
SPLIT = ("dT3", "F_sfc", "P")
LOW_SPLIT = ("dT1", "r1", "P")  # what happens at the ground


def models() -> dict[str, dict[str, Any]]:
    """Name → how the emulator is built and trained: its kind, the share α of the penalty, the outputs that are completed."""
    plain: dict[str, Any] = {"kind": "none", "alpha": 0.0, "residual": ()}
    table = {"none": plain} | {f"penalty {alpha:g}": plain | {"alpha": alpha} for alpha in ALPHAS}
    table["completion"] = plain | {"kind": "completion", "residual": SPLIT}
    table["completion as proposed"] = plain | {"kind": "completion"}
    table["projection"] = plain | {"kind": "projection"}
    table["completion at the ground"] = plain | {"kind": "completion", "residual": LOW_SPLIT}
    return table


def training_samples(columns: int = COLUMNS, visits: int = VISITS) -> Samples:
    """The samples from which all emulators learn."""
    return weather_samples(columns, visits, np.random.default_rng(TRAIN_SEED))


def train_emulator(
    units: Units, samples: Samples, kind: str, alpha: float, residual: Sequence[str], seed: int, epochs: int = EPOCHS
) -> Emulator:
    """An emulator, trained in single precision by Adam with a learning rate that falls along half a cosine.

    Parameters
    ----------
    units : those of the samples.
    samples : to learn from.
    kind, residual : as in `Emulator`.
    alpha : share of the penalty in the loss.
    seed : decides first weights and order of the samples.
    epochs : passes through the samples.
    """
    rng = torch.Generator().manual_seed(seed)
    emulator = Emulator(units, kind, rng, residual)
    data = [torch.tensor(part, dtype=torch.float32) for part in samples]
    steps = max(1, epochs * -(-len(samples.x) // BATCH_SIZE))

    def falling(k: int) -> float:
        return LEARNING_RATE * max(0.5 * (1 + np.cos(np.pi * k / steps)), 1e-3)

    optimizer = torch.optim.Adam(emulator.parameters(), lr=LEARNING_RATE)
    options = {"batch_size": BATCH_SIZE, "epochs": epochs, "rng": rng, "callbacks": [LearningRate(falling)]}
    train(emulator, EmulatorLoss(units, alpha), data, optimizer=optimizer, **options)
    return emulator


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score on validation samples, store."""
    argparse.ArgumentParser(prog="python -m course_lib.trust.train_column", description=__doc__).parse_args(arguments)
    torch.set_num_threads(1)  # the matrices are small: a second thread would only wait
    samples = training_samples()
    validation = weather_samples(COLUMNS // 4, VISITS, np.random.default_rng(VALIDATION_SEED))
    units, trained, scores, start = units_of(samples), {}, {}, time.process_time()
    for name, how in models().items():
        trained[name] = [train_emulator(units, samples, **how, seed=seed) for seed in range(SEEDS)]
        found = [column_scores(emulator, validation) for emulator in trained[name]]
        scores[name] = {"error": [score.error for score in found], "violation": [score.violation for score in found]}
        print(name, scores[name], flush=True)
    record = {
        "models": models(),
        "seeds": {"train": TRAIN_SEED, "validation": VALIDATION_SEED, "weights": list(range(SEEDS))},
        "samples": {"columns": COLUMNS, "visits": VISITS},
        "training": {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE},
        "validation": scores,
        "cpu_seconds": round(time.process_time() - start),
    }
    save_emulators(FILE, units, trained, record)


if __name__ == "__main__":
    main()
