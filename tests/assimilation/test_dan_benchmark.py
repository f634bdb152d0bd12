import json
import subprocess

import numpy as np
import pytest
import torch

from benchmarks import dan as benchmark
from course_lib.assimilation import lorenz95
from course_lib.assimilation.classical_lorenz95 import results
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_settings import RingSettings


@pytest.fixture
def untrained(monkeypatch):
    def shipped(observed):
        settings = RingSettings(observed=observed, channels=4, hidden=4, blocks=1)
        return RingDAN(settings, torch.Generator().manual_seed(0)), {"cpu_seconds": 60.0}

    monkeypatch.setattr(benchmark, "shipped_lorenz95", shipped)


@pytest.mark.usefixtures("untrained")
def test_last_line_is_json_with_both_tables(capsys):
    benchmark.main(["--quick"])
    printed = capsys.readouterr().out
    result = json.loads(printed.splitlines()[-1])
    assert list(result) == ["linear2d", "lorenz95"]
    assert list(result["linear2d"]) == [
        "rmse_ratio_1_50",
        "rmse_ratio_51_200",
        "nll_gap_1_50",
        "nll_gap_51_200",
        "training_seconds",
    ]
    filters = ["oi", "etkf_20", "etkf_40", "etkf_200", "letkf_40", "dan"]
    assert list(result["lorenz95"]) == ["rmse_a", "nll_a", "training_seconds"]
    assert all(list(result["lorenz95"][field]) == filters for field in ("rmse_a", "nll_a"))
    assert result["lorenz95"]["rmse_a"]["oi"] == round(results()["all"]["oi"]["rmse_a"], 5)
    assert result["lorenz95"]["training_seconds"] == 60
    for line in ("trained now", "shipped", "all observed", "half observed", "DAN, shipped weights", "DAPPER"):
        assert line in printed


def test_stored_scores_are_those_of_this_code(monkeypatch):
    benchmark.check_stored(["oi"])
    monkeypatch.setattr(benchmark, "first_chunk", lambda observed, name: [0.4, 0.4, 20.0, 20.0])
    with pytest.raises(SystemExit, match="oi: found"):
        benchmark.check_stored(["oi"])


def test_dapper_gets_our_observations_and_never_the_tests_to_tune_on():
    given = benchmark.dapper_input()
    test = lorenz95.test_experiment()
    np.testing.assert_array_equal(given["observations"], test.observations[: benchmark.DAPPER_SEQUENCES])
    np.testing.assert_array_equal(given["initial"], test.initial[: benchmark.DAPPER_SEQUENCES])
    assert given["tuning_states"].shape == (1, benchmark.DAPPER_TUNING_CYCLES, 40)
    assert not np.isin(given["tuning_states"][0, :, 0], test.states[..., 0]).any()


def test_dapper_runs_in_an_environment_of_its_own(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(benchmark, "ROOT", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append(command))
    benchmark.run_dapper()
    assert [command[1:3] for command in calls[:2]] == [["-m", "venv"], ["-m", "pip"]]
    assert calls[2][0].startswith(str(tmp_path / "_build" / "dapper"))
    assert (tmp_path / "_build" / "dapper" / "sequences.npz").exists()


def test_stored_dapper_scores_say_with_what_they_were_made():
    stored = json.loads(benchmark.DAPPER_RESULT.read_text())
    pinned = (benchmark.DAPPER / "requirements.txt").read_text()
    assert f"dapper=={stored['versions']['dapper']}" in pinned
    assert f"numpy=={stored['versions']['numpy']}" in pinned
    for name, found in stored["filters"].items():
        assert name in results()["all"]
        assert len(found["sequences"]) == benchmark.DAPPER_SEQUENCES
        np.testing.assert_allclose(np.mean(found["sequences"], axis=0), [found["rmse_b"], found["rmse_a"]])


def test_dapper_and_our_filters_agree():
    # Different noise, inflation before or after the update, and four sequences against sixty-four: a few per cent are left.
    stored = json.loads(benchmark.DAPPER_RESULT.read_text())["filters"]
    for name, found in stored.items():
        assert abs(found["rmse_a"] / results()["all"][name]["rmse_a"] - 1) < 0.06
