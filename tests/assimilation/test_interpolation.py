"""Optimal interpolation against scikit-learn's Gaussian processes, and fields whose model is known."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern

from course_lib.assimilation.blue import blue
from course_lib.assimilation.interpolation import FieldModel, fit_field, interpolation, matern, selection
from course_lib.basics.gaussians import sample

MODEL = FieldModel(spread=1.5, length=2.0, noise=0.4)


def kernel(model):
    # scikit-learn's length is ours times the square root of 3.
    return ConstantKernel(model.spread**2) * Matern(np.sqrt(3) * model.length, nu=1.5)


def readings(seed, size=30):
    rng = np.random.default_rng(seed)
    place = np.sort(rng.uniform(0, 20, size))
    observed = np.arange(size) % 3 > 0
    return place, observed, rng.normal(size=size), rng.normal(size=observed.sum())


@pytest.mark.parametrize("seed", range(3))
def test_correlation_equals_scikit_learn_s(seed):
    place = np.random.default_rng(seed).uniform(0, 20, (9, 1))
    np.testing.assert_allclose(matern(place - place.T, 2.0), Matern(2 * np.sqrt(3), nu=1.5)(place), rtol=1e-12)


def test_correlation_is_one_at_no_distance_and_falls_symmetrically():
    distance = np.linspace(0, 30, 61)
    found = matern(distance, 3.0)
    assert found[0] == 1
    assert (np.diff(found) < 0).all()
    np.testing.assert_array_equal(found, matern(-distance, 3.0))


def test_selection_picks_the_observed_entries():
    observed, x = np.array([True, False, True, True]), np.array([3.0, 1.0, 4.0, 1.5])
    np.testing.assert_array_equal(selection(observed) @ x, x[observed])


@pytest.mark.parametrize("seed", range(5))
def test_interpolation_equals_scikit_learn_s_gaussian_process(seed):
    place, observed, x_f, d = readings(seed)
    process = GaussianProcessRegressor(kernel(MODEL), alpha=MODEL.noise**2, optimizer=None)
    process.fit(place[observed, None], d - x_f[observed])
    departure, covariance = process.predict(place[:, None], return_cov=True)
    found = blue(interpolation(place, x_f, observed, d, MODEL))
    np.testing.assert_allclose(found.x_a, x_f + departure, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.C_aa, covariance, rtol=0, atol=1e-9)


def test_far_from_all_readings_the_forecast_stays():
    place, x_f = np.array([0.0, 1.0, 500.0]), np.array([1.0, 2.0, 3.0])
    found = blue(interpolation(place, x_f, np.array([True, True, False]), [4.0, 5.0], MODEL))
    assert found.x_a[2] == pytest.approx(3)
    assert found.C_aa[2, 2] == pytest.approx(MODEL.spread**2)


@pytest.mark.parametrize("seed", range(3))
def test_fit_finds_the_model_that_made_the_readings(seed):
    rng, place = np.random.default_rng(seed), np.arange(300.0)
    true = FieldModel(spread=1.0, length=4.0, noise=0.3)
    field = sample(np.zeros(300), matern(place[:, None] - place, true.length) + true.noise**2 * np.eye(300), 1, rng)[0]
    found = fit_field(place, field, FieldModel(0.5, 2.0, 0.5))
    # With some 300 / (2 · 4) independent stretches, spread and length are known to about a sixth.
    np.testing.assert_allclose(found, true, rtol=0.5)
    assert found.noise == pytest.approx(true.noise, rel=0.3)


def test_fit_is_a_maximum_of_scikit_learn_s_likelihood():
    rng, place = np.random.default_rng(1), np.arange(80.0)
    field = sample(np.zeros(80), matern(place[:, None] - place, 3.0) + 0.1 * np.eye(80), 1, rng)[0]
    found = fit_field(place, field, FieldModel(0.5, 2.0, 0.5))

    def likelihood(model):
        process = GaussianProcessRegressor(kernel(model), alpha=model.noise**2, optimizer=None).fit(place[:, None], field)
        return process.log_marginal_likelihood_value_

    best = likelihood(found)
    for name in found._fields:
        for factor in (0.9, 1.1):
            assert likelihood(found._replace(**{name: factor * getattr(found, name)})) < best


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"observed": np.zeros(30, bool)}, "observed: expected booleans"),
        ({"observed": np.ones(30)}, "observed: expected booleans"),
        ({"observed": np.ones(29, bool)}, r"observed: expected shape \(30,\) like place, got \(29,\)"),
        ({"x_f": np.zeros(29)}, r"x_f: expected shape \(30,\), got \(29,\)"),
        ({"d": np.zeros(21)}, r"d: expected shape \(20,\), got \(21,\)"),
        ({"d": np.full(20, np.nan)}, "d: expected finite numbers"),
        ({"model": MODEL._replace(noise=0.0)}, "noise: expected a positive number"),
        ({"model": MODEL._replace(spread=-1.0)}, "spread: expected a positive number"),
        ({"model": MODEL._replace(length=0)}, "length: expected a positive number"),
    ],
)
def test_bad_input_is_refused_by_name(change, message):
    place, observed, x_f, d = readings(0)
    arguments = {"place": place, "x_f": x_f, "observed": observed, "d": d, "model": MODEL} | change
    with pytest.raises(ValueError, match=message):
        interpolation(**arguments)


def test_two_readings_at_one_place_are_refused():
    with pytest.raises(ValueError, match="C_xx: expected a positive definite matrix"):
        blue(interpolation([0.0, 1.0, 1.0], np.zeros(3), np.array([True, True, False]), [1.0, 2.0], MODEL))


def test_fit_refuses_bad_input_by_name():
    with pytest.raises(ValueError, match=r"departure: expected shape \(3,\), got \(2,\)"):
        fit_field([0.0, 1.0, 2.0], [1.0, 2.0], MODEL)
    with pytest.raises(ValueError, match="length: expected a positive number"):
        fit_field([0.0, 1.0], [1.0, 2.0], MODEL._replace(length=-1.0))
