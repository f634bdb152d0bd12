import json

import numpy as np
import pytest

from benchmarks import em as benchmark
from course_lib.basics.mixture import log_likelihood


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(benchmark, "N", 500)
    monkeypatch.setattr(benchmark, "STEPS", 3)
    monkeypatch.setattr(benchmark, "TURNS", 1)


def test_both_libraries_find_the_same_mixture():
    x, start = benchmark.problem(np.random.default_rng(0))
    ours, theirs = benchmark.ours(x, start)(), benchmark.sklearns(x, start)()
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-9, atol=1e-9)
    assert log_likelihood(ours, x) > log_likelihood(start, x) + 1


def test_the_problem_has_the_size_that_is_asked_for():
    x, start = benchmark.problem(np.random.default_rng(0))
    assert x.shape == (500, 4)
    assert start.covariances.shape == (6, 4, 4)


def test_libraries_take_turns():
    called = []
    runs = {name: lambda name=name: called.append(name) for name in ("one", "other")}
    times = benchmark.measure(runs, turns=3)
    assert called == 3 * ["one", "other"]
    assert [len(values) for values in times.values()] == [3, 3]
    assert all(value > 0 for values in times.values() for value in values)


def test_last_line_is_json_with_difference_and_ratio(capsys):
    benchmark.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(result) == ["loglik_difference", "time_ratio"]
    assert 0 <= result["loglik_difference"] < 1e-8
    assert result["time_ratio"] > 0


def test_another_result_stops_the_benchmark(monkeypatch):
    def one_step_less(x, start):
        return lambda: benchmark.em.fit(x, start, max_steps=benchmark.STEPS - 1, tolerance=0).theta

    monkeypatch.setattr(benchmark, "ours", one_step_less)
    with pytest.raises(SystemExit, match="the log-likelihoods per point differ"):
        benchmark.main()
