"""Scores of networks that filter Lorenz-95, cycle by cycle and on average."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from course_lib.assimilation import lorenz95
from course_lib.assimilation.estimates import Scores
from course_lib.assimilation.systems import Experiment
from course_lib.basics.arguments import whole_number


class CycleScores(NamedTuple):
    """For each sequence and cycle, arrays (batch, T): ‖mean − x‖ / √n and −log q(x), of forecasts (b) and analyses (a)."""

    rmse_b: np.ndarray
    rmse_a: np.ndarray
    nll_b: np.ndarray
    nll_a: np.ndarray

    def averages(self, burn_in: int = lorenz95.BURN_IN) -> Scores:
        """Means over all sequences and the cycles from `burn_in` on.

        Equations: eq-rmse-norms, eq-nll-mean
        """
        return Scores(*(float(value[:, burn_in:].mean()) for value in self))


@torch.no_grad()
def cycle_scores(network: nn.Module, experiment: Experiment) -> CycleScores:
    """Run a network over an experiment and compare each density with the truth.

    Parameters
    ----------
    network : has `start(size)`, `cycle(h, y)` and `c`.
    experiment : states, shape (batch, T, n), and observations, shape (batch, T, p).

    Equations: eq-rmse-norms, eq-nll-mean
    """
    states, observations = (_tensor(network, array) for array in (experiment.states, experiment.observations))
    h, rows = network.start(len(states)), []
    for x, y in zip(states.unbind(1), observations.unbind(1), strict=True):
        forecast, h = network.cycle(h, y)
        densities = network.c(forecast), network.c(h)
        errors = [torch.linalg.vector_norm(q.mean - x, dim=-1) / x.shape[-1] ** 0.5 for q in densities]
        rows.append(torch.stack([*errors, *(-q.log_prob(x) for q in densities)]))
    return CycleScores(*torch.stack(rows, -1).double().cpu().numpy())


def score(network: nn.Module, experiment: Experiment, burn_in: int = lorenz95.BURN_IN) -> Scores:
    """Averages of :func:`cycle_scores` from the cycle `burn_in` on.

    Raises
    ------
    ValueError
        If the experiment is not longer than the burn-in.

    Equations: eq-rmse-norms, eq-nll-mean
    """
    if whole_number("burn_in", burn_in, least=0) >= experiment.states.shape[1]:
        raise ValueError(f"burn_in: expected less than the {experiment.states.shape[1]} cycles there are, got {burn_in}")
    return cycle_scores(network, experiment).averages(burn_in)


def _tensor(network: nn.Module, array: Any) -> torch.Tensor:
    weight = next(network.parameters())
    return torch.as_tensor(np.asarray(array), dtype=weight.dtype, device=weight.device)
