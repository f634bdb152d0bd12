"""Train the network for the linear 2-d system: ``python -m course_lib.assimilation.train_linear2d``, about two minutes.

Stores the weights beside this file with settings, seeds and scores. ``--plain`` trains the network as the exercise sheet sets
it up, for comparison; ``--study`` trains variants and stores how they fare on validation sequences.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import torch

from course_lib.assimilation.dan_weights import save_weights
from course_lib.assimilation.linear2d_scores import linear2d_scores
from course_lib.assimilation.linear2d_training import Settings, train_linear2d, train_plain
from course_lib.assimilation.linear2d_weights import FILES, shipped
from course_lib.learning.callbacks import Progress

#: Seeds of the sequences on which choices were made, and of those that were scored once, at the end.
VALIDATION_SEED, TEST_SEED = 777, 31_415
#: What the study changes in the default settings, one thing at a time.
VARIANTS: dict[str, dict[str, Any]] = {
    "started near the Kalman filter": {"start": "kalman"},
    "an eighth of the sequences": {"phases": ((50, 128, 100), (50, 512, 50), (100, 512, 50))},
    "all sequences from (3, 3)": {"turned": False},
    "two blocks in a": {"blocks": 2},
}


def study(record: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Scores on the validation sequences: of the shipped network, from its record, and of the variants, trained now."""
    table = {"as shipped": record["validation"]}
    for name, change in VARIANTS.items():
        trained = train_linear2d(replace(Settings(), **change))
        table[name] = linear2d_scores(trained.dan, VALIDATION_SEED) | {"cpu_seconds": trained.cpu_seconds}
        print(name, table[name], flush=True)
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, score and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plain", action="store_true", help="train the network of the exercise sheet instead")
    parser.add_argument("--study", action="store_true", help="train the variants and store their scores beside the weights")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)  # the matrices are small: a second thread would only wait
    if chosen.study:
        dan, record = shipped()
        save_weights(FILES["trained"], dan, record | {"study": study(record)})
        return
    trained = train_plain(callbacks=[Progress()]) if chosen.plain else train_linear2d(callbacks=[Progress()])
    settings = {"blocks": 2} if chosen.plain else asdict(Settings())
    record = settings | {
        "validation": linear2d_scores(trained.dan, VALIDATION_SEED),
        "test_seed": TEST_SEED,
        "test": linear2d_scores(trained.dan, TEST_SEED),
        "seconds": trained.seconds,
        "cpu_seconds": trained.cpu_seconds,
        "evaluations": [len(history.steps) for history in trained.histories],
        "loss": [round(value, 4) for history in trained.histories for value in history.loss],
    }
    save_weights(FILES["plain" if chosen.plain else "trained"], trained.dan, record)
    print({name: value for name, value in record.items() if name != "loss"})


if __name__ == "__main__":
    main()
