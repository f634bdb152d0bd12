"""Scores of networks against those of the part's score functions."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import lorenz95
from course_lib.assimilation.estimates import Estimates
from course_lib.assimilation.estimates import score as score_of_estimates
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_scores import cycle_scores, score
from course_lib.assimilation.ring_settings import RingSettings


@pytest.mark.parametrize("observed", ["all", "half"])
def test_scores_equal_those_of_the_dense_densities(observed):
    experiment = lorenz95.experiment(observed, 12, 3, np.random.default_rng(0), spin_up=50)
    settings = RingSettings(observed=observed, channels=3, hidden=4, blocks=1, bandwidth=2)
    network = RingDAN(settings, torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        densities = network(torch.tensor(experiment.observations))
        parts = [part.numpy() for density in densities for part in (density.mean, density.covariance())]
    expected = score_of_estimates(Estimates(*parts), experiment.states, burn_in=4)
    assert score(network, experiment, burn_in=4) == pytest.approx(expected, rel=1e-9)


def test_scores_of_each_cycle_average_to_the_score():
    experiment = lorenz95.experiment("all", 8, 2, np.random.default_rng(0), spin_up=20)
    network = RingDAN(RingSettings(channels=2, hidden=3, blocks=1), torch.Generator().manual_seed(0))
    each = cycle_scores(network, experiment)
    assert each.rmse_a.shape == (2, 8)
    assert each.averages(3) == score(network, experiment, burn_in=3)
    assert each.averages(0).nll_b == pytest.approx(each.nll_b.mean())


def test_states_without_observations_are_not_passed_over():
    experiment = lorenz95.experiment("all", 8, 2, np.random.default_rng(0), spin_up=20)
    network = RingDAN(RingSettings(channels=2, hidden=3, blocks=1), torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="shorter"):
        score(network, experiment._replace(observations=experiment.observations[:, :5]), burn_in=3)


def test_burn_in_must_leave_cycles():
    experiment = lorenz95.experiment("all", 8, 2, np.random.default_rng(0), spin_up=20)
    network = RingDAN(RingSettings(channels=2, hidden=3, blocks=1), torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match="burn_in: expected less than the 8 cycles"):
        score(network, experiment, burn_in=8)
