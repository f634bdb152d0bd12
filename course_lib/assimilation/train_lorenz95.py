"""Train a ring network on Lorenz-95: ``python -m course_lib.assimilation.train_lorenz95 --observed all --dynamics known``.

The training can be interrupted at any time: what was learned is stored, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib.assimilation import lorenz95
from course_lib.assimilation.online import OnlineSettings, OnlineTraining
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_scores import cycle_scores, score
from course_lib.assimilation.ring_settings import RingSettings
from course_lib.assimilation.ring_weights import save_ring

#: Sequences on which choices are made; the shared test is for the last score alone.
VALIDATION_SEED, VALIDATION_SEQUENCES, VALIDATION_CYCLES = 77, 32, 300
#: A run ten times as long as the test: does the network stay with the truth?
LONG_SEED, LONG_SEQUENCES, LONG_CYCLES, LONG_BLOCKS = 5000, 8, 5000, 7
#: The progress of a training is recorded in so many parts.
PARTS = 100


def run(
    training: OnlineTraining,
    minutes: float | None = None,
    every: Callable[[list[float]], None] | None = None,
    losses: list[float] | None = None,
) -> list[float]:
    """Train until all cycles are done or the time is up.

    Parameters
    ----------
    training : advanced in place.
    minutes : CPU time of the whole training, those before a resumption counted; None for no limit.
    every : called with the losses after each hundredth part of the cycles.
    losses : those recorded before a resumption.

    Returns
    -------
    Mean loss of each hundredth part: NLL_b + NLL_a on cycles that the network had not seen, in nats.
    """
    losses, part = list(losses or []), []
    while not training.finished and (minutes is None or training.seconds < 60 * minutes):
        part.append(training.window())
        if training.cycle * PARTS >= (len(losses) + 1) * training.settings.cycles:
            losses.append(float(np.mean(part)))
            part = []
            if every is not None:
                every(losses)
    return losses


def record_of(training: OnlineTraining, losses: Sequence[float]) -> dict[str, Any]:
    """What is stored beside the weights of a training."""
    return {
        "training": asdict(training.settings),
        "cycles": training.cycle,
        "cpu_seconds": round(training.seconds, 1),
        "skipped": training.skipped,
        "loss": [round(value, 3) for value in losses],
        "torch": torch.__version__,
    }


def validation(observed: str) -> lorenz95.Experiment:
    """The sequences on which choices are made."""
    rng = np.random.default_rng(VALIDATION_SEED)
    return lorenz95.experiment(observed, VALIDATION_CYCLES, VALIDATION_SEQUENCES, rng)


def long_run(network: torch.nn.Module, observed: str) -> dict[str, Any]:
    """Errors of the analyses of a long run: averages over equal blocks after the burn-in, and the largest of any cycle."""
    rng = np.random.default_rng(LONG_SEED)
    experiment = lorenz95.experiment(observed, LONG_CYCLES, LONG_SEQUENCES, rng)
    error = cycle_scores(network, experiment).rmse_a[:, lorenz95.BURN_IN :]
    blocks = np.array_split(error.mean(0), LONG_BLOCKS)
    return {"blocks": [round(float(block.mean()), 4) for block in blocks], "largest": round(float(error.max()), 4)}


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Train as the command line says, and return the record that is stored."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    architecture = RingSettings(**_chosen(RingSettings, options))
    settings = OnlineSettings(**_chosen(OnlineSettings, options))
    network = RingDAN(architecture, torch.Generator().manual_seed(settings.seed))
    training, losses = OnlineTraining(network, settings, architecture.observed, options.device), []
    checkpoint = options.out.with_suffix(".pt")
    if checkpoint.exists():
        stored = torch.load(checkpoint, weights_only=True, map_location=options.device)
        training.resume(stored["training"])
        losses = stored["losses"]
        print(f"going on from {checkpoint} at cycle {training.cycle}", flush=True)

    def keep(losses: list[float]) -> None:
        _replace(checkpoint, lambda path: torch.save({"training": training.state(), "losses": losses}, path))
        save_ring(options.out, training.average, record_of(training, losses))
        done = f"cycle {training.cycle} of {settings.cycles}, {training.seconds / 60:.1f} min"
        print(f"{done}: NLL_b + NLL_a {losses[-1]:.2f}", flush=True)

    try:
        losses = run(training, options.minutes, keep, losses)
    except KeyboardInterrupt:
        print(f"interrupted at cycle {training.cycle}; the last hundredth part is trained again", flush=True)
        return record_of(training, losses)
    record = record_of(training, losses)
    record["validation"] = score(training.average, validation(architecture.observed))._asdict()
    if options.test:
        record["test"] = score(training.average, lorenz95.test_experiment(architecture.observed))._asdict()
        record["long_run"] = long_run(training.average, architecture.observed)
    save_ring(options.out, training.average, record)
    print({name: record.get(name) for name in ("cycles", "cpu_seconds", "validation", "test")}, flush=True)
    return record


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m course_lib.assimilation.train_lorenz95", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("lorenz95.npz"), help="weights; the checkpoint is beside them (.pt)")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="CPU time after which to stop, whatever is left of the cycles")
    parser.add_argument("--test", action="store_true", help="score the shared test and a long run too, once all is decided")
    for kind in (RingSettings, OnlineSettings):
        for field in fields(kind):
            several = isinstance(field.default, tuple)
            shape = {"nargs": "+", "type": int} if several else {"type": type(field.default)}
            parser.add_argument(f"--{field.name.replace('_', '-')}", default=field.default, **shape)
    return parser


def _chosen(kind: type, options: argparse.Namespace) -> dict[str, Any]:
    given = {field.name: getattr(options, field.name) for field in fields(kind)}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file beside its place, then move it there: an interruption leaves the old one whole."""
    fresh = path.with_suffix(".new")
    write(fresh)
    os.replace(fresh, path)


if __name__ == "__main__":
    main()
