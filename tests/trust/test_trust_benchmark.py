import json

import pytest
import torch

from benchmarks import trust as benchmark


@pytest.fixture(autouse=True)
def threads():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_last_line_is_json_with_the_four_models(capsys):
    benchmark.main(["--quick"])
    printed = capsys.readouterr().out
    result = json.loads(printed.splitlines()[-1])
    assert list(result) == ["none", "penalty", "completion", "projection"]
    for found in result.values():
        assert list(found) == ["rmse", "violation", "microseconds"]
        assert found["rmse"] > 0
        assert found["microseconds"] > 0
    assert result["completion"]["violation"] < 1e-4 < result["none"]["violation"]
    assert result["projection"]["violation"] < 1e-4
    assert "float64" in printed


def test_emulators_compute_in_the_measured_pass_what_they_are_scored_by():
    emulators = benchmark.compared()
    assert {len(seeds) for seeds in emulators.values()} == {5}
    found = benchmark.times(emulators, torch.zeros(3, 14), turns=2)
    assert list(found) == list(emulators)
    assert all(len(values) == 2 and min(values) > 0 for values in found.values())
