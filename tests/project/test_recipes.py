import dataclasses
import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_predict

from course_lib.project.features import counts
from course_lib.project.fitting import solve
from course_lib.project.motions import MOTIONS, far_pairs, transformed
from course_lib.project.recipe_table import DEFAULT, RECIPES, settings_of
from course_lib.project.recipes import Model, fit, load
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.splits import split_by_size

RNG = np.random.default_rng
ALL = small_qm9()
ALL = ALL.select(np.sort(RNG(0).permutation(np.flatnonzero(~(ALL.charges == 9).any(axis=1)))[:110]))
TRAIN, TEST = ALL.select(range(80)), ALL.select(range(80, 110))
FAST = [name for name in RECIPES if "grid" not in name]


@pytest.fixture(scope="module")
def models():
    return {name: fit(TRAIN, name, rng=RNG(0)) for name in FAST}


def rmse(energies, molecules):
    return np.sqrt(np.mean((energies - molecules.energies) ** 2))


@pytest.mark.parametrize("seed", range(3))
def test_ridge_is_scikit_learns_with_the_penalty_that_is_best_on_folds_left_out(seed):
    rng = RNG(seed)
    X, y, folds = rng.normal(size=(40, 12)), rng.normal(size=40), np.arange(40) % 5
    weights, alpha, error = solve(X, y, folds, alphas=(0.1, 1.0, 10.0, 100.0))
    errors = {}
    for candidate in (0.1, 1.0, 10.0, 100.0):
        ridge = Ridge(candidate, fit_intercept=False)
        errors[candidate] = np.abs(cross_val_predict(ridge, X, y, cv=PredefinedSplit(folds)) - y).mean()
    assert alpha == min(errors, key=errors.get)
    assert error == pytest.approx(errors[alpha])
    np.testing.assert_allclose(weights, Ridge(alpha, fit_intercept=False).fit(X, y).coef_, rtol=1e-8)


def test_mean_and_composition_are_plain_least_squares(models):
    np.testing.assert_allclose(models["mean"].predict(TEST), TRAIN.energies.mean(), rtol=1e-9)
    N = [counts(m.charges, m.positions, elements=(1, 6, 7, 8)) for m in (TRAIN, TEST)]
    expected = N[1] @ np.linalg.lstsq(N[0], TRAIN.energies, rcond=None)[0]
    np.testing.assert_allclose(models["composition"].predict(TEST), expected, rtol=1e-6)


def test_what_looks_closer_is_nearer_to_the_truth(models):
    order = ["mean", "atoms", "composition", "scattering-pairs", DEFAULT]
    errors = [rmse(models[name].predict(TEST), TEST) for name in order]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("name", FAST)
def test_predictions_do_not_see_what_the_energy_does_not_see(models, name):
    before = models[name].predict(TEST)
    for motion in MOTIONS:
        np.testing.assert_allclose(models[name].predict(transformed(TEST, motion, RNG(1))), before, atol=1e-6)


@pytest.mark.parametrize("name", ["composition", "scattering-pairs", "scattering-sums", DEFAULT])
def test_energies_of_two_far_molecules_add(models, name):
    pairs = [(i, i + 1) for i in range(8)]
    one, both = models[name].predict(TEST), models[name].predict(far_pairs(TEST, pairs, RNG(0), 60.0))
    np.testing.assert_allclose(both, one[:8] + one[1:9], atol=1e-6)


@pytest.mark.parametrize("name", ["scattering-pairs", "scattering-sums", DEFAULT])
def test_what_hardly_differs_in_training_does_not_explode_on_larger_molecules(name):
    small, large = (small_qm9().select(rows) for rows in split_by_size(small_qm9(), 5))
    predictions = [fit(small, recipe, rng=RNG(0)).predict(large.select(slice(0, None, 20))) for recipe in (name, "composition")]
    ours, plain = (rmse(energies, large.select(slice(0, None, 20))) for energies in predictions)
    assert ours < plain


@pytest.mark.parametrize("name", FAST)
def test_a_stored_model_predicts_the_same(models, name, tmp_path):
    models[name].save(tmp_path / "model.npz")
    again = load(tmp_path / "model.npz")
    assert (again.recipe, again.elements) == (name, (1, 6, 7, 8))
    np.testing.assert_array_equal(again.predict(TEST), models[name].predict(TEST))


