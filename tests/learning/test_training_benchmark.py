import json

import numpy as np
import pytest
import torch

from benchmarks import training as benchmark


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(benchmark, "POINTS", 70)
    monkeypatch.setattr(benchmark, "TURNS", 1)
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_the_three_loops_end_with_the_same_weights_however_often_they_run():
    theta0, x, y = benchmark.problem(np.random.default_rng(0))
    runs = [make(theta0, x, y) for make in (benchmark.torchs, benchmark.ours, benchmark.with_callbacks)]
    reference = runs[0]()
    start = benchmark.to_vector(theta0)
    assert reference.shape == start.shape == (2 * 16 + 16 + 16 * 16 + 16 + 16 + 1,)
    assert np.abs(reference - start).max() > 1e-3
    for run in runs:
        for _ in range(2):
            np.testing.assert_allclose(run(), reference, rtol=0, atol=1e-13)


def test_idle_callbacks_are_called_at_every_occasion():
    idle = benchmark.Idle()
    assert all(callable(getattr(idle, hook)) for hook in ("on_start", "on_batch", "on_epoch", "on_end"))


def test_last_line_is_json_with_ratio_and_overhead(capsys):
    benchmark.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(result) == ["epoch_time_ratio", "callback_overhead"]
    assert result["epoch_time_ratio"] > 0
    assert result["callback_overhead"] > -1


@pytest.mark.parametrize(("name", "wrong"), [("ours", "ours"), ("with_callbacks", "train, with callbacks")])
def test_other_weights_stop_the_benchmark(monkeypatch, name, wrong):
    make = getattr(benchmark, name)

    def spoilt(theta0, x, y):
        return make(theta0, x, y + 1e-3)

    monkeypatch.setattr(benchmark, name, spoilt)
    with pytest.raises(SystemExit, match=f"{wrong}: other weights"):
        benchmark.main()
