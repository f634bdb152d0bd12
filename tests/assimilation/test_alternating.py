"""Assimilation and regression in turns: the cost falls, the likelihood does not, and EM's spread mends it."""

import numpy as np
import pytest
from scipy.optimize import minimize

from course_lib.assimilation import linear2d
from course_lib.assimilation.alternating import alternate, assimilate, regression, weak_constraint_cost
from course_lib.assimilation.rotation_likelihood import TRUE, Rotation, rotation_model
from course_lib.assimilation.state_space import LinearGaussian
from course_lib.assimilation.state_space_em import fit
from course_lib.basics.gaussians import log_density

OBSERVATIONS = linear2d.experiment(steps=60, size=6, seed=8).observations
START = rotation_model(Rotation(0.1, 0.05, TRUE.sigma_o))


def random_model(seed):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(3, 2, 2))
    Q, R, P = (0.1 * np.eye(2) + a @ a.T for a in root)
    return LinearGaussian(0.5 * rng.normal(size=(2, 2)), Q, rng.normal(size=(1, 2)), R[:1, :1], rng.normal(size=2), P)


@pytest.mark.parametrize("seed", range(3))
def test_cost_is_minus_the_log_density_of_trajectory_and_observations(seed):
    model, rng = random_model(seed), np.random.default_rng(seed)
    x, y = rng.normal(size=(4, 6, 2)), rng.normal(size=(4, 5, 1))
    terms = (
        log_density(x[:, 0], model.mean, model.covariance),
        log_density(x[:, 1:] - x[:, :-1] @ model.M.T, np.zeros(2), model.Q),
        log_density(y - x[:, 1:] @ model.H.T, np.zeros(1), model.R),
    )
    assert np.isclose(weak_constraint_cost(model, x, y), -sum(term.sum() for term in terms), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_assimilated_trajectory_is_where_the_cost_is_least(seed):
    model, y = random_model(seed), np.random.default_rng(seed).normal(size=(5, 1))
    found = minimize(
        lambda x: weak_constraint_cost(model, x.reshape(6, 2), y), np.zeros(12), method="BFGS", options={"gtol": 1e-8}
    )
    np.testing.assert_allclose(assimilate(model, y)[0].mean.ravel(), found.x, atol=1e-5)


def test_each_half_step_of_the_point_alternation_lowers_the_cost():
    model, costs = START, []
    for _ in range(4):
        trajectory, _ = assimilate(model, OBSERVATIONS)
        costs.append(weak_constraint_cost(model, trajectory.mean, OBSERVATIONS))
        M, Q = regression(trajectory, spread=False)
        model = model._replace(M=M, Q=Q)
        costs.append(weak_constraint_cost(model, trajectory.mean, OBSERVATIONS))
    assert (np.diff(costs) < 0).all()


def test_alternation_with_spread_is_em():
    ours = alternate(START, OBSERVATIONS, 6, spread=True)
    theirs = fit(OBSERVATIONS, START, ("M", "Q"), max_steps=6, tolerance=0)
    np.testing.assert_allclose(ours.log_likelihoods, theirs.log_likelihoods, rtol=1e-9)
    for a, b in zip(ours.path, theirs.path, strict=True):
        np.testing.assert_allclose(a.M, b.M, atol=1e-8)
        np.testing.assert_allclose(a.Q, b.Q, atol=1e-10)


@pytest.mark.parametrize("seed", range(3))
def test_likelihood_rises_with_spread_and_falls_in_the_end_without(seed):
    y = linear2d.experiment(steps=100, size=6, seed=seed).observations
    em, point = (alternate(START, y, 12, spread=spread) for spread in (True, False))
    assert (np.diff(em.log_likelihoods) > 0).all()
    assert point.log_likelihoods[-1] < point.log_likelihoods.max() - 100
    assert np.trace(point.path[-1].Q) < 0.01 * 2 * TRUE.sigma_p**2


def test_regression_on_the_truth_finds_the_model():
    data = linear2d.experiment(steps=200, size=50, seed=1)
    trajectory, _ = assimilate(START, data.observations)
    true = trajectory._replace(mean=np.concatenate([data.initial[:, None], data.states], axis=1))
    M, Q = regression(true, spread=False)
    np.testing.assert_allclose(M, linear2d.M, atol=1e-3)
    np.testing.assert_allclose(Q, TRUE.sigma_p**2 * np.eye(2), atol=0.05 * TRUE.sigma_p**2)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="observations: expected finite numbers"):
        assimilate(START, np.full((5, 2), np.nan))
    with pytest.raises(ValueError, match="trajectory: expected shape"):
        weak_constraint_cost(START, np.zeros((5, 3)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="observations: expected shape"):
        weak_constraint_cost(START, np.zeros((5, 2)), np.zeros((5, 2)))
    with pytest.raises(ValueError, match="expected positive definite covariances"):
        weak_constraint_cost(START._replace(Q=np.zeros((2, 2))), np.zeros((5, 2)), np.zeros((4, 2)))
    with pytest.raises(ValueError, match="steps: expected a whole number"):
        alternate(START, OBSERVATIONS, -1, spread=True)
