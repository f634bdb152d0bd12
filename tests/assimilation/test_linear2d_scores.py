"""Scores beside the Kalman filter: exact for the filter itself, and what the shipped networks reach on fresh sequences."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.kalman import kalman_filter
from course_lib.assimilation.kalman_dan import kalman_dan
from course_lib.assimilation.linear2d_scores import filter_scores, linear2d_scores, network_scores
from course_lib.assimilation.linear2d_weights import shipped
from course_lib.assimilation.scores import gaussian_nll, rmse

MODEL = linear2d.linear_gaussian()


def test_the_network_that_is_the_kalman_filter_scores_one_and_zero():
    scores = linear2d_scores(kalman_dan(MODEL), seed=0, size=64)
    assert [*scores] == ["rmse_ratio_1_50", "rmse_ratio_51_200", "nll_gap_1_50", "nll_gap_51_200"]
    np.testing.assert_allclose([*scores.values()], [1, 1, 0, 0], atol=1e-10)


def test_scores_over_time_equal_the_scores_of_all_filters():
    data = linear2d.experiment(7, 20, 0)
    dan, _ = shipped()
    with torch.no_grad():
        forecast, analysis = dan(torch.tensor(data.observations))
    scores = network_scores(dan, data)
    np.testing.assert_allclose(scores.rmse_forecast, rmse(forecast.mean, data.states, axis=0), rtol=1e-12)
    expected = gaussian_nll(analysis.mean, analysis.covariance(), data.states, axis=0)
    np.testing.assert_allclose(scores.nll_analysis, expected, rtol=1e-9)
    np.testing.assert_allclose(scores.nll, scores.nll_forecast + scores.nll_analysis)
    assert scores.mean(2, 4).rmse_analysis == pytest.approx(scores.rmse_analysis[1:4].mean())


def test_kalman_filter_scores_what_its_covariances_promise():
    data = linear2d.experiment(100, 2000, 0)
    filtered = kalman_filter(MODEL, data.observations)
    scores = filter_scores(filtered, data)
    P = filtered.analysis_covariance[:, 0, 0]
    np.testing.assert_allclose(scores.rmse_analysis, np.sqrt(P * np.pi) / 2, rtol=0.06)  # mean of a Rayleigh variable, over √2
    np.testing.assert_allclose(scores.nll_analysis, np.log(2 * np.pi * P) + 1, atol=0.12)


@pytest.mark.parametrize("seed", [31, 32])
def test_the_shipped_network_is_within_one_per_cent_and_two_hundredths_of_a_nat_of_the_optimum(seed):
    scores = linear2d_scores(shipped()[0], seed)
    for span in ("1_50", "51_200"):
        assert 1 < scores[f"rmse_ratio_{span}"] <= 1.01
        assert 0 < scores[f"nll_gap_{span}"] <= 0.02


def test_the_record_holds_the_scores_that_the_weights_have():
    dan, record = shipped()
    found = linear2d_scores(dan, record["test_seed"])
    assert found == pytest.approx(record["test"], abs=1e-9)


def test_the_plainly_trained_network_runs_away_after_its_fifty_steps():
    scores = linear2d_scores(shipped("plain")[0], 31, size=128)
    assert scores["rmse_ratio_1_50"] < 2
    assert not scores["rmse_ratio_51_200"] < 10


def test_only_networks_that_exist_are_shipped():
    with pytest.raises(ValueError, match="name: expected one of trained, plain, got 'best'"):
        shipped("best")
