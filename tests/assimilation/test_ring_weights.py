"""Files of weights: what is stored comes back, and nothing else does."""

import io
import json

import numpy as np
import pytest
import torch

from course_lib.assimilation import lorenz95
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_scores import score
from course_lib.assimilation.ring_settings import RingSettings
from course_lib.assimilation.ring_weights import load_ring, save_ring, shipped

SMALL = RingSettings(channels=3, hidden=4, blocks=1, bandwidth=2)
SHIPPED = [("all", "known"), ("half", "known"), ("all", "learned")]


def stored(network, record):
    file = io.BytesIO()
    save_ring(file, network, record)
    file.seek(0)
    return file


def test_network_and_record_come_back():
    network = RingDAN(SMALL, torch.Generator().manual_seed(3))
    again, record = load_ring(stored(network, {"seed": 3}))
    assert record == {"seed": 3, "architecture": vars(SMALL)}
    assert again.settings == SMALL
    for ours, theirs in zip(again.parameters(), network.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_other_architectures_are_refused():
    file = stored(RingDAN(SMALL, torch.Generator()), {})
    with pytest.raises(ValueError, match="do not fit the architecture"):
        load_ring(file, RingSettings(channels=5, hidden=4, blocks=1, bandwidth=2))
    file.seek(0)
    same_shapes = RingSettings(channels=3, hidden=4, blocks=1, bandwidth=2, dynamics="learned")
    with pytest.raises(ValueError, match="settings: the file holds"):
        load_ring(file, same_shapes)


def test_other_files_are_refused():
    file = io.BytesIO()
    np.savez(file, x=np.zeros(3))
    file.seek(0)
    with pytest.raises(ValueError, match="expected an npz with a record"):
        load_ring(file)


def test_a_missing_case_is_named():
    with pytest.raises(ValueError, match="no weights are shipped for 'half', 'magic'"):
        shipped("half", "magic")


@pytest.mark.parametrize(("observed", "dynamics"), SHIPPED)
def test_shipped_weights_belong_to_the_case_and_hold_their_scores(observed, dynamics):
    network, record = shipped(observed, dynamics)
    assert (network.settings.observed, network.settings.dynamics) == (observed, dynamics)
    assert record["cycles"] == record["training"]["cycles"]
    assert set(record["test"]) == {"rmse_b", "rmse_a", "nll_b", "nll_a"}
    assert record["test"]["rmse_a"] < record["test"]["rmse_b"]
    assert len(json.dumps(record)) < 10_000


@pytest.mark.parametrize(("observed", "dynamics"), SHIPPED)
def test_shipped_scores_are_those_of_the_shipped_weights(observed, dynamics):
    # A quarter as many sequences, of another seed: the standard error of rmse_a is below 0.003.
    network, record = shipped(observed, dynamics)
    experiment = lorenz95.experiment(observed, 220, 16, np.random.default_rng(8), spin_up=300)
    again = score(network, experiment)
    assert again.rmse_a == pytest.approx(record["test"]["rmse_a"], rel=0.05)
    assert again.nll_a == pytest.approx(record["test"]["nll_a"], abs=1.5)
