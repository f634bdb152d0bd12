"""Gaussians against SciPy, torch, a grid, samples, and the identities that they obey."""

import numpy as np
import pytest
import torch
from scipy.stats import chi2, multivariate_normal

from course_lib.basics.gaussians import (
    gain,
    gain_information,
    joint,
    log_density,
    posterior,
    posterior_information,
    sample,
)

SEEDS = range(5)
SIZES = [(1, 1), (3, 2), (2, 5), (6, 1)]


def spd(rng, size):
    factor = rng.normal(size=(size, size + 2))
    return factor @ factor.T + 0.1 * np.eye(size)


def model(seed, n, k):
    """A random pair (mu, K, L, m, Sigma), and one observation u."""
    rng = np.random.default_rng(seed)
    pair = rng.normal(size=n), spd(rng, n), rng.normal(size=(k, n)), rng.normal(size=k), spd(rng, k)
    return pair, rng.normal(size=k)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("d", [1, 2, 7])
def test_log_density_equals_scipy_and_torch(seed, d):
    rng = np.random.default_rng(seed)
    mean, covariance, x = rng.normal(size=d), spd(rng, d), rng.normal(size=(4, 3, d))
    ours = log_density(x, mean, covariance)
    np.testing.assert_allclose(ours, multivariate_normal(mean, covariance).logpdf(x), rtol=1e-10)
    theirs = torch.distributions.MultivariateNormal(torch.tensor(mean), torch.tensor(covariance)).log_prob(torch.tensor(x))
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-10)
    assert log_density(x[0, 0], mean, covariance) == pytest.approx(ours[0, 0], rel=1e-12)


