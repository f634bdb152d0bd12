import json

import numpy as np
import pytest

from course_lib.assimilation import classical_filters, classical_lorenz95, lorenz95
from course_lib.assimilation.classical_filters import FILTERS, Filter, as_density, estimate, tune, tuning_experiment
from course_lib.assimilation.classical_lorenz95 import evaluate, first_chunk, main, results, stored_choice
from course_lib.assimilation.estimates import Estimates, Scores, score


@pytest.mark.parametrize(("observed", "name"), [("all", "oi"), ("half", "oi"), ("all", "etkf_20"), ("half", "extended")])
def test_stored_scores_are_found_again(observed, name):
    found = first_chunk(observed, name)
    np.testing.assert_allclose(found, results()[observed][name]["first_chunk"], rtol=1e-4)


@pytest.mark.parametrize("observed", ["all", "half"])
def test_everything_in_the_table_is_there_and_ordered_as_theory_wants(observed):
    table = results()[observed]
    assert list(table) == list(FILTERS)
    for found in table.values():
        assert found["rmse_a"] <= found["rmse_b"]
        assert found["nll_a"] <= found["nll_b"]
    errors = {name: found["rmse_a"] for name, found in table.items()}
    assert errors["etkf_200"] < errors["etkf_40"] < errors["etkf_20"] < errors["climate"]
    assert errors["letkf_40"] < errors["etkf_40"] < errors["enkf_40"]
    # the same filter with half the observations cannot be better
    assert all(results()["half"][name]["rmse_a"] >= results()["all"][name]["rmse_a"] for name in FILTERS)


def test_an_ensemble_no_larger_than_the_state_has_no_density_of_its_own():
    for observed in ("all", "half"):
        for name, found in results()[observed].items():
            singular = 0 < FILTERS[name].members <= lorenz95.SIZE
            assert (found["sample_nll"] == [None, None]) == singular
            assert np.isfinite([found["nll_b"], found["nll_a"]]).all()


@pytest.mark.parametrize("observed", ["all", "half"])
def test_stored_trials_are_those_of_the_table_of_filters(observed):
    for name, method in FILTERS.items():
        trials = results()[observed][name]["trials"]
        assert {trial["inflation"] for trial in trials} == (set(method.inflations) if trials else set())
        assert {trial["radius"] for trial in trials if "radius" in trial} == set(method.radii)
        assert bool(trials) == (method.kind not in ("climate", "oi"))
        assert not method.members or method.label.endswith(f"N = {method.members}")


@pytest.mark.parametrize("observed", ["all", "half"])
def test_chosen_settings_are_the_best_of_the_stored_trials(observed):
    for found in results()[observed].values():
        if trials := found["trials"]:
            best = min(trials, key=lambda trial: np.inf if trial["rmse_a"] is None else trial["rmse_a"])
            assert all(found["choice"][key] == best[key] for key in best if key != "rmse_a")


def test_tuning_never_sees_the_test():
    test = lorenz95.test_experiment()
    assert not np.isin(tuning_experiment("all").states[:, :, 0], test.states[..., 0]).any()


def test_stored_matrices_unfold_to_covariances_that_follow_the_ring():
    for observed, period in lorenz95.SPACING.items():
        B = stored_choice(observed, "oi")["B"]
        np.testing.assert_allclose(B, B.T, atol=1e-9)
        np.testing.assert_allclose(np.roll(B, (period, period), (0, 1)), B, atol=1e-9)
        assert np.linalg.eigvalsh(B)[0] > 0


def test_climate_scores_are_those_of_a_gaussian_that_knows_nothing():
    y = np.zeros((2, 3, 40))
    found = estimate(FILTERS["climate"], {}, "all", y, 0)
    np.testing.assert_array_equal(found.forecast_mean, np.broadcast_to(lorenz95.climate().mean, (2, 3, 40)))


def test_script_stores_what_it_finds(monkeypatch, tmp_path, capsys):
    small = {"climate": FILTERS["climate"], "oi": FILTERS["oi"], "etkf_20": Filter("ETKF", "etkf", 20, (1.0, 1.2))}
    monkeypatch.setattr(classical_lorenz95, "FILTERS", small)
    monkeypatch.setattr(classical_lorenz95, "FILE", tmp_path / "found.json")
    monkeypatch.setattr(classical_lorenz95, "CHUNK", 2)
    monkeypatch.setattr(classical_filters, "TUNING_SEQUENCES", 2)
    monkeypatch.setattr(classical_filters, "TUNING_CYCLES", 120)
    monkeypatch.setattr(classical_filters, "DENSITY_RADII", (4.0, 8.0))
    monkeypatch.setattr(classical_filters, "DENSITY_WEIGHTS", (0.0, 0.5))
    monkeypatch.setattr(lorenz95, "TEST_SEQUENCES", 4)
    monkeypatch.setattr(lorenz95, "TEST_CYCLES", 120)
    monkeypatch.setattr(lorenz95, "SPACING", {"all": 1})
    main()
    stored = json.loads((tmp_path / "found.json").read_text())
    assert list(stored) == ["settings", "all"]
    assert stored["settings"]["test"]["cycles"] == 120
    assert stored["all"]["etkf_20"]["sample_nll"] == [None, None]
    assert capsys.readouterr().out.count("\n") == 3
    choice, trials = tune(small["etkf_20"], "all")
    assert len(trials) == 2
    again = evaluate(small["etkf_20"], choice, "all")
    np.testing.assert_allclose(
        [again[field] for field in Scores._fields], [stored["all"]["etkf_20"][f] for f in Scores._fields]
    )
    check_tuned_density(small["etkf_20"], choice)


def check_tuned_density(method, choice):
    """The static covariances are those of the tuned filter's errors, and no other mixture with them has a smaller loss."""
    experiment, late = tuning_experiment("all"), slice(lorenz95.BURN_IN, None)
    found = estimate(method, choice, "all", experiment.observations, classical_filters.FILTER_SEED)
    for moment, mean in (("forecast_moment", found.forecast_mean), ("analysis_moment", found.analysis_mean)):
        errors = (mean - experiment.states)[:, late]
        assert np.trace(choice[moment]) == pytest.approx(np.mean(np.sum(errors**2, axis=-1)))
    some = slice(lorenz95.BURN_IN, None, 4)  # as in the tuning
    thinned, states, losses = Estimates(*(record[:, some] for record in found)), experiment.states[:, some], {}
    for radius in classical_filters.DENSITY_RADII:
        for weight in classical_filters.DENSITY_WEIGHTS:
            tried = as_density(thinned, {**choice, "density_radius": radius, "density_weight": weight})
            scores = score(tried, states)
            losses[radius, weight] = scores.nll_b + scores.nll_a
    assert (choice["density_radius"], choice["density_weight"]) == min(losses, key=losses.get)


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="name: 'kf' is not known; expected one of climate, oi"):
        stored_choice("all", "kf")
    with pytest.raises(ValueError, match="observed: 'none' is not known"):
        stored_choice("none", "oi")