def test_energies_of_the_molecules_to_predict_are_not_looked_at(models):
    np.testing.assert_array_equal(models[DEFAULT].predict(TEST.without_energies()), models[DEFAULT].predict(TEST))


def test_the_same_seed_gives_the_same_model():
    one, other = (fit(TRAIN.select(range(30)), DEFAULT, rng=RNG(0)).predict(TEST) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_recipes_on_a_grid_learn_and_are_stored(tmp_path, monkeypatch):
    """On a coarse grid, with few molecules: the default grid takes too long for a test."""
    from course_lib.project.densities import Grid

    settings = {"grid": Grid((22, 16, 16), 1.2), "J": 1, "L": 1}
    monkeypatch.setitem(RECIPES, "coarse", RECIPES["scattering-grid"]._replace(
        way=dataclasses.replace(RECIPES["scattering-grid"].way, settings=settings)))  # fmt: skip
    model = fit(TRAIN, "coarse", rng=RNG(0), cache=tmp_path)
    model.save(tmp_path / "model.npz")
    assert rmse(load(tmp_path / "model.npz").predict(TEST), TEST) < rmse(fit(TRAIN, "atoms", rng=RNG(0)).predict(TEST), TEST)


def test_an_element_not_in_the_training_is_refused(models):
    fluorine = small_qm9()
    fluorine = fluorine.select((fluorine.charges == 9).any(axis=1))
    with pytest.raises(
        ValueError, match=r"^molecules: 'qm9-\d+' contains F, expected only elements of the training set, H, C, N, O"
    ):
        models[DEFAULT].predict(fluorine)


@pytest.mark.parametrize(
    ("molecules", "name", "message"),
    [
        (TRAIN.without_energies(), "mean", "molecules: expected energies"),
        (TRAIN.select(range(5)), "mean", "molecules: expected at least 10"),
        (TRAIN, "forest", "name: 'forest' is not known; expected one of mean, atoms"),
    ],
)
def test_bad_training_is_refused(molecules, name, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        fit(molecules, name, rng=RNG(0))


def stored(models, **changes):
    """What a file of the composition recipe holds, changed."""
    model = models["composition"]
    named = {f"array {name}": array for name, array in model.arrays.items()}
    settings = settings_of("composition")
    return {"recipe": "composition", "elements": np.array([1, 6, 7, 8]), "settings": settings, **named, **changes}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"settings": json.dumps("other")}, "was fitted with other settings"),
        ({"array weights": np.array([np.nan] * 4)}, "has no finite numbers in 'weights'"),
        ({"array weights": np.array(["a"] * 4)}, "has no finite numbers in 'weights'"),
        ({"array weights": np.array([{}], dtype=object)}, "cannot be read as arrays: Object arrays cannot be loaded"),
        ({"recipe": "forest"}, "is no model: recipe: 'forest' is not known"),
        ({"array weights": np.ones(3)}, "is no whole model"),
        ({"elements": np.array([1, 6, 200])}, "is no whole model: charges"),
    ],
)
def test_a_hostile_file_is_refused(models, changes, message, tmp_path):
    np.savez(tmp_path / "model.npz", **stored(models, **changes))
    with pytest.raises(ValueError, match=rf"^file: .*model.npz.*{message}"):
        load(tmp_path / "model.npz")


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "model.npz").write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"^file: .*model\.npz cannot be read as arrays"):
        load(tmp_path / "model.npz")
    np.savez(tmp_path / "model.npz", other=np.ones(3))
    with pytest.raises(ValueError, match=r"^file: .*model\.npz is no model: 'recipe'"):
        load(tmp_path / "model.npz")
    with pytest.raises(FileNotFoundError, match=r"absent\.npz"):
        load(tmp_path / "absent.npz")


def test_a_model_of_an_unknown_recipe_cannot_predict():
    with pytest.raises(ValueError, match=r"^recipe: 'forest' is not known"):
        Model("forest", (1, 6, 7, 8), {}).predict(TEST)
