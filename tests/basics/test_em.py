import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from course_lib.basics.em import CollapseError, fit, m_step
from course_lib.basics.latent import free_energy
from course_lib.basics.mixture import Mixture, check_mixture, log_joint, log_likelihood, responsibilities, score
from course_lib.basics.starts import random_start
from tests.basics.mixtures import SEEDS, problem


def energy(theta, x, q):
    return free_energy(log_joint(theta, x), q)


def some_q(seed, N=200, K=3):
    return np.random.default_rng(seed).dirichlet(np.ones(K), N)


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("seed", SEEDS)
def test_fit_equals_scikit_learn_from_the_same_start(seed, d):
    x, start = problem(seed, d=d)
    found = fit(x, start, max_steps=15, tolerance=0)
    peer = GaussianMixture(
        3,
        reg_covar=0,
        tol=0,
        max_iter=15,
        weights_init=start.weights,
        means_init=start.means,
        precisions_init=np.linalg.inv(start.covariances),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        peer.fit(x)
    assert peer.n_iter_ == 15
    for ours, theirs in zip(found.theta, (peer.weights_, peer.means_, peer.covariances_), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found.log_likelihoods[-1], peer.score(x) * len(x), rtol=1e-10)


@pytest.mark.parametrize("floor", [None, 0.5])
@pytest.mark.parametrize("seed", SEEDS)
def test_log_likelihood_never_falls(seed, floor):
    x, start = problem(seed)
    start = start._replace(covariances=start.covariances + np.eye(2))  # above the floor, as each later mixture is
    found = fit(x, start, max_steps=100, tolerance=0, floor=floor)
    assert (np.diff(found.log_likelihoods) > -1e-10 * abs(found.log_likelihoods[-1])).all()
    assert found.log_likelihoods[-1] > found.log_likelihoods[0] + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_history_belongs_to_the_path(seed):
    x, start = problem(seed)
    found = fit(x, start, max_steps=6, tolerance=0)
    assert len(found.path) == len(found.log_likelihoods) == 7
    assert not found.converged
    np.testing.assert_allclose(found.log_likelihoods, [log_likelihood(theta, x) for theta in found.path], rtol=1e-12)
    by_hand = m_step(x, responsibilities(found.path[2], x))
    for one, other in zip(by_hand, found.path[3], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-10)
    assert found.theta is found.path[-1]


@pytest.mark.parametrize("seed", SEEDS)
def test_each_half_step_raises_the_free_energy(seed):
    x, theta = problem(seed)
    q = some_q(seed)
    levels = [energy(theta, x, q)]
    for _ in range(5):
        q = responsibilities(theta, x)
        levels.append(energy(theta, x, q))
        theta = m_step(x, q)
        levels.append(energy(theta, x, q))
    assert (np.diff(levels) > 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_m_step_is_the_maximum_over_theta_for_any_q(seed):
    x, _ = problem(seed)
    q, rng = some_q(seed), np.random.default_rng(seed)
    best = m_step(x, q)
    for size in (1e-3, 1e-1):
        for _ in range(10):
            weights = best.weights * np.exp(size * rng.normal(size=3))
            turn = np.eye(2) + size * rng.normal(size=(3, 2, 2))
            other = Mixture(
                weights / weights.sum(),
                best.means + size * rng.normal(size=(3, 2)),
                turn @ best.covariances @ turn.transpose(0, 2, 1),
            )
            assert energy(other, x, q) < energy(best, x, q)


@pytest.mark.parametrize("seed", SEEDS)
def test_m_step_with_a_floor_is_the_maximum_under_that_constraint(seed):
    """A numerical optimiser over Σ = floor·I + B Bᵀ finds nothing better."""
    x, _ = problem(seed, N=40)
    x, floor = x / x.std(axis=0) * [1.0, 0.2] @ [[0.8, 0.6], [-0.6, 0.8]], 0.3
    best = m_step(x, np.ones((40, 1)), floor)

    def negative(parameters):
        factor = parameters.reshape(2, 2)
        return -energy(best._replace(covariances=(floor * np.eye(2) + factor @ factor.T)[None]), x, np.ones((40, 1)))

    found = minimize(negative, [1.0, 0.1, -0.1, 0.5], options={"gtol": 1e-8})
    assert np.linalg.eigvalsh(best.covariances[0])[0] == pytest.approx(floor, rel=1e-12)  # the constraint is active
    assert -found.fun <= energy(best, x, np.ones((40, 1))) + 1e-9
    np.testing.assert_allclose(-found.fun, energy(best, x, np.ones((40, 1))), rtol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_mixture_after_an_m_step_has_the_mean_and_covariance_of_the_data(seed):
    x, _ = problem(seed)
    theta = m_step(x, some_q(seed))
    mean = theta.weights @ theta.means
    between = np.einsum("k,ki,kj->ij", theta.weights, theta.means - mean, theta.means - mean)
    np.testing.assert_allclose(mean, x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(np.tensordot(theta.weights, theta.covariances, 1) + between, np.cov(x.T, bias=True), rtol=1e-11)


def test_one_component_is_the_maximum_likelihood_gaussian_in_one_step():
    x, _ = problem(0)
    found = fit(x, random_start(x, 1, np.random.default_rng(0)))
    np.testing.assert_allclose(found.theta.means[0], x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.theta.covariances[0], np.cov(x.T, bias=True), rtol=1e-12)
    assert found.converged
    assert len(found.path) == 3  # the second step changes nothing


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_vanishes_where_em_stands_still(seed):
    x, start = problem(seed)
    found = fit(x, start, max_steps=20_000, tolerance=1e-14)
    assert found.converged
    assert all(abs(part).max() < 1e-3 for part in score(found.theta, x))
    assert max(abs(part).max() for part in score(start, x)) > 1


@pytest.mark.parametrize("seed", SEEDS)
def test_em_step_of_the_means_is_a_scaled_gradient_step(seed):
    x, theta = problem(seed)
    counts = responsibilities(theta, x).sum(axis=0)
    step = np.einsum("kij,kj->ki", theta.covariances, score(theta, x).means) / counts[:, None]
    np.testing.assert_allclose(fit(x, theta, max_steps=1, tolerance=0).theta.means, theta.means + step, rtol=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_names_of_the_components_do_not_matter(seed):
    x, start = problem(seed)
    order = [1, 2, 0]
    one = fit(x, start, max_steps=10, tolerance=0).theta
    other = fit(x, Mixture(*(part[order] for part in start)), max_steps=10, tolerance=0).theta
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_allclose(theirs, mine[order], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_units_and_origin_of_the_data_do_not_matter(seed):
    x, start = problem(seed)
    scale, origin = np.array([1e3, 1e-4]), np.array([5e3, -2.0])
    moved = Mixture(start.weights, start.means * scale + origin, start.covariances * scale[:, None] * scale)
    one = fit(x, start, max_steps=10, tolerance=0)
    other = fit(x * scale + origin, moved, max_steps=10, tolerance=0)
    np.testing.assert_allclose(other.theta.means, one.theta.means * scale + origin, rtol=1e-7)
    np.testing.assert_allclose(other.log_likelihoods, one.log_likelihoods - len(x) * np.log(scale).sum(), rtol=1e-9)


def test_known_parameters_are_found_from_many_points():
    theta = Mixture(np.array([0.3, 0.7]), np.array([[-3.0, 0.0], [3.0, 1.0]]), np.array([np.eye(2), [[2.0, 0.8], [0.8, 1.0]]]))
    from tests.basics.mixtures import draws

    found = fit(draws(theta, 20_000, 0), theta).theta
    np.testing.assert_allclose(found.weights, theta.weights, atol=4 * np.sqrt(0.21 / 20_000))
    np.testing.assert_allclose(found.means, theta.means, atol=4 * np.sqrt(2 / 6000))


def test_stopping_rule_is_the_gain_per_observation():
    x, start = problem(1)
    found = fit(x, start, tolerance=1e-4)
    gains = np.diff(found.log_likelihoods) / len(x)
    assert found.converged
    assert gains[-1] < 1e-4 <= gains[:-1].min()
    assert len(fit(x, start, max_steps=0).path) == 1


def test_without_a_tolerance_all_steps_are_made_though_rounding_may_take_a_gain_back():
    x, start = problem(1, N=30, K=1)
    found = fit(x, start, max_steps=50, tolerance=0)
    assert len(found.path) == 51
    assert not found.converged


def test_arguments_are_left_as_they_were():
    x, start = problem(0)
    before = x.copy(), [part.copy() for part in start]
    fit(x, start, max_steps=3)
    assert (x == before[0]).all()
    assert all((one == other).all() for one, other in zip(start, before[1], strict=True))


def on_one_point(x):
    """A start whose first component sits on an observation and is narrower than the distance to any other."""
    return Mixture(np.array([0.1, 0.9]), np.stack([x[0], x.mean(axis=0)]), np.stack([1e-4 * np.eye(2), np.cov(x.T)]))


def test_component_on_one_point_is_an_error_that_tells_the_step():
    x, _ = problem(0)
    with pytest.raises(CollapseError, match=r"step \d+: component 0 has collapsed: it holds 1 points .* give a floor"):
        fit(x, on_one_point(x))


def test_floor_keeps_a_collapsing_component_and_its_least_variance():
    x, _ = problem(0)
    found = fit(x, on_one_point(x), floor=0.01)
    assert (np.linalg.eigvalsh(found.theta.covariances) >= 0.01 * (1 - 1e-9)).all()
    assert np.isfinite(found.log_likelihoods).all()
    check_mixture(found.theta)


def test_component_on_a_line_has_collapsed_too():
    x, _ = problem(0)
    x[:50, 1] = 0.0  # fifty rounded values
    r = np.stack([np.arange(200) < 50, np.arange(200) >= 50], axis=1).astype(float)
    with pytest.raises(CollapseError, match="component 0 has collapsed: it holds 50 points"):
        m_step(x, r)
    assert np.linalg.eigvalsh(m_step(x, r, floor=1e-3).covariances[0])[0] == pytest.approx(1e-3)


def test_component_without_points_is_an_error():
    x, _ = problem(0)
    r = np.stack([np.ones(200), np.zeros(200)], axis=1)
    for floor in (None, 0.1):
        with pytest.raises(CollapseError, match="component 1 has no points left"):
            m_step(x, r, floor)


def test_constant_column_is_named():
    x, _ = problem(0)
    x[:, 1] = 3.0
    with pytest.raises(CollapseError, match="column 1 of x is constant"):
        m_step(x, some_q(0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.zeros((2, 2))}, "x: 3 components need at least as many points, got 2"),
        ({"x": np.zeros((9, 3))}, r"x: expected shape \(any, 2\), got \(9, 3\)"),
        ({"x": np.full((9, 2), np.nan)}, "x: expected finite numbers"),
        ({"max_steps": -1}, "max_steps: expected a whole number"),
        ({"tolerance": -1e-3}, "tolerance: expected a positive number"),
        ({"tolerance": np.nan}, "tolerance: expected a positive number"),
        ({"floor": 0.0}, "floor: expected a positive number"),
        ({"floor": "small"}, "floor: expected a positive number"),
    ],
)
def test_bad_arguments_are_refused(arguments, message):
    x, start = problem(0)
    with pytest.raises(ValueError, match=message):
        fit(**{"x": x, "start": start, **arguments})


def test_start_that_is_no_mixture_is_refused():
    x, start = problem(0)
    with pytest.raises(ValueError, match="weights: expected positive numbers that sum to one"):
        fit(x, start._replace(weights=np.full(3, 0.5)))
    with pytest.raises(ValueError, match=r"covariances\[0\]: expected a positive definite matrix"):
        fit(x, start._replace(covariances=np.zeros((3, 2, 2))))


@pytest.mark.parametrize(
    ("r", "message"),
    [
        (np.full((200, 3), 0.5), "responsibilities: each row must sum to one"),
        (np.full((100, 2), 0.5), r"responsibilities: expected shape \(200, any\)"),
        (np.full((200, 2), np.nan), "responsibilities: expected finite"),
    ],
)
def test_bad_responsibilities_are_refused(r, message):
    with pytest.raises(ValueError, match=message):
        m_step(problem(0)[0], r)
