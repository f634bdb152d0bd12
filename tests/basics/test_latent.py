import numpy as np
import pytest
import scipy.special

from course_lib.basics.latent import (
    distributions,
    fisher_gradient,
    free_energy,
    kl_to_posterior,
    log_evidence,
    normalise,
    posterior,
)
from tests.basics.mixtures import SEEDS


def table(seed, N=7, K=4):
    return 5 * np.random.default_rng(seed).normal(size=(N, K))


def some_q(seed, N=7, K=4):
    return np.random.default_rng(seed + 50).dirichlet(np.ones(K), N)


@pytest.mark.parametrize("seed", SEEDS)
def test_evidence_and_posterior_equal_scipys(seed):
    log_joint = table(seed)
    np.testing.assert_allclose(log_evidence(log_joint), scipy.special.logsumexp(log_joint, axis=1), rtol=1e-13)
    np.testing.assert_allclose(posterior(log_joint), scipy.special.softmax(log_joint, axis=1), rtol=1e-13)


@pytest.mark.parametrize("axis", [0, 1])
def test_normalise_works_along_either_axis(axis):
    evidence, q = normalise(table(0), axis=axis)
    np.testing.assert_allclose(q.sum(axis=axis), 1, rtol=1e-14)
    np.testing.assert_allclose(evidence, scipy.special.logsumexp(table(0), axis=axis), rtol=1e-13)


@pytest.mark.parametrize("shift", [-2000.0, 2000.0])
def test_evidence_neither_overflows_nor_underflows(shift):
    np.testing.assert_allclose(log_evidence(table(0) + shift), log_evidence(table(0)) + shift, rtol=1e-14)
    np.testing.assert_allclose(posterior(table(0) + shift), posterior(table(0)), rtol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_free_energy_plus_divergence_is_the_log_likelihood_for_any_q(seed):
    log_joint, q = table(seed), some_q(seed)
    total = free_energy(log_joint, q) + kl_to_posterior(log_joint, q)
    np.testing.assert_allclose(total, log_evidence(log_joint).sum(), rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_free_energy_is_below_the_log_likelihood_and_touches_it_at_the_posterior(seed):
    log_joint = table(seed)
    likelihood = log_evidence(log_joint).sum()
    assert free_energy(log_joint, some_q(seed)) < likelihood
    np.testing.assert_allclose(free_energy(log_joint, posterior(log_joint)), likelihood, rtol=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_divergence_equals_scipys_relative_entropy(seed):
    log_joint, q = table(seed), some_q(seed)
    expected = scipy.special.rel_entr(q, scipy.special.softmax(log_joint, axis=1)).sum()
    np.testing.assert_allclose(kl_to_posterior(log_joint, q), expected, rtol=1e-11)


def test_q_that_is_certain_has_no_entropy():
    log_joint = table(1)
    np.testing.assert_allclose(
        free_energy(log_joint, np.eye(4)[[0, 1, 2, 3, 0, 1, 2]]), log_joint[range(7), [0, 1, 2, 3, 0, 1, 2]].sum()
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_fisher_gradient_equals_central_differences(seed):
    rng = np.random.default_rng(seed)
    slopes, bends, theta = rng.normal(size=(7, 4, 3)), rng.normal(size=(7, 4, 3)), rng.normal(size=3)

    def log_joint(theta):
        return slopes @ theta + np.sin(bends @ theta)

    gradient = slopes + np.cos(bends @ theta)[..., None] * bends
    step = 1e-5 * np.eye(3)
    differences = [(log_evidence(log_joint(theta + h)).sum() - log_evidence(log_joint(theta - h)).sum()) / 2e-5 for h in step]
    np.testing.assert_allclose(fisher_gradient(log_joint(theta), gradient), differences, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    ("q", "message"),
    [
        (np.full((7, 3), 1 / 3), r"q: expected shape \(7, 4\), got \(7, 3\)"),
        (np.full((7, 4), 0.3), "q: each row must sum to one, but a sum is off by 0.2"),
        (np.tile([1.5, -0.5, 0, 0], (7, 1)), "q: expected probabilities, got -0.5"),
        (np.full((7, 4), np.nan), "q: expected finite numbers"),
    ],
)
@pytest.mark.parametrize("function", [free_energy, kl_to_posterior])
def test_q_that_is_no_distribution_is_refused(function, q, message):
    with pytest.raises(ValueError, match=message):
        function(table(0), q)


@pytest.mark.parametrize("function", [log_evidence, posterior])
@pytest.mark.parametrize("log_joint", [[1.0, 2.0], [[np.nan, 0.0]], [["a"]]])
def test_table_of_a_wrong_kind_is_refused(function, log_joint):
    with pytest.raises(ValueError, match="log_joint: expected"):
        function(log_joint)


def test_gradient_of_a_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"joint_gradient: expected shape \(7, 4, any\)"):
        fisher_gradient(table(0), np.zeros((7, 3, 2)))


def test_distributions_names_the_argument():
    with pytest.raises(ValueError, match="responsibilities: each row"):
        distributions("responsibilities", [[0.5, 0.4]], (1, 2))
