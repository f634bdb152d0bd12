import json

import numpy as np
import pytest

from benchmarks import kalman as benchmark


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in {"LENGTH": 30, "STEPS": 2, "TURNS": 1, "BATCH": 6, "BATCH_LENGTH": 8, "SHARE": 3, "TURN": 0}.items():
        monkeypatch.setattr(benchmark, name, value)


def test_all_libraries_find_the_same(capsys):
    benchmark.main()
    lines = capsys.readouterr().out.splitlines()
    result = json.loads(lines[-1])
    assert list(result) == ["loglik_difference", "em_speedup_pykalman", "batch_speedup_statsmodels"]
    assert 0 <= result["loglik_difference"] < 1e-6
    assert min(result["em_speedup_pykalman"], result["batch_speedup_statsmodels"]) > 0
    for task, libraries in {"filter, T": 4, "filter and smoother, T": 4, "EM, 2 steps": 2, "filter, 6 sequences": 4}.items():
        assert sum(line.startswith(task) for line in lines) == libraries


def test_libraries_take_turns_and_results_are_kept():
    called = []
    runs = {name: lambda name=name: called.append(name) or len(called) for name in ("ours", "other")}
    times, found = benchmark.measure(runs, turns=3)
    assert called == ["ours", *3 * ["ours", "other"]]
    assert found == {"ours": 6, "other": 7}
    assert all(value >= 0 for value in times.values())


def test_difference_compares_a_share_with_its_own_sequences():
    found = {"ours": np.arange(6.0), "other": np.array([0.0, 3.5])}
    assert benchmark.difference(found, share=3) == 0.5


def test_another_result_stops_the_benchmark(monkeypatch):
    honest = benchmark.filters

    def wrong(model, y):
        return {**honest(model, y), "pykalman": lambda: 0.0}

    monkeypatch.setattr(benchmark, "filters", wrong)
    with pytest.raises(SystemExit, match="the results differ by more than"):
        benchmark.main()
