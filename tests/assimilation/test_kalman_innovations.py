import numpy as np
import pytest
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf

from course_lib.assimilation.innovations import autocorrelation, ljung_box, standardised
from course_lib.assimilation.kalman import kalman_filter
from tests.assimilation.kalman_models import draw, random_model


def coloured(rng, T=200):
    z = rng.normal(size=T)
    return z + 0.5 * np.roll(z, 1)


@pytest.mark.parametrize("seed", range(3))
def test_autocorrelation_and_ljung_box_equal_statsmodels(seed):
    z = coloured(np.random.default_rng(seed))
    np.testing.assert_allclose(autocorrelation(z, 12), acf(z, nlags=12, fft=False)[1:], rtol=1e-12, atol=1e-14)
    for fitted in (0, 3):
        found = ljung_box(z, 12, fitted)
        theirs = acorr_ljungbox(z, lags=[12], model_df=fitted)
        assert np.isclose(found.statistic, theirs["lb_stat"].iloc[0], rtol=1e-12)
        assert np.isclose(found.p_value, theirs["lb_pvalue"].iloc[0], rtol=1e-10)


def test_many_series_at_once():
    rng = np.random.default_rng(3)
    z = rng.normal(size=(4, 5, 60))
    found = ljung_box(z, 7)
    assert found.p_value.shape == (4, 5)
    assert np.isclose(found.statistic[2, 3], ljung_box(z[2, 3], 7).statistic)


def test_white_noise_is_rejected_as_often_as_the_level_says():
    z = np.random.default_rng(4).normal(size=(4000, 300))
    p = ljung_box(z, 10).p_value
    assert abs(np.mean(p < 0.05) - 0.05) < 0.015
    assert abs(np.mean(p < 0.5) - 0.5) < 0.03


@pytest.mark.parametrize("seed", range(3))
def test_innovations_are_white_if_the_model_is_right_and_not_if_q_is_wrong(seed):
    rng = np.random.default_rng(seed)
    eye = np.eye(2)
    model = random_model(2, 2, rng)._replace(M=0.95 * eye, H=eye, Q=0.1 * eye, R=eye)
    y = draw(model, 400, 100, rng)[1]

    def rejected(Q):
        z = standardised(kalman_filter(model._replace(Q=Q), y))
        return np.mean(ljung_box(z[..., 0], 15).p_value < 0.05), z

    share, z = rejected(model.Q)
    assert share < 0.15
    assert abs(np.mean(z**2) - 1) < 0.03
    assert np.abs(np.cov(z.reshape(-1, 2).T) - eye).max() < 0.03
    for wrong in (model.Q / 10, 10 * model.Q):
        assert rejected(wrong)[0] > 0.5
    assert autocorrelation(rejected(model.Q / 10)[1][..., 0], 1).mean() > 0.03
    assert autocorrelation(rejected(10 * model.Q)[1][..., 0], 1).mean() < -0.03


def test_standardised_innovations_give_the_likelihood():
    rng = np.random.default_rng(5)
    model = random_model(2, 2, rng)
    found = kalman_filter(model, draw(model, 30, 3, rng)[1])
    z = standardised(found)
    log_det = np.linalg.slogdet(found.innovation_covariance)[1].sum()
    expected = -0.5 * (60 * np.log(2 * np.pi) + log_det + np.sum(z**2, axis=(1, 2)))
    np.testing.assert_allclose(found.log_likelihood, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: autocorrelation(np.ones(10), 2), "z: expected a series that varies"),
        (lambda: autocorrelation(np.arange(5.0), 5), "lags: expected fewer than the 5 times"),
        (lambda: autocorrelation(np.arange(5.0), 0), "lags: expected a whole number"),
        (lambda: autocorrelation([1.0, np.nan, 2.0], 1), "z: expected finite numbers"),
        (lambda: ljung_box(np.arange(9.0), 3, 3), "fitted: expected fewer than the 3 lags"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_missing_observations_have_no_standardised_innovation():
    model = random_model(2, 1, np.random.default_rng(6))
    with pytest.raises(ValueError, match="innovation: expected finite numbers"):
        standardised(kalman_filter(model, [[1.0], [np.nan], [2.0]]))
