"""The likelihood of a rotation, its maximum, and how sharp it is."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from statsmodels.tools.numdiff import approx_hess

from course_lib.assimilation import linear2d
from course_lib.assimilation.rotation_likelihood import (
    TRUE,
    Rotation,
    log_likelihood,
    maximum_likelihood,
    rotation_model,
    rotation_values,
    standard_errors,
)
from course_lib.assimilation.state_space_em import fit, isotropic, rotation

OBSERVATIONS = linear2d.experiment(steps=40, size=10, seed=2).observations


def joint_covariance(model, T):
    """Covariance of (y_1, …, y_T), state by state."""
    blocks, P, n = np.zeros((T, 2, T, 2)), model.covariance, np.eye(2)
    for t in range(T):
        P = model.M @ P @ model.M.T + model.Q
        power = n
        for s in range(t, T):
            blocks[s, :, t] = power @ P
            blocks[t, :, s] = (power @ P).T
            power = model.M @ power
        blocks[t, :, t] += model.R
    return blocks.reshape(2 * T, 2 * T)


@pytest.mark.parametrize("values", [TRUE, Rotation(-0.4, 0.2, 0.05)])
def test_log_likelihood_is_the_gaussian_density_of_all_observations(values):
    model, y = rotation_model(values), OBSERVATIONS[0, :8]
    mean = np.concatenate([np.linalg.matrix_power(model.M, t) @ model.mean for t in range(1, 9)])
    exact = multivariate_normal(mean, joint_covariance(model, 8)).logpdf(y.ravel())
    assert np.isclose(log_likelihood(values, y), exact, rtol=1e-9)


@pytest.mark.parametrize("values", [TRUE, Rotation(-2.0, 0.3, 0.7)])
def test_values_are_read_back_from_the_model(values):
    np.testing.assert_allclose(rotation_values(rotation_model(values)), values, rtol=1e-12)


def test_model_of_the_true_values_is_the_linear_2d_system():
    model, system = rotation_model(TRUE), linear2d.system()
    np.testing.assert_allclose(model.M, linear2d.M)
    for name in ("Q", "R", "H", "mean", "covariance"):
        np.testing.assert_allclose(getattr(model, name), getattr(system, name))


@pytest.mark.parametrize("seed", range(3))
def test_maximum_beats_its_neighbours_and_em_from_there_stays(seed):
    y = linear2d.experiment(steps=60, size=10, seed=seed).observations
    top = maximum_likelihood(TRUE, y)
    best, spread = log_likelihood(top, y), standard_errors(top, y)
    for name, factor in (("theta", None), ("sigma_p", spread.sigma_p), ("sigma_o", spread.sigma_o)):
        for sign in (1, -1):
            value = getattr(top, name)
            moved = value + 0.1 * sign * spread.theta if factor is None else value * np.exp(0.1 * sign * factor)
            assert log_likelihood(top._replace(**{name: moved}), y) < best
    after = fit(y, rotation_model(top), {"M": rotation, "Q": isotropic, "R": isotropic}, max_steps=20, tolerance=0)
    np.testing.assert_allclose(rotation_values(after.model), top, rtol=2e-3)


def test_maximum_is_the_one_next_to_the_start():
    """A whole turn more is the same rotation, so the likelihood has a maximum in each turn."""
    top, next_turn = (maximum_likelihood(TRUE._replace(theta=TRUE.theta + turn), OBSERVATIONS) for turn in (0, 2 * np.pi))
    np.testing.assert_allclose(next_turn, top._replace(theta=top.theta + 2 * np.pi), rtol=1e-3)


@pytest.mark.parametrize("place", range(3))
def test_one_standard_error_away_the_profile_of_the_likelihood_is_down_by_a_half(place):
    top = maximum_likelihood(TRUE, OBSERVATIONS)
    spread, units = standard_errors(top, OBSERVATIONS), np.array([1, top.sigma_p, top.sigma_o])  # θ, ln σ_p, ln σ_o
    others = [k for k in range(3) if k != place]

    def drop(moves):
        at = top.theta + moves[0], *np.exp(moves[1:]) * units[1:]
        return log_likelihood(top, OBSERVATIONS) - log_likelihood(Rotation(*at), OBSERVATIONS)

    def profile(move):
        def of_others(scaled):
            moves = np.zeros(3)
            moves[place], moves[others] = move, scaled * np.array(spread)[others]
            return drop(moves)

        return minimize(of_others, np.zeros(2), method="BFGS", options={"gtol": 1e-3}).fun

    drops = [profile(sign * spread[place]) for sign in (1, -1)]  # the mean of both is free of the third derivative
    assert np.mean(drops) == pytest.approx(0.5, rel=0.05)


def test_information_is_minus_the_hessian_of_statsmodels_also_beside_the_maximum():
    beside = Rotation(TRUE.theta, 1.1 * TRUE.sigma_p, 0.9 * TRUE.sigma_o)

    def of_logarithms(u):
        return log_likelihood(Rotation(u[0], *np.exp(u[1:])), OBSERVATIONS)

    hessian = approx_hess(np.array([beside.theta, np.log(beside.sigma_p), np.log(beside.sigma_o)]), of_logarithms)
    expected = np.sqrt(np.diag(np.linalg.inv(-hessian)))
    np.testing.assert_allclose(standard_errors(beside, OBSERVATIONS), expected, rtol=0.01)


def test_information_is_additive_over_sequences():
    one = standard_errors(TRUE, OBSERVATIONS)
    four = standard_errors(TRUE, np.concatenate([OBSERVATIONS] * 4))
    np.testing.assert_allclose(np.array(one) / np.array(four), 2.0, rtol=1e-3)


@pytest.mark.parametrize(("values", "name"), [(Rotation(0.1, 0.0, 1.0), "sigma_p"), (Rotation(0.1, 1.0, -1.0), "sigma_o")])
def test_standard_deviations_must_be_positive(values, name):
    with pytest.raises(ValueError, match=f"{name}: expected a positive number"):
        rotation_model(values)
