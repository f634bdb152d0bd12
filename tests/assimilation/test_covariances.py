"""Covariances of the Kalman filter, which depend on the model and on what is observed, not on the values."""

import numpy as np
import pytest

from course_lib.assimilation.covariances import analysis_covariance, covariance_series, gain_of, steady_state
from course_lib.basics.gaussians import gain, posterior
from tests.assimilation.kalman_models import random_model


@pytest.mark.parametrize("seed", range(5))
def test_gain_is_that_of_a_gaussian_posterior_also_for_stacks(seed):
    models = [random_model(3, 2, np.random.default_rng([seed, k])) for k in range(4)]
    stacked = gain_of(*(np.stack([getattr(model, name) for model in models]) for name in ("covariance", "H", "R")))
    for found, model in zip(stacked, models, strict=True):
        np.testing.assert_allclose(found, gain(model.covariance, model.H, model.R), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_analysis_covariance_is_least_at_the_gain_and_grows_by_the_theorem_of_gauss_and_markov(seed):
    rng = np.random.default_rng(seed)
    model = random_model(3, 2, rng)
    P, H, R = model.covariance, model.H, model.R
    least = posterior(np.zeros(3), P, H, np.zeros(2), R, np.zeros(2)).covariance
    away = rng.normal(size=(3, 2))
    for step in (0.0, 0.1, 3.0):
        found = analysis_covariance(P, gain(P, H, R) + step * away, H, R)
        np.testing.assert_allclose(found, least + step**2 * away @ (H @ P @ H.T + R) @ away.T, atol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_covariances_alternate_between_the_model_step_and_the_posterior(seed):
    """With the other parts of the observations missing at random, so that each sequence has its own."""
    rng = np.random.default_rng(seed)
    model = random_model(3, 2, rng)
    observed = rng.random((6, 4, 2)) < 0.6
    forecasts, innovations, gains, analyses = covariance_series(model, observed)
    for b in range(4):
        P = model.covariance
        for t in range(6):
            P = model.M @ P @ model.M.T + model.Q
            np.testing.assert_allclose(forecasts[t, b], P, atol=1e-9)
            np.testing.assert_allclose(innovations[t, b], model.H @ P @ model.H.T + model.R, atol=1e-9)
            seen = observed[t, b]
            assert (gains[t, b][:, ~seen] == 0).all()
            if seen.any():
                H, R = model.H[seen], model.R[np.ix_(seen, seen)]
                P = posterior(np.zeros(3), P, H, np.zeros(seen.sum()), R, np.zeros(seen.sum())).covariance
            np.testing.assert_allclose(analyses[t, b], P, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_with_all_components_observed_they_alternate_until_they_stand_still_at_the_steady_state(seed):
    rng = np.random.default_rng(seed)
    model = random_model(3, 2, rng)
    forecasts, innovations, gains, analyses = (a[:, 0] for a in covariance_series(model, np.ones((200, 1, 2), bool)))
    P = model.covariance
    for t in range(20):
        P = model.M @ P @ model.M.T + model.Q
        np.testing.assert_allclose(forecasts[t], P, atol=1e-9)
        np.testing.assert_allclose(innovations[t], model.H @ P @ model.H.T + model.R, atol=1e-9)
        np.testing.assert_allclose(gains[t], gain(P, model.H, model.R), atol=1e-9)
        P = posterior(np.zeros(3), P, model.H, np.zeros(2), model.R, np.zeros(2)).covariance
        np.testing.assert_allclose(analyses[t], P, atol=1e-9)
    steady = steady_state(model)
    for series, end in ((forecasts, steady.forecast_covariance), (gains, steady.gain), (analyses, steady.analysis_covariance)):
        np.testing.assert_allclose(series[-1], end, atol=1e-9)
        assert (series[150:] == series[-1]).all()  # exactly: the filter takes them for one and the same
