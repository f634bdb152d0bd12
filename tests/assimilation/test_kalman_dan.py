"""The hand-wired networks against the Kalman filter."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import losses
from course_lib.assimilation.kalman import kalman_filter, steady_state
from course_lib.assimilation.kalman_dan import (
    KalmanAnalyser,
    KalmanPropagator,
    MomentMemory,
    MomentProcoder,
    kalman_dan,
    steady_dan,
)
from course_lib.assimilation.state_space import LinearGaussian

SEEDS = [0, 1, 2, 3]


def random_model(seed, n=3, p=2):
    rng = np.random.default_rng(seed)

    def covariance(size):
        A = rng.normal(size=(size, size))
        return A @ A.T + 0.1 * np.eye(size)

    M = 0.9 * np.linalg.qr(rng.normal(size=(n, n)))[0]
    return LinearGaussian(M, covariance(n), rng.normal(size=(p, n)), covariance(p), rng.normal(size=n), covariance(n))


def agree(densities, means, covariances):
    np.testing.assert_allclose(densities.mean.detach(), means, rtol=0, atol=1e-11)
    expected = np.broadcast_to(covariances, densities.covariance().shape)
    np.testing.assert_allclose(densities.covariance().detach(), expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_network_of_moments_is_the_kalman_filter_at_every_time(seed):
    model = random_model(seed)
    y = np.random.default_rng(seed).normal(size=(4, 30, 2))
    forecasts, analyses = kalman_dan(model)(torch.tensor(y))
    filtered = kalman_filter(model, y)
    agree(forecasts, filtered.forecast_mean, filtered.forecast_covariance)
    agree(analyses, filtered.analysis_mean, filtered.analysis_covariance)


@pytest.mark.parametrize("seed", SEEDS)
def test_network_of_layers_is_the_filter_with_steady_gain(seed):
    model = random_model(seed)
    y = np.random.default_rng(seed).normal(size=(4, 30, 2))
    settled = model._replace(covariance=steady_state(model).analysis_covariance)
    forecasts, analyses = steady_dan(model, reach=100.0, memory=6)(torch.tensor(y))
    filtered = kalman_filter(settled, y)
    agree(forecasts, filtered.forecast_mean, filtered.forecast_covariance)
    agree(analyses, filtered.analysis_mean, filtered.analysis_covariance)


def test_network_of_layers_is_exact_on_the_linear_2d_system_over_many_turns():
    model, data = linear2d.linear_gaussian(), linear2d.experiment(1000, 4, 0)
    dan = steady_dan(model, reach=0.5, memory=4)
    settled = model._replace(covariance=steady_state(model).analysis_covariance)
    _, analyses = dan(torch.tensor(data.observations))
    np.testing.assert_allclose(analyses.mean.detach(), kalman_filter(settled, data.observations).analysis_mean, atol=1e-11)


def test_beyond_its_reach_a_unit_leaves_its_linear_part():
    model = linear2d.linear_gaussian()
    h = torch.tensor([-20.0, 60.0, 0.0], dtype=torch.double)
    exact = np.append(model.M @ [-20.0, 60.0], 1.0)
    np.testing.assert_allclose(steady_dan(model, reach=2.0).b(h).detach(), exact, atol=1e-12)
    assert np.abs(steady_dan(model, reach=0.1).b(-h).detach()[:2].numpy() - model.M @ [20.0, -60.0]).max() > 0.5


def test_maps_keep_mean_and_covariance_apart():
    model = random_model(0)
    mean, P = torch.tensor(model.mean), torch.tensor(model.covariance)
    h = MomentMemory.join(mean, P)
    forecast = MomentProcoder(model)(KalmanPropagator(model)(h))
    np.testing.assert_allclose(forecast.covariance(), model.M @ model.covariance @ model.M.T + model.Q, rtol=1e-12)
    y = torch.tensor(model.H @ model.mean)  # no surprise: the mean stays, the covariance shrinks
    analysis = MomentProcoder(model)(KalmanAnalyser(model)(h, y))
    np.testing.assert_allclose(analysis.mean, mean, atol=1e-12)
    assert np.linalg.eigvalsh(P - analysis.covariance()).min() > -1e-12


def test_perturbed_weights_cost_more_than_the_filter_itself():
    model = linear2d.linear_gaussian()
    data = [torch.tensor(array) for array in linear2d.experiment(100, 500, 3)]
    with torch.no_grad():
        best = losses(kalman_dan(model), *data).total
        dan = steady_dan(model, reach=0.5)
        steady = losses(dan, *data).total
        dan.a.linear.weight[:2, -2:] *= 1.5
        assert best < steady < losses(dan, *data).total


@pytest.mark.parametrize(("options", "message"), [({"reach": 0.0}, "reach"), ({"reach": 1.0, "memory": 2}, "memory")])
def test_reach_and_memory_must_suffice(options, message):
    with pytest.raises(ValueError, match=f"{message}: expected"):
        steady_dan(linear2d.linear_gaussian(), **options)


def test_what_is_no_model_is_refused():
    with pytest.raises(ValueError, match="model: expected a LinearGaussian"):
        kalman_dan(linear2d.system())
