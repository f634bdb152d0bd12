"""Scores on the linear 2-d system, time by time: of a network, and of the Kalman filter on the same sequences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import DAN
from course_lib.assimilation.kalman import Filtered, kalman_filter
from course_lib.assimilation.scores import gaussian_nll, rmse
from course_lib.assimilation.systems import Experiment

#: Spans of time over which scores are averaged, first and last step.
SPANS = ((1, 50), (51, 200))


class Scores(NamedTuple):
    """Means over the sequences at each time, shape (T,): RMSE in the unit of the state, negative log-likelihood in nats."""

    rmse_forecast: np.ndarray
    rmse_analysis: np.ndarray
    nll_forecast: np.ndarray
    nll_analysis: np.ndarray

    def mean(self, first: int, last: int) -> Scores:
        """Averages over t = first, …, last."""
        return Scores(*(float(score[first - 1 : last].mean()) for score in self))

    @property
    def nll(self) -> np.ndarray:
        """NLL of forecast and analysis together."""
        return self.nll_forecast + self.nll_analysis


def network_scores(dan: DAN, data: Experiment) -> Scores:
    """Scores of a network on sequences.

    Parameters
    ----------
    dan : network; c gives `mean` and `log_prob`.
    data : initial (B, n), states (B, T, n), observations (B, T, p).

    Equations: eq-rmse-norms, eq-nll-mean
    """
    states, observations = (torch.tensor(array, device=dan.h0.device) for array in data[1:])
    with torch.no_grad():
        densities = dan(observations)
        errors = [torch.linalg.vector_norm(q.mean - states, dim=-1).mean(0) / states.shape[-1] ** 0.5 for q in densities]
        nlls = [-q.log_prob(states).mean(0) for q in densities]
    return Scores(*(score.cpu().numpy() for score in (*errors, *nlls)))


def filter_scores(filtered: Filtered, data: Experiment) -> Scores:
    """The same scores of a Kalman filter's result on the same sequences.

    Equations: eq-rmse-norms, eq-nll-mean
    """
    estimates = (
        (filtered.forecast_mean, filtered.forecast_covariance),
        (filtered.analysis_mean, filtered.analysis_covariance),
    )
    errors = [rmse(mean, data.states, axis=0) for mean, _ in estimates]
    return Scores(*errors, *(gaussian_nll(mean, covariance, data.states, axis=0) for mean, covariance in estimates))


def linear2d_scores(dan: DAN, seed: int, size: int = 2048) -> dict[str, float]:
    """A network beside the Kalman filter on fresh sequences: ratio of RMSE_a, and gap of the total NLL in nats.

    Parameters
    ----------
    dan : network for the linear 2-d system.
    seed : of the sequences; choose one that no training used.
    size : number of sequences.

    Returns
    -------
    ``rmse_ratio_1_50``, ``rmse_ratio_51_200``, ``nll_gap_1_50`` and ``nll_gap_51_200``; NaN if the network ran away.

    Equations: eq-rmse-norms, eq-nll-mean
    """
    data = linear2d.experiment(SPANS[-1][1], size, seed)
    network = network_scores(dan, data)
    best = filter_scores(kalman_filter(linear2d.linear_gaussian(), data.observations), data)
    pairs = {f"{first}_{last}": (network.mean(first, last), best.mean(first, last)) for first, last in SPANS}
    ratios = {f"rmse_ratio_{span}": ours.rmse_analysis / theirs.rmse_analysis for span, (ours, theirs) in pairs.items()}
    return ratios | {f"nll_gap_{span}": ours.nll - theirs.nll for span, (ours, theirs) in pairs.items()}
