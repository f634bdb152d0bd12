import warnings

import numpy as np
import pytest
from scipy.optimize import minimize

from course_lib.assimilation.kalman import LinearGaussian, kalman_filter
from course_lib.assimilation.state_moments import e_step
from course_lib.assimilation.state_space_em import PARTS, diagonal, fit, isotropic, rotation
from tests.assimilation.kalman_models import draw, joint_answer, random_model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pykalman


def turning(angle=0.1, sigma_p=0.1, sigma_o=0.3):
    c, s, eye = np.cos(angle), np.sin(angle), np.eye(2)
    return LinearGaussian(np.array([[c, s], [-s, c]]), sigma_p**2 * eye, eye, sigma_o**2 * eye, np.array([2.0, 0.0]), 0.1 * eye)


def with_gaps(y, rng, share=0.2):
    y = y.copy()
    y[rng.random(y.shape) < share] = np.nan
    return y


@pytest.mark.parametrize("gaps", [False, True])
def test_moments_are_those_of_the_joint_gaussian(gaps):
    rng = np.random.default_rng(0)
    model = random_model(2, 2, rng)
    y = draw(model, 7, 3, rng)[1]
    y = with_gaps(y, rng) if gaps else y
    log_likelihood, found = e_step(model, y)
    answers = [joint_answer(model, sequence) for sequence in y]
    products = [a.covariance + np.einsum("ti,sj->tisj", a.mean, a.mean) for a in answers]
    now, before = np.arange(1, 8), np.arange(7)
    np.testing.assert_allclose(found.S11, sum(p[now, :, now].sum(0) for p in products), rtol=1e-9)
    np.testing.assert_allclose(found.S10, sum(p[now, :, before].sum(0) for p in products), rtol=1e-9)
    np.testing.assert_allclose(found.S00, sum(p[before, :, before].sum(0) for p in products), rtol=1e-9)
    np.testing.assert_allclose(log_likelihood, sum(a.log_likelihood for a in answers), rtol=1e-12)
    assert found.count == 21


