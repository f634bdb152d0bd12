from functools import partial

import numpy as np
import pytest

from course_lib.assimilation.ensemble_updates import etkf_update, perturbed_update, transform, whitened
from course_lib.assimilation.ensembles import (
    anomalies,
    centred_noise,
    draw_ensemble,
    ensemble_filter,
    inflate,
    sample_covariance,
)
from course_lib.assimilation.kalman import LinearGaussian, kalman_filter
from course_lib.assimilation.systems import simulate
from tests.assimilation.linear_systems import kalman_update, linear_system

SEEDS = range(3)


def problem(seed, members=7, n=4, p=2, size=3):
    rng = np.random.default_rng(seed)
    _, system = linear_system(seed, n, p)
    return rng.normal(size=(size, members, n)), rng.normal(size=(size, p)), system.H, system.R


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("members", "p"), [(7, 2), (3, 2), (2, 6), (12, 6)])
def test_etkf_has_exactly_the_kalman_mean_and_covariance(seed, members, p):
    E, y, H, R = problem(seed, members, p=p)
    updated = etkf_update(E, y, H, R)
    for before, after, seen in zip(E, updated, y, strict=True):
        mean, P = kalman_update(before.mean(0), np.cov(before.T), seen, H, R)
        np.testing.assert_allclose(after.mean(0), mean, atol=1e-11)
        np.testing.assert_allclose(np.cov(after.T), P, atol=1e-11)


@pytest.mark.parametrize("seed", SEEDS)
def test_etkf_transform_is_the_symmetric_inverse_root(seed):
    E, y, H, R = problem(seed)
    _, _, S, d = whitened(E, y, H, R)
    _, T = transform(S, d, np.broadcast_to(np.eye(7), (3, 7, 7)))
    for mine, s in zip(T, S, strict=True):
        np.testing.assert_allclose(mine, mine.T, atol=1e-13)
        np.testing.assert_allclose(mine @ mine, np.linalg.inv(np.eye(7) + s.T @ s), atol=1e-12)
        np.testing.assert_allclose(mine @ np.ones(7), 1, atol=1e-12)  # so that the anomalies keep their mean of zero


