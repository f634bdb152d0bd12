import json

import numpy as np
import pytest

from benchmarks import scattering as benchmark


@pytest.fixture(autouse=True)
def small(monkeypatch):
    for name, value in {"COUNT": 4, "SIZE": 16, "J": 2, "BATCH": 2, "TURNS": 1, "CHECKED": ((16, 2),)}.items():
        monkeypatch.setattr(benchmark, name, value)


def test_last_line_is_json_with_what_was_measured(capsys, monkeypatch):
    computed = {
        "twins_scattering_20": 0.99,
        "twins_spectrum_20": 0.5,
        "digits_10": 0.9,
        "digits_50": 0.95,
        "fields_20 order 2": 0.8,
    }
    monkeypatch.setattr(benchmark, "accuracies", lambda: (computed, computed))
    benchmark.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    expected = [
        "overhead",
        "reference_error",
        "twins_scattering_20",
        "twins_spectrum_20",
        "digits_10",
        "digits_50",
        "fields_20",
    ]
    assert list(result) == expected
    assert result["fields_20"]["order 2"] == 0.8
    assert result["fields_20"]["small CNN"] > 0.5  # from the study's table
    assert 0 <= result["reference_error"] < 1e-5


def test_an_accuracy_that_is_not_the_tables_stops_the_benchmark(monkeypatch):
    monkeypatch.setattr(benchmark, "accuracies", lambda: ({"digits_10": 0.9}, {"digits_10": 0.8}))
    with pytest.raises(SystemExit, match=r"digits_10: 0\.9000 here, but 0\.8000 in the table"):
        benchmark.main()


def test_other_coefficients_stop_the_benchmark(monkeypatch):
    honest = benchmark.runs

    def wrong(images):
        timed = honest(images)
        return {**timed, "kymatio": lambda: 1.1 * timed["front"]()}

    monkeypatch.setattr(benchmark, "runs", wrong)
    with pytest.raises(SystemExit, match="different coefficients"):
        benchmark.main()


def test_both_take_turns_and_the_first_runs_do_not_count():
    called = []
    times = benchmark.measure({name: lambda name=name: called.append(name) for name in ("one", "other")}, turns=2)
    assert called == 3 * ["one", "other"]
    assert [len(values) for values in times.values()] == [2, 2]


def test_stored_features_serve_fields_and_twins():
    sets = benchmark.field_sets()
    assert len(sets["fields"].labels) == 9 * 48
    assert sets["twins"].features["isotropic spectrum"]["isotropic spectrum"].shape[0] == 2 * 48
    np.testing.assert_array_equal(sets["twins"].labels, np.repeat([0, 1], 48))


def test_accuracies_here_and_in_the_table_have_the_same_names(monkeypatch):
    fields = benchmark.field_sets()
    digits = fields["fields"]._replace(features={"scattering, order 2": fields["fields"].features["rotation-averaged"]})
    monkeypatch.setattr(benchmark, "digit_data", lambda: digits)  # the digits' own features take too long here
    monkeypatch.setattr(benchmark, "SEEDS", (200,))
    monkeypatch.setattr(
        benchmark.study, "draw", lambda data, k, seed: (np.arange(0, len(data.labels), 5), np.arange(1, len(data.labels), 5))
    )
    computed, stored = benchmark.accuracies()
    assert list(computed) == list(stored)
    assert computed["twins_scattering_20"] > 0.9 > 0.75 > computed["twins_spectrum_20"]