@pytest.mark.parametrize("gaps", [False, True])
def test_observation_errors_are_those_of_the_joint_gaussian_of_states_and_errors(gaps):
    """Put ε_t into the state: its second moment given the observations is then one of the smoother's."""
    rng = np.random.default_rng(1)
    model = random_model(2, 2, rng)
    y = draw(model, 6, 1, rng)[1][0]
    y = with_gaps(y, rng, 0.4) if gaps else y
    zero, eye = np.zeros((2, 2)), np.eye(2)
    larger = LinearGaussian(
        np.block([[model.M, zero], [zero, zero]]),
        np.block([[model.Q, zero], [zero, model.R]]),
        np.hstack([model.H, eye]),
        1e-9 * eye,
        np.concatenate([model.mean, np.zeros(2)]),
        np.block([[model.covariance, zero], [zero, eye]]),
    )
    exact = joint_answer(larger, y)
    expected = sum(exact.covariance[t, 2:, t, 2:] + np.outer(exact.mean[t, 2:], exact.mean[t, 2:]) for t in range(1, 7))
    np.testing.assert_allclose(e_step(model, y)[1].C, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("free", [PARTS, ("Q", "R"), ("M",), ("mean", "covariance"), {"Q": diagonal, "R": isotropic}])
@pytest.mark.parametrize("gaps", [False, True])
def test_log_likelihood_never_falls_and_only_free_parts_change(free, gaps):
    rng = np.random.default_rng(2)
    truth = random_model(2, 2, rng)
    y = draw(truth, 40, 3, rng)[1]
    y = with_gaps(y, rng) if gaps else y
    start = truth._replace(M=0.5 * np.eye(2), Q=np.eye(2), R=np.eye(2))
    found = fit(y, start, free, max_steps=25, tolerance=0)
    assert len(found.log_likelihoods) == len(found.path) == 26
    assert (np.diff(found.log_likelihoods) > -1e-9 * abs(found.log_likelihoods[0])).all()
    assert found.log_likelihoods[-1] > found.log_likelihoods[0] + 0.1
    for name in LinearGaussian._fields:
        assert np.array_equal(getattr(found.model, name), getattr(start, name)) == (name not in free)
    assert np.isclose(kalman_filter(found.model, y).log_likelihood.sum(), found.log_likelihoods[-1], rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_every_step_equals_pykalmans():
    rng = np.random.default_rng(3)
    truth = random_model(2, 2, rng)
    y = draw(truth, 60, 1, rng)[1][0]
    start = truth._replace(M=np.eye(2) / 2, Q=np.eye(2), R=np.eye(2))
    masked = np.ma.array(np.vstack([np.zeros((1, 2)), y]))
    masked[0] = np.ma.masked
    names = ["transition_matrices", "transition_covariance", "observation_covariance"]
    names += ["initial_state_mean", "initial_state_covariance"]
    theirs = pykalman.KalmanFilter(start.M, start.H, start.Q, start.R, None, None, start.mean, start.covariance, em_vars=names)
    for steps in (1, 5):
        ours = fit(y, start, max_steps=steps, tolerance=0).model
        other = theirs.em(masked, n_iter=1 if steps == 1 else 4)
        for part, name in zip(("M", "Q", "R", "mean", "covariance"), names, strict=True):
            np.testing.assert_allclose(getattr(ours, part), getattr(other, name), rtol=1e-9, atol=1e-9)


def test_em_ends_where_the_likelihood_is_greatest():
    rng = np.random.default_rng(4)
    truth = turning()
    y = draw(truth, 60, 2, rng)[1]
    free = {"M": rotation, "Q": isotropic, "R": isotropic}
    found = fit(y, turning(0.05, 0.15, 0.25), free, max_steps=1500, tolerance=1e-11)
    assert found.converged

    def minus(u):
        return -kalman_filter(turning(u[0], *np.exp(u[1:])), y).log_likelihood.sum()

    best = minimize(minus, [0.05, np.log(0.2), np.log(0.2)], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert abs(found.log_likelihoods[-1] + best.fun) < 1e-4
    angle = np.arctan2(found.model.M[0, 1], found.model.M[0, 0])
    expected = best.x[0], *np.exp(2 * best.x[1:])
    np.testing.assert_allclose((angle, found.model.Q[0, 0], found.model.R[0, 0]), expected, rtol=0.01)


def test_parameters_are_found_from_many_observations():
    rng = np.random.default_rng(5)
    y = draw(turning(), 200, 50, rng)[1]
    found = fit(y, turning(0.0, 0.3, 0.1), {"M": rotation, "Q": isotropic, "R": isotropic}, max_steps=200).model
    assert abs(np.arctan2(found.M[0, 1], found.M[0, 0]) - 0.1) < 0.005
    assert abs(np.sqrt(found.Q[0, 0]) - 0.1) < 0.01
    assert abs(np.sqrt(found.R[0, 0]) - 0.3) < 0.01


def test_a_batch_of_copies_teaches_what_one_sequence_teaches():
    rng = np.random.default_rng(7)
    model = random_model(2, 2, rng)
    y = draw(model, 30, 1, rng)[1]
    one, three = (fit(data, model, max_steps=4, tolerance=0) for data in (y, np.repeat(y, 3, axis=0)))
    for part in PARTS:
        np.testing.assert_allclose(getattr(one.model, part), getattr(three.model, part), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(3 * one.log_likelihoods, three.log_likelihoods, rtol=1e-11)


def test_stopping_rule_counts_observed_values():
    rng = np.random.default_rng(8)
    model = random_model(2, 2, rng)
    y = draw(model, 50, 1, rng)[1][0]
    found = fit(y, model, ("Q", "R"), tolerance=1e-4)
    gains = np.diff(found.log_likelihoods)
    assert found.converged
    assert gains[-1] < 1e-4 * 100
    assert (gains[:-1] >= 1e-4 * 100).all()
    assert not fit(y, model, max_steps=0).converged


MODEL = turning()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit(np.zeros((5, 2)), MODEL, ("H",)), "free: 'H' is not known"),
        (lambda: fit(np.zeros((5, 2)), MODEL, "Q"), "free: expected names out of"),
        (lambda: fit(np.zeros((0, 2)), MODEL), "observations: nothing to learn from"),
        (lambda: fit(np.full((5, 2), np.nan), MODEL), "observations: nothing to learn from"),
        (lambda: fit(np.zeros((5, 3)), MODEL), "observations: expected shape"),
        (lambda: fit(np.ones((5, 2)), MODEL, tolerance=-1), "tolerance: expected a positive number"),
        (lambda: fit(np.ones((5, 2)), MODEL, max_steps=-1), "max_steps: expected a whole number"),
        (lambda: fit(np.ones((5, 2)), MODEL, {"R": lambda C: -C}), "step 1 leads to a model that is none: R: expected"),
    ],
)
def test_bad_arguments_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call()
