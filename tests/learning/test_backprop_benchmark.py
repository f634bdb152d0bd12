import json

import numpy as np
import pytest
import torch

from benchmarks import backprop as benchmark


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(benchmark, "POINTS", 10)
    monkeypatch.setattr(benchmark, "TURNS", 1)
    monkeypatch.setattr(benchmark, "CALLS", {"ours": 2, "torch": 2, "micrograd": 1})
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_three_libraries_find_the_same_gradient():
    task = benchmark.problem(np.random.default_rng(0))
    reference = benchmark.ours(*task)[1]()
    assert reference.shape == (2 * 16 + 16 + 16 * 16 + 16 + 16 + 1,)
    for library in (benchmark.torchs, benchmark.micrograds):
        np.testing.assert_allclose(library(*task)[1](), reference, rtol=0, atol=1e-12)


def test_each_library_is_timed_in_each_turn():
    called = []
    runs = {name: lambda name=name: called.append(name) for name in ("one", "other")}
    times = benchmark.measure(runs, turns=3, calls={"one": 2, "other": 1})
    assert called == 3 * ["one", "one", "other"]
    assert [len(values) for values in times.values()] == [3, 3]
    assert all(value > 0 for values in times.values() for value in values)


def test_last_line_is_json_with_the_three_times(capsys):
    benchmark.main()
    last = capsys.readouterr().out.splitlines()[-1]
    times = json.loads(last)
    assert list(times) == ["ours_ms", "torch_ms", "micrograd_ms"]
    assert all(time > 0 for time in times.values())


def test_a_wrong_gradient_stops_the_benchmark(monkeypatch):
    monkeypatch.setattr(benchmark, "tanh", lambda a: a.relu())
    with pytest.raises(SystemExit, match="micrograd finds another gradient"):
        benchmark.main()
