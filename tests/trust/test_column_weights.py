import numpy as np
import pytest
import torch

from course_lib.trust import train_column
from course_lib.trust.column import OUTPUTS
from course_lib.trust.column_scores import column_scores
from course_lib.trust.column_weather import weather_samples
from course_lib.trust.column_weights import FILE, chosen_penalty, load_emulators, save_emulators, shipped
from course_lib.trust.emulators import units_of
from course_lib.trust.splits import best_split


@pytest.fixture(scope="module")
def trained():
    samples = weather_samples(20, 10, np.random.default_rng(4))
    units = units_of(samples)
    models = train_column.models()
    return units, {
        name: [train_column.train_emulator(units, samples, **models[name], seed=seed, epochs=30) for seed in (0, 1)]
        for name in ("none", "completion at the ground", "projection")
    }


def largest_factor(emulator):
    scale, layer = emulator.units.y_scale, emulator.layer
    factors = layer.from_direct[layer.residual] * scale[layer.direct] / scale[layer.residual][:, None]
    return factors.abs().max().item()


def test_emulators_come_back_as_they_were_stored(trained, tmp_path):
    units, emulators = trained
    record = {"models": {name: train_column.models()[name] for name in emulators}}
    save_emulators(tmp_path / "some.npz", units, emulators, record)
    found, stored = load_emulators(tmp_path / "some.npz")
    assert stored["models"].keys() == emulators.keys()
    x = torch.randn(5, 14, generator=torch.Generator().manual_seed(0))
    for name, ours in emulators.items():
        for one, other in zip(ours, found[name], strict=True):
            assert torch.equal(one(x), other(x))


def test_other_files_and_architectures_are_refused(trained, tmp_path):
    units, emulators = trained
    np.savez(tmp_path / "other.npz", a=np.ones(3))
    with pytest.raises(ValueError, match=r"^file: other.npz holds no emulators of the column; record, .*missing"):
        load_emulators(tmp_path / "other.npz")
    wrong = {"models": {"none": train_column.models()["completion"]}}
    save_emulators(tmp_path / "wrong.npz", units, {"none": emulators["none"]}, wrong)
    with pytest.raises(ValueError, match=r"^file: the weights of 'none' are those of another architecture"):
        load_emulators(tmp_path / "wrong.npz")
    with pytest.raises(ValueError, match=r"^name: 'best' is not known; expected one of none"):
        shipped("best")


def test_shipped_emulators_are_those_of_the_script():
    emulators, record = load_emulators()
    assert record["models"] == {name: how | {"residual": list(how["residual"])} for name, how in train_column.models().items()}
    assert all(len(seeds) == train_column.SEEDS for seeds in emulators.values())
    units = emulators["none"][0].units
    samples = train_column.training_samples()
    again = units_of(samples)
    for ours, stored in zip(again, units, strict=True):
        if ours.ndim == 1:
            np.testing.assert_allclose(ours, stored, rtol=1e-9)
    np.testing.assert_allclose(
        again.x_whitener @ again.x_whitener.T, units.x_whitener @ units.x_whitener.T, rtol=1e-6, atol=1e-6
    )
    assert FILE.stat().st_size < 1e6


def test_shipped_emulators_reach_their_stored_scores():
    emulators, record = load_emulators()
    validation = weather_samples(
        train_column.COLUMNS // 4, train_column.VISITS, np.random.default_rng(train_column.VALIDATION_SEED)
    )
    for name in ("none", "projection"):
        scores = column_scores(emulators[name][0], validation)
        assert scores.error == pytest.approx(record["validation"][name]["error"][0], rel=1e-3)


def test_the_shipped_completions_amplify_no_error_and_that_at_the_ground_does():
    emulator, proposed = shipped("completion")[0], shipped("completion as proposed")[0]
    assert proposed.layer.residual == best_split(emulator.law.C_y, emulator.units.y_scale)
    assert largest_factor(proposed) <= 1 + 1e-9
    assert largest_factor(emulator) < 1.1
    ground = shipped("completion at the ground")[0]
    assert [OUTPUTS[index] for index in ground.layer.residual] == list(train_column.LOW_SPLIT)
    assert largest_factor(ground) > 5


def test_training_is_reproducible_and_lowers_the_error(trained):
    units, emulators = trained
    samples = weather_samples(20, 10, np.random.default_rng(4))
    plain = train_column.models()["none"]
    untrained = train_column.train_emulator(units, samples, **plain, seed=0, epochs=0)
    assert column_scores(emulators["none"][0], samples).error < 0.9 * column_scores(untrained, samples).error
    again = train_column.train_emulator(units, samples, **plain, seed=0, epochs=30)
    for one, other in zip(again.parameters(), emulators["none"][0].parameters(), strict=True):
        assert torch.equal(one, other)


def test_the_script_trains_scores_and_stores(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(train_column, "COLUMNS", 8)
    monkeypatch.setattr(train_column, "VISITS", 4)
    monkeypatch.setattr(train_column, "SEEDS", 1)
    monkeypatch.setattr(train_column, "BATCH_SIZE", 16)
    monkeypatch.setattr(train_column, "FILE", tmp_path / "some.npz")
    quick = train_column.train_emulator
    monkeypatch.setattr(train_column, "train_emulator", lambda *given, **named: quick(*given, **named, epochs=1))
    monkeypatch.setattr(train_column, "training_samples", lambda: weather_samples(8, 4, np.random.default_rng(0)))
    train_column.main([])
    emulators, record = load_emulators(tmp_path / "some.npz")
    assert list(emulators) == list(train_column.models())
    assert record["validation"]["completion"]["violation"][0] < 1e-3 < record["validation"]["none"]["violation"][0]
    assert "projection" in capsys.readouterr().out


def test_the_chosen_penalty_is_the_strongest_that_validation_allows():
    how = {"none": 0.0, "penalty 0.1": 0.1, "penalty 0.5": 0.5, "penalty 0.9": 0.9}
    errors = {"none": [1.0, 1.2], "penalty 0.1": [1.3, 1.3], "penalty 0.5": [1.1, 1.2], "penalty 0.9": [1.2, 1.3]}
    record = {
        "models": {name: {"alpha": alpha} for name, alpha in how.items()},
        "validation": {name: {"error": values} for name, values in errors.items()},
    }
    assert chosen_penalty(record) == "penalty 0.5"
    assert chosen_penalty(record, allowed=1.2) == "penalty 0.9"
    with pytest.raises(ValueError, match=r"^allowed: expected more than 1"):
        chosen_penalty(record, allowed=1.0)
