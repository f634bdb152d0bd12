"""Divergences against PyTorch, SciPy and sampling; projections against the theory and SciPy's optimiser."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, optimize, stats

from course_lib.basics.divergence import kl_gaussians, kl_gradient, kl_quadrature, mode_seeking, moment_matching
from course_lib.basics.gaussians import log_density, sample

SEEDS = range(4)
Z = np.linspace(-14, 14, 2001)


def gaussian(rng, d):
    root = rng.normal(size=(d, d))
    return 2 * rng.normal(size=d), root @ root.T + 0.3 * np.eye(d)


def normal(mean, sigma, z=Z):
    return stats.norm(mean, sigma).logpdf(z)


def humps(weight=0.4, means=(-2.0, 2.5), sigmas=(0.6, 0.9)):
    """Log density of a mixture of two Gaussians."""
    return np.logaddexp(np.log(weight) + normal(means[0], sigmas[0]), np.log(1 - weight) + normal(means[1], sigmas[1]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("d", [1, 2, 5])
def test_divergence_of_gaussians_is_that_of_torch(seed, d):
    rng = np.random.default_rng(seed)
    pairs = [gaussian(rng, d) for _ in range(2)]
    q, p = (torch.distributions.MultivariateNormal(*map(torch.tensor, pair)) for pair in pairs)
    assert kl_gaussians(*pairs[0], *pairs[1]) == pytest.approx(torch.distributions.kl_divergence(q, p).item(), rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_divergence_of_gaussians_is_the_mean_log_ratio_of_a_sample(seed):
    rng = np.random.default_rng(seed)
    q, p = gaussian(rng, 3), gaussian(rng, 3)
    draws = sample(*q, 20_000, rng)
    log_ratio = log_density(draws, *q) - log_density(draws, *p)
    assert kl_gaussians(*q, *p) == pytest.approx(log_ratio.mean(), abs=5 * log_ratio.std() / np.sqrt(len(draws)))


@pytest.mark.parametrize("seed", SEEDS)
def test_quadrature_agrees_with_the_closed_form(seed):
    rng = np.random.default_rng(seed)
    (mean_q, mean_p), (sigma_q, sigma_p) = rng.normal(size=2), rng.uniform(0.5, 1.5, 2)
    expected = kl_gaussians([mean_q], [[sigma_q**2]], [mean_p], [[sigma_p**2]])
    assert kl_quadrature(normal(mean_q, sigma_q), normal(mean_p, sigma_p), Z) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_quadrature_agrees_with_scipys_adaptive_integral():
    q, p = stats.gumbel_r(0.0, 0.7), stats.norm(0.4, 1.0)
    expected, _ = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -4, 14, epsabs=1e-12, limit=200)
    assert kl_quadrature(q.logpdf(Z), p.logpdf(Z), Z) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("d", [1, 2, 5])
def test_divergence_is_positive_and_zero_from_a_gaussian_to_itself(seed, d):
    rng = np.random.default_rng(seed)
    q, p = gaussian(rng, d), gaussian(rng, d)
    assert kl_gaussians(*q, *p) > 0 < kl_gaussians(*p, *q)
    assert kl_gaussians(*q, *q) == pytest.approx(0, abs=1e-13)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    weight=st.floats(0.05, 0.95),
    mean=st.floats(-3, 3),
    sigma=st.floats(0.3, 2),
    other=st.floats(-3, 3),
    spread=st.floats(0.3, 2),
)
def test_divergence_between_densities_with_humps_is_never_negative(weight, mean, sigma, other, spread):
    q, p = humps(weight, (mean, 1.0), (sigma, 0.8)), humps(0.3, (other, -1.0), (spread, 1.0))
    assert kl_quadrature(q, p, Z) > -1e-12
    assert kl_quadrature(q, q, Z) == 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("d", [1, 4])
def test_divergence_is_symmetric_for_equal_covariances_and_not_for_equal_means(seed, d):
    rng = np.random.default_rng(seed)
    (mean_q, covariance), (mean_p, other) = gaussian(rng, d), gaussian(rng, d)
    forth = kl_gaussians(mean_q, covariance, mean_p, covariance)
    assert forth == pytest.approx(kl_gaussians(mean_p, covariance, mean_q, covariance), rel=1e-10)
    mahalanobis = (mean_q - mean_p) @ np.linalg.solve(covariance, mean_q - mean_p)
    assert forth == pytest.approx(mahalanobis / 2, rel=1e-10)
    forth, back = kl_gaussians(mean_q, covariance, mean_q, other), kl_gaussians(mean_q, other, mean_q, covariance)
    assert abs(forth - back) > 0.01 * forth


@pytest.mark.parametrize("seed", SEEDS)
def test_divergence_does_not_change_with_the_coordinates(seed):
    rng = np.random.default_rng(seed)
    (mean_q, K), (mean_p, C), A, shift = gaussian(rng, 3), gaussian(rng, 3), rng.normal(size=(3, 3)), rng.normal(size=3)
    moved = kl_gaussians(A @ mean_q + shift, A @ K @ A.T, A @ mean_p + shift, A @ C @ A.T)
    assert moved == pytest.approx(kl_gaussians(mean_q, K, mean_p, C), rel=1e-8)


def test_moments_of_two_humps_are_those_of_the_mixture():
    mean, sigma = moment_matching(humps(), Z)
    exact = 0.4 * -2.0 + 0.6 * 2.5
    second = 0.4 * (0.6**2 + 2.0**2) + 0.6 * (0.9**2 + 2.5**2)
    assert mean == pytest.approx(exact, rel=1e-10)
    assert sigma == pytest.approx(np.sqrt(second - exact**2), rel=1e-10)


def test_no_gaussian_is_closer_from_p_than_the_one_with_its_moments():
    p = humps()
    mean, sigma = moment_matching(p, Z)
    found = optimize.minimize(lambda t: kl_quadrature(p, normal(t[0], t[1]), Z), [0.0, 1.5], method="Nelder-Mead", tol=1e-10)
    assert [mean, sigma] == pytest.approx(found.x, abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_of_the_divergence_equals_central_differences(seed):
    rng = np.random.default_rng(seed)
    p, mean, log_sigma, step = humps(), rng.normal(), rng.uniform(-0.5, 0.5), 1e-5

    def divergence(mean, log_sigma):
        return kl_quadrature(normal(mean, np.exp(log_sigma)), p, Z)

    expected = [
        (divergence(mean + step, log_sigma) - divergence(mean - step, log_sigma)) / (2 * step),
        (divergence(mean, log_sigma + step) - divergence(mean, log_sigma - step)) / (2 * step),
    ]
    np.testing.assert_allclose(kl_gradient(p, Z, mean, np.exp(log_sigma)), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("first", "hump"), [(-2.5, (-2.0, 0.6)), (3.0, (2.5, 0.9))])
def test_descent_settles_at_the_hump_where_it_starts(first, hump):
    path = mode_seeking(humps(), Z, first, 1.0)
    assert path.shape == (201, 2)
    assert path[0].tolist() == [first, 1.0]
    assert path[-1] == pytest.approx(hump, abs=0.05)
    np.testing.assert_allclose(kl_gradient(humps(), Z, *path[-1].tolist()), 0, atol=1e-6)
    values = [kl_quadrature(normal(mean, sigma), humps(), Z) for mean, sigma in path]
    assert (np.diff(values) < 1e-12).all()


def test_both_projections_of_a_gaussian_are_the_gaussian():
    p = normal(0.7, 1.3)
    assert moment_matching(p, Z) == pytest.approx((0.7, 1.3), rel=1e-9)
    assert mode_seeking(p, Z, -1.0, 0.6, steps=400)[-1] == pytest.approx((0.7, 1.3), rel=1e-6)


@pytest.mark.parametrize("position", range(4))
def test_gaussians_that_do_not_fit_are_named(position):
    name = ["mean_q", "covariance_q", "mean_p", "covariance_p"][position]
    good = [np.zeros(2), np.eye(2), np.ones(2), 2 * np.eye(2)]
    bad = [np.array([np.nan, 0.0]), np.zeros((2, 2))] if position % 2 else [np.array([np.nan, 0.0]), np.zeros((2, 2, 1))]
    for value in bad:
        arguments = [*good[:position], value, *good[position + 1 :]]
        with pytest.raises(ValueError, match=f"^{name}: expected"):
            kl_gaussians(*arguments)
    with pytest.raises(ValueError, match=r"^mean_p: expected shape \(2,\), got \(3,\)"):
        kl_gaussians(np.zeros(2), np.eye(2), np.zeros(3), np.eye(3))


def test_densities_that_are_none_on_the_grid_are_named():
    p = normal(0.0, 1.0)
    with pytest.raises(ValueError, match=r"^log_q: expected a density on the grid z, but it integrates to 0\.5"):
        kl_quadrature(normal(14.0, 1.0), p, Z)
    with pytest.raises(ValueError, match=r"^log_p: expected a density .* 2"):
        kl_quadrature(p, p + np.log(2), Z)
    with pytest.raises(ValueError, match=r"^log_p: expected a density .* inf"):
        moment_matching(p + 1e6, Z)
    with pytest.raises(ValueError, match=r"^log_p: expected shape \(2001,\)"):
        kl_quadrature(p, p[1:], Z)
    with pytest.raises(ValueError, match=r"^log_q: expected finite numbers, got NaN or infinity in 1 "):
        kl_quadrature(np.append(p[:-1], -np.inf), p, Z)
    with pytest.raises(ValueError, match=r"^z: expected at least two increasing points"):
        moment_matching(p[::-1], Z[::-1])
    with pytest.raises(ValueError, match=r"^z: expected at least two increasing points"):
        moment_matching([0.0], [0.0])


def test_descent_names_what_it_cannot_start_from_and_where_it_leaves_the_grid():
    p = humps()
    with pytest.raises(ValueError, match=r"^sigma: expected a positive number, got 0"):
        mode_seeking(p, Z, 0.0, 0.0)
    with pytest.raises(ValueError, match=r"^mean: expected finite"):
        mode_seeking(p, Z, np.nan, 1.0)
    with pytest.raises(ValueError, match=r"^learning_rate: expected a positive number, got -0.1"):
        mode_seeking(p, Z, 0.0, 1.0, learning_rate=-0.1)
    with pytest.raises(ValueError, match=r"^steps: expected a whole number"):
        mode_seeking(p, Z, 0.0, 1.0, steps=1.5)
    with pytest.raises(
        ValueError, match=r"^log_q: expected a density on the grid z, but it integrates to .*; widen or refine z"
    ):
        mode_seeking(p, Z, 8.0, 0.5, learning_rate=5.0)
    with pytest.raises(ValueError, match=r"^sigma: expected a positive number, got -1"):
        kl_gradient(p, Z, 0.0, -1.0)