@pytest.mark.parametrize("seed", SEEDS)
def test_members_move_as_little_as_possible(seed):
    # Any rotation of the members' weights that keeps their mean gives the same moments, and moves them farther.
    E, y, H, R = problem(seed)
    before, after = anomalies(E)[0], anomalies(etkf_update(E, y, H, R))[0]
    _, _, S, d = whitened(E, y, H, R)
    assert np.linalg.norm(after - before) > 0.01
    rng = np.random.default_rng(seed)
    for _ in range(20):
        basis = np.linalg.qr(np.column_stack([np.ones(7), rng.normal(size=(7, 6))]))[0]
        turn = np.linalg.qr(rng.normal(size=(6, 6)))[0]
        rotation = basis @ np.block([[np.ones((1, 1)), np.zeros((1, 6))], [np.zeros((6, 1)), turn]]) @ basis.T
        np.testing.assert_allclose(np.cov((rotation @ after).T), np.cov(after.T), atol=1e-12)
        assert np.linalg.norm(transform(S, d, np.eye(7))[1][0] - np.eye(7)) < np.linalg.norm(
            rotation @ transform(S, d, np.eye(7))[1][0] - np.eye(7)
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_perturbed_observations_give_the_kalman_moments_as_the_ensemble_grows(seed):
    _, system = linear_system(seed)
    rng = np.random.default_rng(seed)
    E, y = draw_ensemble(np.ones(4), np.eye(4) + 0.3, (1, 40_000), rng), rng.normal(size=(1, 2))
    updated = perturbed_update(E, y, system.H, system.R, rng)[0]
    mean, P = kalman_update(E[0].mean(0), np.cov(E[0].T), y[0], system.H, system.R)
    np.testing.assert_allclose(updated.mean(0), mean, atol=1e-10)  # the perturbations are centred
    np.testing.assert_allclose(np.cov(updated.T), P, atol=6 * np.abs(P).max() / np.sqrt(40_000) * 2)


@pytest.mark.parametrize("update", [etkf_update, "perturbed"])
def test_a_missing_component_is_as_if_it_had_never_been_there(update):
    E, y, H, R = problem(0, p=3)
    y[1, 2] = np.nan
    if update == "perturbed":
        update = partial(perturbed_update, rng=np.random.default_rng(0))
        updated = update(E, y, H, R)
        np.testing.assert_allclose(
            updated[1].mean(0), kalman_update(E[1].mean(0), np.cov(E[1].T), y[1, :2], H[:2], R[:2, :2])[0]
        )
        return
    updated = update(E, y, H, R)
    np.testing.assert_allclose(updated[1], update(E[1:2], y[1:2, :2], H[:2], R[:2, :2])[0], atol=1e-12)
    np.testing.assert_allclose(updated[0], update(E[:1], y[:1], H, R)[0], atol=1e-12)


def test_an_observation_that_is_missing_altogether_changes_nothing():
    E, y, H, R = problem(1)
    np.testing.assert_allclose(etkf_update(E, np.full_like(y, np.nan), H, R), E, atol=1e-14)


def test_rank_stays_below_the_number_of_members():
    E, y, H, R = problem(2, members=3, n=8)
    for ensemble in (E, etkf_update(E, y, H, R)):
        assert (np.linalg.matrix_rank(sample_covariance(ensemble), tol=1e-10) == 2).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_sample_covariance_is_that_of_numpy(seed):
    E = problem(seed)[0]
    np.testing.assert_allclose(sample_covariance(E), [np.cov(members.T) for members in E], atol=1e-13)
    np.testing.assert_allclose(anomalies(E).sum(axis=1), 0, atol=1e-13)


def test_inflation_multiplies_deviations_and_leaves_the_mean():
    E = problem(3)[0]
    inflated = inflate(E, 1.3)
    np.testing.assert_allclose(inflated.mean(1), E.mean(1), atol=1e-14)
    np.testing.assert_allclose(anomalies(inflated), 1.3 * anomalies(E), atol=1e-14)
    np.testing.assert_allclose(sample_covariance(inflated), 1.3**2 * sample_covariance(E), rtol=1e-12)


@pytest.mark.parametrize("members", [2, 5])
def test_noise_leaves_the_mean_alone_and_adds_its_covariance_on_average(members):
    rng, root = np.random.default_rng(0), np.array([[1.0, 0.0], [0.5, 2.0]])
    E = rng.normal(size=(20_000, members, 2))
    noisy = E + centred_noise(root, E.shape, rng)
    np.testing.assert_allclose(noisy.mean(axis=1), E.mean(axis=1), atol=1e-14)
    found = (sample_covariance(noisy) - sample_covariance(E)).mean(axis=0)
    np.testing.assert_allclose(found, root @ root.T, atol=0.3 / np.sqrt(members - 1))


@pytest.mark.parametrize("seed", SEEDS)
def test_filter_converges_to_the_kalman_filter(seed):
    M, system = linear_system(seed)
    experiment = simulate(system, 20, 1, np.random.default_rng(seed))
    exact = kalman_filter(LinearGaussian(M, *_fields(system)), experiment.observations)
    gaps = []
    for members in (100, 10_000):
        rng = np.random.default_rng(seed)
        E = draw_ensemble(np.zeros(4), np.eye(4), (1, members), rng)
        found = ensemble_filter(system, experiment.observations, E, etkf_update, rng)
        gaps.append(np.abs(found.analysis_mean - exact.analysis_mean).max())
        gaps.append(np.abs(found.analysis_covariance - exact.analysis_covariance).max())
    for few, many in (gaps[::2], gaps[1::2]):
        assert many < 0.05
        assert many < few / 2


def test_sequences_do_not_depend_on_their_neighbours():
    _, system = linear_system(0)
    y = simulate(system._replace(Q=np.zeros((4, 4))), 6, 3, np.random.default_rng(0)).observations
    E = draw_ensemble(np.zeros(4), np.eye(4), (3, 5), np.random.default_rng(1))
    quiet = system._replace(Q=np.zeros((4, 4)))
    together = ensemble_filter(quiet, y, E, etkf_update, np.random.default_rng(2), 1.05)
    for i in range(3):
        alone = ensemble_filter(quiet, y[i : i + 1], E[i : i + 1], etkf_update, np.random.default_rng(3), 1.05)
        for mine, other in zip(together, alone, strict=True):
            np.testing.assert_allclose(mine[i], other[0], atol=1e-12)


def test_time_steps_without_observations_are_forecasts():
    _, system = linear_system(1)
    y = np.full((2, 5, 2), np.nan)
    E = draw_ensemble(np.zeros(4), np.eye(4), (2, 6), np.random.default_rng(1))
    found = ensemble_filter(system, y, E, etkf_update, np.random.default_rng(2))
    np.testing.assert_allclose(found.analysis_mean, found.forecast_mean, atol=1e-14)


def test_draws_have_the_asked_moments():
    E = draw_ensemble([1.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], (2, 50_000), np.random.default_rng(0))
    np.testing.assert_allclose(E.mean((0, 1)), [1, 2], atol=0.03)
    np.testing.assert_allclose(np.cov(E.reshape(-1, 2).T), [[2.0, 0.5], [0.5, 1.0]], atol=0.04)


def test_bad_arguments_are_named():
    _, system = linear_system(0)
    y, E, rng = np.zeros((2, 3, 2)), np.zeros((2, 5, 4)), np.random.default_rng(0)
    cases = {
        "at least 2, got 1": lambda: ensemble_filter(system, y, E[:, :1], etkf_update, rng),
        "members: expected": lambda: draw_ensemble(np.zeros(4), np.eye(4), (2, 1), rng),
        "inflation: expected a positive number, got 0": lambda: ensemble_filter(system, y, E, etkf_update, rng, 0),
        "inflation: expected a positive number, got -1": lambda: inflate(E, -1),
        "observations: expected shape": lambda: ensemble_filter(system, y[..., :1], E, etkf_update, rng),
        r"observations: expected shape \(any, any, 2\), got \(2, 0, 2\)": lambda: ensemble_filter(
            system, y[:, :0], E, etkf_update, rng
        ),
        "observations: expected finite": lambda: ensemble_filter(system, y + np.inf, E, etkf_update, rng),
        "ensemble: expected shape": lambda: ensemble_filter(system, y, E[:1], etkf_update, rng),
        "ensemble: expected finite": lambda: ensemble_filter(system, y, E + np.nan, etkf_update, rng),
        "R: expected a positive definite": lambda: ensemble_filter(system._replace(R=-np.eye(2)), y, E, etkf_update, rng),
        "Q: expected a positive semi-definite": lambda: ensemble_filter(system._replace(Q=-np.eye(4)), y, E, etkf_update, rng),
        "H: expected shape": lambda: ensemble_filter(system._replace(H=np.eye(3)), y, E, etkf_update, rng),
        "forecast of cycle 1": lambda: ensemble_filter(system._replace(step=lambda x: x / 0), y, E + 1, etkf_update, rng),
    }
    for message, call in cases.items():
        with pytest.raises(ValueError, match=message), np.errstate(all="ignore"):
            call()


def _fields(system):
    return system.Q, system.H, system.R, system.mean, system.covariance