def test_log_density_survives_where_the_density_and_the_determinant_underflow():
    d = 400
    assert np.linalg.det(1e-4 * np.eye(d)) == 0
    expected = -0.5 * d * (np.log(2 * np.pi * 1e-4) + 9.0)
    assert log_density(np.full(d, 0.03), np.zeros(d), 1e-4 * np.eye(d)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_density_integrates_to_one(seed):
    rng = np.random.default_rng(seed)
    mean, covariance = rng.normal(size=2), spd(rng, 2)
    axes = [centre + np.linspace(-9, 9, 400) * np.sqrt(v) for centre, v in zip(mean, np.diag(covariance), strict=True)]
    cell = (axes[0][1] - axes[0][0]) * (axes[1][1] - axes[1][0])
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    assert np.exp(log_density(points, mean, covariance)).sum() * cell == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_samples_have_the_mean_and_covariance_asked_for(seed):
    rng = np.random.default_rng(seed)
    mean, covariance, size = rng.normal(size=3), spd(rng, 3), 20_000
    x = sample(mean, covariance, size, rng)
    assert x.shape == (size, 3)
    # Mahalanobis distance of the sample mean: a chi-square variable; a right answer fails once in a million.
    error = x.mean(axis=0) - mean
    assert size * error @ np.linalg.solve(covariance, error) < chi2(3).ppf(1 - 1e-6)
    v = np.diag(covariance)
    spread = np.sqrt((np.outer(v, v) + covariance**2) / size)  # standard deviation of a sample covariance
    assert (np.abs(np.cov(x.T) - covariance) < 5 * spread).all()


def test_samples_repeat_with_the_seed_and_leave_the_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first, second = (sample([1.0, 2.0], np.eye(2), 3, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_log_joint_is_the_sum_of_the_logs_of_prior_and_likelihood(seed, n, k):
    (mu, K, L, m, Sigma), _ = model(seed, n, k)
    rng = np.random.default_rng(seed + 100)
    mean, covariance = joint(mu, K, L, m, Sigma)
    for v, u in zip(rng.normal(size=(5, n)), rng.normal(size=(5, k)), strict=True):
        expected = multivariate_normal(mu, K).logpdf(v) + multivariate_normal(L @ v + m, Sigma).logpdf(u)
        assert log_density(np.concatenate([v, u]), mean, covariance) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("seed", SEEDS)
def test_joint_covariance_is_that_of_sampled_pairs(seed):
    (mu, K, L, m, Sigma), _ = model(seed, 2, 3)
    rng, size = np.random.default_rng(seed), 20_000
    v = sample(mu, K, size, rng)
    u = v @ L.T + m + sample(np.zeros(3), Sigma, size, rng)
    pairs, (mean, covariance) = np.hstack([v, u]), joint(mu, K, L, m, Sigma)
    variance = np.diag(covariance)
    assert (np.abs(pairs.mean(axis=0) - mean) < 5 * np.sqrt(variance / size)).all()
    spread = np.sqrt((np.outer(variance, variance) + covariance**2) / size)
    assert (np.abs(np.cov(pairs.T) - covariance) < 5 * spread).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_posterior_obeys_bayes_rule(seed, n, k):
    (mu, K, L, m, Sigma), u = model(seed, n, k)
    mean, covariance = posterior(mu, K, L, m, Sigma, u)
    evidence = multivariate_normal(L @ mu + m, L @ K @ L.T + Sigma).logpdf(u)
    for v in np.random.default_rng(seed).normal(size=(5, n)):
        expected = multivariate_normal(mu, K).logpdf(v) + multivariate_normal(L @ v + m, Sigma).logpdf(u) - evidence
        assert multivariate_normal(mean, covariance).logpdf(v) == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_posterior_equals_conditioning_on_a_grid(seed):
    (mu, K, L, m, Sigma), u = model(seed, 2, 1)
    mean, covariance = posterior(mu, K, L, m, Sigma, u)
    axes = [centre + np.linspace(-9, 9, 601) * np.sqrt(v) for centre, v in zip(mean, np.diag(covariance), strict=True)]
    v = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    likelihood = np.exp(-0.5 * (u - v @ L.T - m)[:, 0] ** 2 / Sigma[0, 0])
    weight = likelihood * multivariate_normal(mu, K).pdf(v)
    weight /= weight.sum()
    on_grid = weight @ v
    np.testing.assert_allclose(mean, on_grid, atol=1e-9)
    np.testing.assert_allclose(covariance, (v - on_grid).T @ ((v - on_grid) * weight[:, None]), atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_both_gain_forms_give_the_same_posterior(seed, n, k):
    pair, u = model(seed, n, k)
    mu, K, L, m, Sigma = pair
    G = gain(K, L, Sigma)
    np.testing.assert_allclose(gain_information(K, L, Sigma), G, rtol=0, atol=1e-10)
    for mean, covariance in (posterior(*pair, u), posterior_information(*pair, u)):
        np.testing.assert_allclose(mean, mu + G @ (u - L @ mu - m), rtol=0, atol=1e-10)
        np.testing.assert_allclose(covariance, K - G @ L @ K, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(covariance, covariance.T)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("n", "k"), SIZES)
def test_gain_has_the_least_error_of_all_linear_estimates(seed, n, k):
    (_, K, L, _, Sigma), _ = model(seed, n, k)

    def mean_square_error(G):
        left = np.eye(n) - G @ L
        return np.trace(left @ K @ left.T + G @ Sigma @ G.T)

    best = gain(K, L, Sigma)
    rng = np.random.default_rng(seed)
    for step in (1e-3, 0.1, 1.0):
        assert mean_square_error(best + step * rng.normal(size=(n, k))) > mean_square_error(best)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("update", [posterior, posterior_information])
def test_posterior_is_narrower_whatever_is_observed(seed, update):
    pair, u = model(seed, 4, 2)
    after = update(*pair, u).covariance
    np.testing.assert_array_equal(after, update(*pair, u + 100).covariance)
    assert np.linalg.eigvalsh(pair[1] - after)[0] > -1e-12 * np.trace(pair[1])
    assert np.linalg.eigvalsh(after)[0] > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("update", [posterior, posterior_information])
def test_independent_observations_may_be_taken_one_by_one(seed, update):
    (mu, K, L, m, _), u = model(seed, 4, 3)
    Sigma = np.diag([0.2, 1.0, 3.0])
    together = update(mu, K, L, m, Sigma, u)
    for order in ([0, 1, 2], [2, 0, 1]):
        one_by_one = mu, K
        for i in order:
            one_by_one = update(*one_by_one, L[[i]], m[[i]], Sigma[i : i + 1, i : i + 1], u[[i]])
        for one, other in zip(one_by_one, together, strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)


def test_two_equal_thermometers_meet_half_way():
    mean, covariance = posterior([10.0], [[1.0]], [[1.0]], [0.0], [[1.0]], [12.0])
    assert mean == pytest.approx([11.0], rel=1e-14)
    assert covariance == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize("function", [log_density, lambda x, *rest: sample(*rest, 3, np.random.default_rng(0))])
@pytest.mark.parametrize(
    ("mean", "covariance", "message"),
    [
        ([0, np.nan], np.eye(2), "^mean: expected finite numbers"),
        (0.0, np.eye(1), "^mean: expected shape"),
        ([0, 0], np.eye(3), r"^covariance: expected shape \(2, 2\), got \(3, 3\)"),
        ([0, 0], np.ones((2, 2)), "^covariance: expected a positive definite matrix"),
        ([0, 0], [[1, 0.5], [0.2, 1]], "^covariance: expected a symmetric matrix"),
        ([0, 0], [[1, np.inf], [np.inf, 1]], "^covariance: expected finite numbers"),
    ],
)
def test_bad_gaussians_are_refused_by_name(function, mean, covariance, message):
    with pytest.raises(ValueError, match=message):
        function([0.0, 0.0], mean, covariance)


def test_bad_points_and_sizes_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^x: expected shape \(\.\.\., 2\), got \(3,\)"):
        log_density(np.zeros(3), np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match=r"^size: expected a whole number, at least 1, got 0"):
        sample(np.zeros(2), np.eye(2), 0, np.random.default_rng(0))


GOOD = {"mu": np.zeros(2), "K": np.eye(2), "L": np.ones((1, 2)), "m": np.zeros(1), "Sigma": np.eye(1), "u": np.ones(1)}
MODEL = ["mu", "K", "L", "m", "Sigma"]
TAKES = {
    joint: MODEL,
    posterior: [*MODEL, "u"],
    posterior_information: [*MODEL, "u"],
    gain: ["K", "L", "Sigma"],
    gain_information: ["K", "L", "Sigma"],
}
BAD_MODELS = [
    ("mu", [0.0, np.nan], "mu: expected finite numbers"),
    ("mu", np.zeros(3), r"K: expected shape \(3, 3\), got \(2, 2\)"),
    ("K", np.ones((2, 2)), "K: expected a positive definite matrix"),
    ("K", [[1.0, 0.5], [0.4, 1.0]], "K: expected a symmetric matrix"),
    ("K", np.eye(3), r"(K: expected shape \(2, 2\), got \(3, 3\)|L: expected shape \(1, 3\), got \(1, 2\))"),
    ("L", np.ones((2, 1)), r"L: expected shape \(1, 2\), got \(2, 1\)"),
    ("L", [[1.0, np.inf]], "L: expected finite numbers"),
    ("m", np.zeros((1, 1)), r"m: expected shape \(any,\), got \(1, 1\)"),
    ("Sigma", [[0.0]], "Sigma: expected a positive definite matrix"),
    ("Sigma", [[-1.0]], "Sigma: expected a positive definite matrix"),
    ("u", [1.0, 2.0], r"u: expected shape \(1,\), got \(2,\)"),
    ("u", [np.nan], "u: expected finite numbers"),
]


@pytest.mark.parametrize("function", TAKES)
def test_bad_models_are_refused_by_name(function):
    function(**{key: GOOD[key] for key in TAKES[function]})
    for name, value, message in BAD_MODELS:
        if name in TAKES[function]:
            arguments = {key: value if key == name else GOOD[key] for key in TAKES[function]}
            with pytest.raises(ValueError, match=f"^{message}"):
                function(**arguments)
