"""The cost of a filter without truth: closed forms against sampling and quadrature, the bound, and its one optimum."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import gaussian_dan
from course_lib.assimilation.evidence_bound import (
    carried,
    expected_misfit,
    filter_cost,
    gaussian_density,
    kl,
    tensors,
    unsupervised_cost,
)
from course_lib.assimilation.kalman import kalman_filter
from course_lib.assimilation.rotation_likelihood import TRUE, rotation_model
from course_lib.assimilation.state_space import LinearGaussian
from course_lib.basics.divergence import kl_gaussians
from course_lib.basics.gaussians import log_density

MODEL = rotation_model(TRUE)
DATA = linear2d.experiment(steps=12, size=400, seed=3)
SEEDS = range(4)


def spd(rng, n):
    root = rng.normal(size=(n, n))
    return root @ root.T + 0.1 * np.eye(n)


def random_model(rng, n=3, p=2):
    return LinearGaussian(
        rng.normal(size=(n, n)), spd(rng, n), rng.normal(size=(p, n)), spd(rng, p), rng.normal(size=n), spd(rng, n)
    )


def cost_of(filtered, model, observations):
    densities = (
        gaussian_density(model.mean, model.covariance),
        gaussian_density(filtered.forecast_mean, filtered.forecast_covariance),
        gaussian_density(filtered.analysis_mean, filtered.analysis_covariance),
    )
    return filter_cost(tensors(model), *densities, torch.tensor(observations))


@pytest.mark.parametrize("seed", SEEDS)
def test_divergence_equals_the_one_of_the_basics(seed):
    rng = np.random.default_rng(seed)
    q, p = ((rng.normal(size=3), spd(rng, 3)) for _ in range(2))
    assert np.isclose(kl(gaussian_density(*q), gaussian_density(*p)).item(), kl_gaussians(*q, *p), rtol=1e-12)


def test_divergence_is_taken_along_leading_axes():
    rng = np.random.default_rng(0)
    means, covariances = rng.normal(size=(2, 5, 2)), np.stack([spd(rng, 2) for _ in range(5)])
    found = kl(gaussian_density(means[0], covariances), gaussian_density(means[1], covariances[::-1].copy()))
    single = [kl_gaussians(means[0, k], covariances[k], means[1, k], covariances[4 - k]) for k in range(5)]
    np.testing.assert_allclose(found.numpy(), single, rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_carried_density_has_the_moments_of_the_moved_state(seed):
    rng = np.random.default_rng(seed)
    model, m, P = random_model(rng), rng.normal(size=3), spd(rng, 3)
    moved = carried(tensors(model), gaussian_density(m, P))
    np.testing.assert_allclose(moved.mean.numpy(), model.M @ m)
    np.testing.assert_allclose(moved.covariance().numpy(), model.M @ P @ model.M.T + model.Q)


@pytest.mark.parametrize("seed", SEEDS)
def test_expected_misfit_equals_gauss_hermite_quadrature(seed):
    rng = np.random.default_rng(seed)
    model, m, P, y = random_model(rng, n=2), rng.normal(size=2), spd(rng, 2), rng.normal(size=2)
    nodes, weights = np.polynomial.hermite_e.hermegauss(6)
    grid = np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2)
    weight = np.outer(weights, weights).ravel() / weights.sum() ** 2
    states = m + grid @ np.linalg.cholesky(P).T
    quadrature = -weight @ log_density(y - states @ model.H.T, np.zeros(2), model.R)
    found = expected_misfit(tensors(model), gaussian_density(m, P), torch.tensor(y))
    assert np.isclose(found.item(), quadrature, rtol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_cost_of_the_kalman_filter_is_minus_the_log_evidence_of_every_sequence(seed):
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    model = model._replace(M=model.M / abs(np.linalg.eigvals(model.M)).max())
    observations = rng.normal(size=(5, 8, 2))
    filtered = kalman_filter(model, observations)
    cost = cost_of(filtered, model, observations)
    np.testing.assert_allclose(cost.total.numpy(), -filtered.log_likelihood, rtol=1e-10)
    assert abs(cost.forecast).max() < 1e-9
    assert abs(cost.initial).max() < 1e-9


@pytest.mark.parametrize("seed", SEEDS)
def test_bracket_is_at_least_minus_log_predictive_density_for_any_analysis(seed):
    rng = np.random.default_rng(seed)
    model, b, P, y = random_model(rng), rng.normal(size=3), spd(rng, 3), rng.normal(size=2)
    forecast = gaussian_density(b, P)
    predictive = -log_density(y, model.H @ b, model.H @ P @ model.H.T + model.R)
    for _ in range(50):
        analysis = gaussian_density(rng.normal(size=3), spd(rng, 3))
        bracket = expected_misfit(tensors(model), analysis, torch.tensor(y)) + kl(analysis, forecast)
        assert bracket.item() > predictive


@pytest.mark.parametrize("change", [{"sigma_p": 0.03}, {"sigma_p": 0.004}, {"sigma_o": 0.2}, {"theta": 0.06}])
def test_every_other_filter_costs_more_on_average(change):
    right = kalman_filter(MODEL, DATA.observations)
    wrong = kalman_filter(rotation_model(TRUE._replace(**change)), DATA.observations)
    gap = cost_of(wrong, MODEL, DATA.observations).total.numpy() + right.log_likelihood
    assert gap.mean() > 4 * gap.std() / np.sqrt(len(gap))


def test_a_slightly_wrong_filter_may_cost_less_on_a_single_sequence():
    right = kalman_filter(MODEL, DATA.observations)
    wrong = kalman_filter(rotation_model(TRUE._replace(sigma_p=0.0105)), DATA.observations)
    gap = cost_of(wrong, MODEL, DATA.observations).total.numpy() + right.log_likelihood
    assert (gap < 0).any()
    assert gap.mean() > 0


@pytest.mark.parametrize("seed", range(2))
def test_gradient_of_the_network_cost_equals_central_differences(seed):
    dan = gaussian_dan(2, 2, 4, 1, 1, torch.Generator().manual_seed(seed), learn_h0=True)
    rng, model, y = np.random.default_rng(seed), tensors(MODEL), torch.tensor(DATA.observations[:3, :4])
    unsupervised_cost(dan, model, y).total.mean().backward()
    for parameter in dan.parameters():
        place = tuple(rng.integers(length) for length in parameter.shape)
        values = []
        for step in (1e-6, -1e-6):
            with torch.no_grad():
                parameter[place] += step
                values.append(unsupervised_cost(dan, model, y).total.mean().item())
                parameter[place] -= step
        difference = (values[0] - values[1]) / 2e-6
        assert np.isclose(parameter.grad[place].item(), difference, rtol=1e-4, atol=1e-3)


def test_bad_input_is_refused_by_name():
    model, density = tensors(MODEL), gaussian_density(np.zeros((2, 3, 2)), np.eye(2))
    start = gaussian_density(np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match="forecasts: expected leading axes"):
        filter_cost(model, start, density, density, torch.zeros(2, 4, 2))
    shorter = gaussian_density(np.zeros((2, 2, 2)), np.eye(2))
    with pytest.raises(ValueError, match=r"analyses: expected leading axes \(2, 2\), got \(2, 3\)"):
        filter_cost(model, start, shorter, density, torch.zeros(2, 2, 2))
    with pytest.raises(ValueError, match="observations: expected finite numbers"):
        filter_cost(model, start, density, density, torch.full((2, 3, 2), torch.nan))
    with pytest.raises(ValueError, match="positive definite covariance of x_0"):
        tensors(MODEL._replace(covariance=np.zeros((2, 2))))
    with pytest.raises(ValueError, match="covariance: expected shape"):
        gaussian_density(np.zeros(2), np.eye(3))
