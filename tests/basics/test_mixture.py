import numpy as np
import pytest
import torch

from course_lib.basics.gaussians import log_density
from course_lib.basics.latent import fisher_gradient, log_evidence
from course_lib.basics.mixture import (
    Mixture,
    check_mixture,
    log_joint,
    log_joint_rows,
    log_likelihood,
    responsibilities,
    score,
)
from tests.basics.mixtures import SEEDS, problem, tensors, torch_mixture


@pytest.mark.parametrize("seed", SEEDS)
def test_log_joint_is_log_weight_plus_log_density(seed):
    x, theta = problem(seed)
    expected = np.stack([np.log(w) + log_density(x, m, S) for w, m, S in zip(*theta, strict=True)], axis=1)
    np.testing.assert_allclose(log_joint(theta, x), expected, rtol=1e-11)
    np.testing.assert_array_equal(log_joint_rows(theta, x.T.copy()).T, log_joint(theta, x))


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("seed", SEEDS)
def test_log_likelihood_equals_torchs(seed, d):
    x, theta = problem(seed, d=d)
    expected = torch_mixture(*tensors(theta)).log_prob(torch.tensor(x)).sum()
    np.testing.assert_allclose(log_likelihood(theta, x), float(expected), rtol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_log_likelihood_and_responsibilities_equal_scikit_learns(seed):
    from sklearn.mixture import GaussianMixture

    x, theta = problem(seed)
    model = GaussianMixture(3)
    model.weights_, model.means_, model.covariances_ = theta
    model.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(theta.covariances))
    np.testing.assert_allclose(log_likelihood(theta, x), model.score_samples(x).sum(), rtol=1e-11)
    np.testing.assert_allclose(responsibilities(theta, x), model.predict_proba(x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_density_integrates_to_one(seed):
    _, theta = problem(seed, d=1)
    grid = np.linspace(-60, 60, 24001)
    density = np.exp(log_evidence(log_joint(theta, grid[:, None])))
    assert abs(np.trapezoid(density, grid) - 1) < 1e-8


@pytest.mark.parametrize("seed", SEEDS)
def test_responsibilities_sum_to_one_and_move_with_the_names_of_the_components(seed):
    x, theta = problem(seed)
    r, order = responsibilities(theta, x), [2, 0, 1]
    np.testing.assert_allclose(r.sum(axis=1), 1, rtol=1e-14)
    renamed = Mixture(*(part[order] for part in theta))
    np.testing.assert_allclose(responsibilities(renamed, x), r[:, order], rtol=1e-12)
    np.testing.assert_allclose(log_likelihood(renamed, x), log_likelihood(theta, x), rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_score_equals_torchs_autograd(seed):
    x, theta = problem(seed)
    parameters = [part.requires_grad_() for part in tensors(theta)]
    likelihood = torch_mixture(*parameters).log_prob(torch.tensor(x)).sum()
    logits, means, covariances = (part.numpy() for part in torch.autograd.grad(likelihood, parameters))
    ours = score(theta, x)
    np.testing.assert_allclose(ours.weights, logits, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(ours.means, means, rtol=1e-9, atol=1e-10)
    # torch differentiates through a Cholesky factor, which reads one triangle only and spreads the result over both
    symmetric = (covariances + covariances.transpose(0, 2, 1)) / 2
    np.testing.assert_allclose(ours.covariances, symmetric, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_score_of_the_means_is_fishers_posterior_mean(seed):
    x, theta = problem(seed)
    (N, d), K = x.shape, len(theta.weights)
    of_joint = np.zeros((N, K, K, d))
    for k in range(K):
        of_joint[:, k, k] = (x - theta.means[k]) @ np.linalg.inv(theta.covariances[k])
    expected = fisher_gradient(log_joint(theta, x), of_joint.reshape(N, K, -1)).reshape(K, d)
    np.testing.assert_allclose(score(theta, x).means, expected, rtol=1e-10)


def test_far_away_points_still_have_finite_densities():
    _, theta = problem(0)
    far = np.array([[1e6, -1e6]])
    assert np.isfinite(log_likelihood(theta, far))
    np.testing.assert_allclose(responsibilities(theta, far).sum(), 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [0.5, 0.5, 0.1]}, "weights: expected positive numbers that sum to one"),
        ({"weights": [1.0, 0.5, -0.5]}, "weights: expected positive numbers"),
        ({"weights": [0.5, 0.5]}, r"means|covariances"),
        ({"means": np.zeros((2, 2))}, r"means: expected shape \(3, any\), got \(2, 2\)"),
        ({"means": np.full((3, 2), np.nan)}, "means: expected finite"),
        ({"covariances": np.zeros((3, 3, 3))}, r"covariances: expected shape \(3, 2, 2\)"),
        ({"covariances": np.tile([[1.0, 1.0], [1.0, 1.0]], (3, 1, 1))}, r"covariances\[0\]: expected a positive definite"),
        ({"covariances": np.tile([[1.0, 0.5], [0.0, 1.0]], (3, 1, 1))}, r"covariances\[0\]: expected a symmetric"),
    ],
)
@pytest.mark.parametrize("function", [check_mixture, lambda theta: log_joint(theta, np.zeros((5, 2)))])
def test_what_is_no_mixture_is_refused(function, change, message):
    _, theta = problem(0)
    with pytest.raises(ValueError, match=message):
        function(theta._replace(**change))


@pytest.mark.parametrize("function", [log_joint, log_likelihood, responsibilities, score])
def test_data_of_another_dimension_or_not_finite_are_refused(function):
    _, theta = problem(0)
    with pytest.raises(ValueError, match=r"x: expected shape \(any, 2\), got \(5, 3\)"):
        function(theta, np.zeros((5, 3)))
    with pytest.raises(ValueError, match="x: expected finite numbers"):
        function(theta, [[0.0, np.inf]])
