"""The Gaussian loss in NumPy: against SciPy and torch, by finite differences, and what theory says of its minima."""

import numpy as np
import pytest
import torch
from scipy import integrate, optimize, stats

from course_lib.basics.divergence import kl_gaussians
from course_lib.learning.differences import finite_difference_gradient
from course_lib.learning.gaussian_loss import best_constant_sigma, excess_nll, gaussian_nll, gaussian_nll_slopes


def samples(seed, size=40):
    rng = np.random.default_rng(seed)
    return rng.normal(size=size), rng.normal(size=size), rng.normal(size=size)


@pytest.mark.parametrize("seed", range(3))
def test_loss_equals_scipy_and_torch(seed):
    y, mu, log_sigma = samples(seed)
    ours = gaussian_nll(y, mu, log_sigma)
    np.testing.assert_allclose(ours, -stats.norm.logpdf(y, mu, np.exp(log_sigma)), rtol=1e-12)
    Y, M, S = map(torch.tensor, (y, mu, log_sigma))
    np.testing.assert_allclose(ours, -torch.distributions.Normal(M, S.exp()).log_prob(Y).numpy(), rtol=1e-12)
    criterion = torch.nn.GaussianNLLLoss(full=True, eps=1e-12, reduction="none")  # takes the variance
    np.testing.assert_allclose(ours, criterion(M, Y, (2 * S).exp()).numpy(), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_slopes_equal_autograd_and_central_differences(seed):
    y, mu, log_sigma = samples(seed, 12)
    by_mu, by_log_sigma = gaussian_nll_slopes(y, mu, log_sigma)
    M, S = (torch.tensor(array, requires_grad=True) for array in (mu, log_sigma))
    (-torch.distributions.Normal(M, S.exp()).log_prob(torch.tensor(y))).sum().backward()
    np.testing.assert_allclose(by_mu, M.grad.numpy(), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_log_sigma, S.grad.numpy(), rtol=1e-12, atol=1e-12)
    differences = finite_difference_gradient(lambda s: gaussian_nll(y, mu, s).sum(), log_sigma)
    np.testing.assert_allclose(by_log_sigma, differences, rtol=1e-7, atol=1e-7)


def test_loss_broadcasts_one_prediction_over_many_observations():
    y = np.arange(5.0)
    np.testing.assert_array_equal(gaussian_nll(y, 2.0, 0.0), gaussian_nll(y, np.full(5, 2.0), np.zeros(5)))


@pytest.mark.parametrize("sigma", [0.1, 1.0, 7.0])
def test_constant_sigma_loss_is_the_square_loss_times_a_factor_plus_a_constant(sigma):
    y, mu, _ = samples(4)
    expected = np.log(2 * np.pi * sigma**2) / 2 + np.mean((y - mu) ** 2) / (2 * sigma**2)
    assert gaussian_nll(y, mu, np.log(sigma)).mean() == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_best_constant_sigma_is_where_a_search_finds_the_minimum(seed):
    y, mu, _ = samples(seed)
    found = optimize.minimize_scalar(lambda s: gaussian_nll(y, mu, s).mean(), tol=1e-12)
    assert best_constant_sigma(y, mu) == pytest.approx(np.exp(found.x), rel=1e-6)
    assert gaussian_nll_slopes(y, mu, np.log(best_constant_sigma(y, mu)))[1].sum() == pytest.approx(0, abs=1e-12)


def test_loss_has_no_lower_bound_where_an_observation_is_hit():
    values = gaussian_nll(1.0, 1.0, np.array([0.0, -10.0, -100.0]))
    np.testing.assert_allclose(np.diff(values), [-10, -90])
    with pytest.raises(ValueError, match=r"mu: .*without limit"):
        best_constant_sigma([1.0, 2.0], [1.0, 2.0])


@pytest.mark.parametrize("seed", range(5))
def test_excess_equals_the_divergence_of_the_gaussians_and_the_integral(seed):
    mu, log_sigma, true_mu, true_log_sigma = np.random.default_rng(seed).normal(size=4)
    excess = excess_nll(mu, log_sigma, true_mu, true_log_sigma)
    of_truth = [[np.exp(2 * true_log_sigma)]]
    assert excess == pytest.approx(kl_gaussians([true_mu], of_truth, [mu], [[np.exp(2 * log_sigma)]]), rel=1e-10)
    truth = stats.norm(true_mu, np.exp(true_log_sigma))
    limits = truth.ppf([1e-15, 1 - 1e-15])
    mean, _ = integrate.quad(lambda y: truth.pdf(y) * float(gaussian_nll(y, mu, log_sigma)), *limits, epsabs=1e-11)
    assert excess == pytest.approx(mean - truth.entropy(), rel=1e-8, abs=1e-8)


def test_excess_of_the_truth_is_zero_and_positive_for_all_else():
    rng = np.random.default_rng(0)
    mu, log_sigma = rng.normal(size=(2, 100))
    np.testing.assert_array_equal(excess_nll(mu, log_sigma, mu, log_sigma), 0)
    assert (excess_nll(mu, log_sigma, mu + 1e-5, log_sigma) > 0).all()
    assert (excess_nll(mu, log_sigma, mu, log_sigma + 1e-5) > 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, np.nan], 0.0, 0.0), "y: expected finite"),
        (([1.0], np.inf, 0.0), "mu: expected finite"),
        (([1.0], 0.0, "wide"), "log_sigma: expected an array of numbers"),
        (([1.0, 2.0], [1.0, 2.0, 3.0], 0.0), r"y, mu, log_sigma: .*\(2,\), \(3,\)"),
    ],
)
def test_bad_arguments_are_refused_by_name(arguments, message):
    for function in (gaussian_nll, gaussian_nll_slopes):
        with pytest.raises(ValueError, match=message):
            function(*arguments)
