"""The training script, the ablation table, and what they store."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import ablate_lorenz95, train_lorenz95
from course_lib.assimilation.flat_dan import FlatDAN
from course_lib.assimilation.online import OnlineSettings, OnlineTraining
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_scores import score
from course_lib.assimilation.ring_settings import RingSettings
from course_lib.assimilation.ring_weights import load_ring

QUICK = [
    "--cycles",
    "20",
    "--batch",
    "4",
    "--horizons",
    "2",
    "--channels",
    "2",
    "--hidden",
    "3",
    "--blocks",
    "1",
    "--bandwidth",
    "1",
    "--spin-up",
    "20",
]


@pytest.fixture
def short_validation(monkeypatch):
    monkeypatch.setattr(train_lorenz95, "VALIDATION_CYCLES", 105)
    monkeypatch.setattr(train_lorenz95, "VALIDATION_SEQUENCES", 2)


@pytest.mark.usefixtures("short_validation")
def test_script_stores_weights_with_settings_and_a_score_that_they_reach(tmp_path, capsys):
    out = tmp_path / "some.npz"
    record = train_lorenz95.main([*QUICK, "--observed", "half", "--out", str(out)])
    network, stored = load_ring(out)
    assert stored["training"]["horizons"] == [2]
    assert stored["cycles"] == record["cycles"] == 20
    assert "cycle 20 of 20" in capsys.readouterr().out
    again = score(network, train_lorenz95.validation("half"))
    assert stored["validation"] == pytest.approx(again._asdict(), rel=1e-6)


@pytest.mark.usefixtures("short_validation")
def test_script_stops_when_the_time_is_up_and_goes_on_when_called_again(tmp_path, capsys):
    out = str(tmp_path / "some.npz")
    first = train_lorenz95.main([*QUICK, "--out", out, "--minutes", "1e-9"])
    assert first["cycles"] == 2
    assert train_lorenz95.main([*QUICK, "--out", out])["cycles"] == 20
    assert "going on from" in capsys.readouterr().out


@pytest.mark.usefixtures("short_validation")
def test_a_finished_training_is_scored_on_the_test_when_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(train_lorenz95, "LONG_CYCLES", 107)
    monkeypatch.setattr(train_lorenz95.lorenz95, "TEST_CYCLES", 102)
    out = tmp_path / "some.npz"
    train_lorenz95.main([*QUICK, "--out", str(out)])
    assert "test" not in load_ring(out)[1]
    train_lorenz95.main([*QUICK, "--out", str(out), "--test"])
    network, record = load_ring(out)
    assert record["test"] == pytest.approx(score(network, train_lorenz95.lorenz95.test_experiment("all"))._asdict(), rel=1e-6)
    assert len(record["long_run"]["blocks"]) == 7
    assert record["long_run"]["largest"] > max(record["long_run"]["blocks"])


def test_an_interruption_keeps_what_was_learned(tmp_path, monkeypatch, capsys):
    out = tmp_path / "some.npz"
    window, count = OnlineTraining.window, []

    def interrupted(self):
        count.append(0)
        if len(count) == 5:
            raise KeyboardInterrupt
        return window(self)

    monkeypatch.setattr(OnlineTraining, "window", interrupted)
    train_lorenz95.main([*QUICK, "--out", str(out)])
    assert load_ring(out)[1]["cycles"] == 8
    assert "interrupted at cycle 8" in capsys.readouterr().out


def test_validation_and_test_are_different_sequences():
    one = train_lorenz95.lorenz95.test_experiment("all").states[:2, :3]
    assert not np.isclose(train_lorenz95.validation("all").states[:2, :3], one).all(-1).any()


def test_losses_are_recorded_for_each_hundredth_part():
    network = RingDAN(RingSettings(channels=2, hidden=3, blocks=1), torch.Generator().manual_seed(0))
    training = OnlineTraining(network, OnlineSettings(cycles=100, batch=2, horizons=(1,), spin_up=20))
    calls = []
    losses = train_lorenz95.run(training, every=lambda losses: calls.append(len(losses)))
    assert len(losses) == len(calls) == 100
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("name", ablate_lorenz95.VARIANTS)
def test_each_variant_makes_a_network_and_differs_from_the_ring_in_its_name_only(name):
    variant = ablate_lorenz95.VARIANTS[name]
    assert isinstance(ablate_lorenz95.network(variant), FlatDAN if name == "flat" else RingDAN)
    assert variant.training.cycles == ablate_lorenz95.TRAINING.cycles
    assert variant.training.seed == ablate_lorenz95.TRAINING.seed
    changed = (variant.architecture != RingSettings()) + (variant.training != ablate_lorenz95.TRAINING)
    assert changed == (name != "ring")


def test_measuring_a_variant_scores_the_averaged_weights(monkeypatch):
    quick = OnlineSettings(cycles=4, batch=2, horizons=(2,), spin_up=20)
    monkeypatch.setitem(
        ablate_lorenz95.VARIANTS, "ring", ablate_lorenz95.Variant("small", RingSettings(channels=2, blocks=1), quick)
    )
    monkeypatch.setattr(train_lorenz95, "VALIDATION_CYCLES", 101)
    monkeypatch.setattr(train_lorenz95, "VALIDATION_SEQUENCES", 2)
    row = ablate_lorenz95.measure("ring")
    assert row["cycles"] == 4
    assert row["label"] == "small"
    assert np.isfinite(row["nll_a"])
    with pytest.raises(ValueError, match="name: 'magic' is not known"):
        ablate_lorenz95.measure("magic")


def test_stored_table_has_every_variant_with_one_budget():
    table = ablate_lorenz95.stored()
    assert list(table) == list(ablate_lorenz95.VARIANTS)
    assert {row["cycles"] for row in table.values()} == {ablate_lorenz95.TRAINING.cycles}
