"""How the networks for the linear 2-d system are trained: short sequences from all around the circle, then longer ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import DAN, gaussian_dan
from course_lib.assimilation.dan_training import train_full_bptt
from course_lib.assimilation.linear2d_network import MEMORY, KnownStart, gated_network, known_start_loss
from course_lib.learning.history import History


@dataclass(frozen=True)
class Settings:
    """How the network is trained; the defaults are those of the shipped weights.

    Parameters
    ----------
    phases : steps, number of sequences and iterations of L-BFGS, phase by phase, each on sequences of its own.
    blocks, start : of `gated_network`.
    turned : whether the sequences start all around the circle, or all at (3, 3).
    history_size : of L-BFGS.
    seed : of the first weights; the sequences of phase k get the seed 1000 (1 + seed) + k.
    """

    phases: tuple[tuple[int, int, int], ...] = ((50, 1024, 100), (50, 4096, 50), (100, 4096, 50))
    blocks: int = 6
    start: str = "persistence"
    turned: bool = True
    history_size: int = 100
    seed: int = 0


class Trained(NamedTuple):
    """A network, the history of each phase, and what the training took: seconds on the clock, and of the processor."""

    dan: DAN
    histories: list[History]
    seconds: float
    cpu_seconds: float


def train_linear2d(settings: Settings = Settings(), callbacks: Sequence[Any] = (), device: str = "cpu") -> Trained:
    """Train a network for the linear 2-d system from new random numbers.

    Parameters
    ----------
    settings : how.
    callbacks : of `train_full_bptt`, called in each phase.
    device : where to train; the network is returned there.

    Equations: eq-dan-cost, eq-known-start
    """
    clock, processor = perf_counter(), process_time()
    rng = torch.Generator().manual_seed(settings.seed)
    model = KnownStart(gated_network(rng, blocks=settings.blocks, start=settings.start))
    histories = []
    for number, (steps, size, iterations) in enumerate(settings.phases):
        data = sequences(steps, size, 1000 * (1 + settings.seed) + number, turned=settings.turned)
        histories.append(
            train_full_bptt(
                model,
                data,
                iterations=iterations,
                loss=known_start_loss,
                history_size=settings.history_size,
                callbacks=callbacks,
                device=device,
            )
        )
        if histories[-1].interrupted:
            break
    return Trained(model.finished(), histories, perf_counter() - clock, process_time() - processor)


def train_plain(seed: int = 0, iterations: int = 1000, callbacks: Sequence[Any] = ()) -> Trained:
    """Train as the exercise sheet does: 2⁷ sequences of 50 steps, h_0 = 0, blocks that start as the identity, L-BFGS.

    First c alone learns the density of x_0, then everything is trained.

    Parameters
    ----------
    seed : of the first weights; the sequences have the seed 1000 (1 + seed).
    iterations : of L-BFGS after the pre-training.
    callbacks : of `train_full_bptt`.

    Equations: eq-dan-cost, eq-dan-maps
    """
    clock, processor = perf_counter(), process_time()
    dan = gaussian_dan(2, 2, MEMORY, 2, 2, torch.Generator().manual_seed(seed))
    data = [torch.tensor(array) for array in linear2d.experiment(50, 2**7, 1000 * (1 + seed))]
    train_full_bptt(dan.c, data[:1], iterations=100, loss=lambda c, initial: -c(dan.h0).log_prob(initial).mean())
    history = train_full_bptt(dan, data, iterations=iterations, callbacks=callbacks)
    return Trained(dan, [history], perf_counter() - clock, process_time() - processor)


def sequences(steps: int, size: int, seed: int, *, turned: bool) -> list[torch.Tensor]:
    """Initial states, states, observations, and the mean of x_0 of each sequence, shape (size, 2).

    With `turned`, sequence k and its mean are turned around the origin by the angle 2πk / size: the system has no preferred
    direction, so turned sequences are as likely as the others.

    Equation: eq-turned
    """
    data = linear2d.experiment(steps, size, seed)
    angle = 2 * np.pi * np.arange(size) / size * turned
    turn = np.stack([np.stack([np.cos(angle), np.sin(angle)], -1), np.stack([-np.sin(angle), np.cos(angle)], -1)], -2)
    arrays = [data.initial[:, None], data.states, data.observations, np.tile(linear2d.START, (size, 1, 1))]
    initial, states, observations, mean = (torch.tensor(array @ turn.mT) for array in arrays)
    return [initial[:, 0], states, observations, mean[:, 0]]
