import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_are

from course_lib.assimilation.kalman import LinearGaussian, kalman_filter, steady_state
from course_lib.assimilation.recursions import constant_from, constant_recursion, recursion
from tests.assimilation.kalman_models import draw, joint_answer, random_model, spread, statsmodels_smoother

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import filterpy.kalman
    import pykalman

SIZES = [(1, 1), (2, 2), (3, 1), (2, 3)]


@pytest.mark.parametrize(("n", "p"), SIZES)
@pytest.mark.parametrize("missing", [0.0, 0.4])
def test_analysis_and_likelihood_are_those_of_the_joint_gaussian(n, p, missing):
    rng = np.random.default_rng(n + 10 * p)
    model, T = random_model(n, p, rng), 9
    y = draw(model, T, 1, rng)[1][0]
    y[rng.random(y.shape) < missing] = np.nan
    found = kalman_filter(model, y)
    assert np.isclose(found.log_likelihood, joint_answer(model, y).log_likelihood, rtol=1e-10)
    for t in range(1, T + 1):
        exact = joint_answer(model, y[:t])
        np.testing.assert_allclose(found.analysis_mean[t - 1], exact.mean[t], atol=1e-10)
        np.testing.assert_allclose(found.analysis_covariance[t - 1], exact.covariance[t, :, t], atol=1e-10)
        ahead = joint_answer(model, np.vstack([y[: t - 1], np.full((1, p), np.nan)]))
        np.testing.assert_allclose(found.forecast_mean[t - 1], ahead.mean[t], atol=1e-10)
        np.testing.assert_allclose(found.forecast_covariance[t - 1], ahead.covariance[t, :, t], atol=1e-10)


@pytest.mark.parametrize("T", [30, 400])
def test_filter_equals_statsmodels(T):
    rng = np.random.default_rng(1)
    model = random_model(3, 2, rng)
    y = draw(model, T, 1, rng)[1][0]
    theirs = statsmodels_smoother(model, y)
    other, found = theirs.filter(), kalman_filter(model, y)
    np.testing.assert_allclose(found.analysis_mean, other.filtered_state.T, atol=1e-10)
    np.testing.assert_allclose(found.analysis_covariance, np.moveaxis(other.filtered_state_cov, 2, 0), atol=1e-10)
    np.testing.assert_allclose(found.innovation, other.forecasts_error.T, atol=1e-10)
    np.testing.assert_allclose(found.innovation_covariance, np.moveaxis(other.forecasts_error_cov, 2, 0), atol=1e-10)
    assert np.isclose(found.log_likelihood, other.llf, rtol=1e-12)


def test_filter_equals_filterpy():
    rng = np.random.default_rng(2)
    model = random_model(2, 2, rng)
    y = draw(model, 50, 1, rng)[1][0]
    theirs = filterpy.kalman.KalmanFilter(dim_x=2, dim_z=2)
    theirs.F, theirs.Q, theirs.H, theirs.R = model.M, model.Q, model.H, model.R
    theirs.x, theirs.P = model.mean, model.covariance
    found = kalman_filter(model, y)
    for t in range(50):
        theirs.predict()
        theirs.update(y[t])
        np.testing.assert_allclose(found.analysis_mean[t], theirs.x, atol=1e-10)
        np.testing.assert_allclose(found.analysis_covariance[t], theirs.P, atol=1e-10)
        np.testing.assert_allclose(found.gain[t], theirs.K, atol=1e-10)


@pytest.mark.filterwarnings("ignore")
def test_likelihood_equals_pykalman():
    rng = np.random.default_rng(3)
    model = random_model(2, 2, rng)
    y = draw(model, 60, 1, rng)[1][0]
    masked = np.ma.array(np.vstack([np.zeros((1, 2)), y]))  # pykalman observes the first state as well
    masked[0] = np.ma.masked
    theirs = pykalman.KalmanFilter(model.M, model.H, model.Q, model.R, None, None, model.mean, model.covariance)
    assert np.isclose(kalman_filter(model, y).log_likelihood, theirs.loglikelihood(masked), rtol=1e-12)


@pytest.mark.parametrize("T", [5, 300])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_batch_gives_what_each_sequence_gives_alone(T, missing):
    rng = np.random.default_rng(4)
    model = random_model(2, 2, rng)
    y = draw(model, T, 6, rng)[1].reshape(2, 3, T, 2)
    y[rng.random(y.shape) < missing] = np.nan
    batch = kalman_filter(model, y)
    for index in np.ndindex(2, 3):
        alone = kalman_filter(model, y[index])
        for name in batch._fields:
            ours, single = getattr(batch, name), getattr(alone, name)
            shared = name in ("forecast_covariance", "analysis_covariance", "innovation_covariance", "gain") and not missing
            np.testing.assert_allclose(ours if shared else ours[index], single, rtol=1e-9, atol=1e-9)


def test_shapes_are_as_documented():
    rng = np.random.default_rng(5)
    model = random_model(3, 2, rng)
    y = draw(model, 7, 4, rng)[1]
    found = kalman_filter(model, y)
    assert found.forecast_mean.shape == found.analysis_mean.shape == (4, 7, 3)
    assert found.forecast_covariance.shape == found.analysis_covariance.shape == (7, 3, 3)
    assert found.innovation.shape == (4, 7, 2)
    assert (found.gain.shape, found.innovation_covariance.shape, found.log_likelihood.shape) == ((7, 3, 2), (7, 2, 2), (4,))
    y[0, 3, 1] = np.nan
    found = kalman_filter(model, y)
    assert found.analysis_covariance.shape == (4, 7, 3, 3)
    assert (found.gain.shape, found.innovation_covariance.shape) == ((4, 7, 3, 2), (4, 7, 2, 2))
    assert np.isnan(found.innovation[0, 3, 1])
    assert np.isfinite(found.log_likelihood).all()


def test_short_cut_through_the_steady_state_changes_nothing_but_rounding():
    rng = np.random.default_rng(6)
    for _ in range(5):
        model = random_model(3, 2, rng, radius=0.99)
        y = draw(model, 500, 1, rng)[1][0]
        found = kalman_filter(model, y)
        mean, P, total = model.mean, model.covariance, 0.0
        for t in range(500):
            mean, P = model.M @ mean, model.M @ P @ model.M.T + model.Q
            S = model.H @ P @ model.H.T + model.R
            K, v = P @ model.H.T @ np.linalg.inv(S), y[t] - model.H @ mean
            total -= 0.5 * (2 * np.log(2 * np.pi) + np.linalg.slogdet(S)[1] + v @ np.linalg.solve(S, v))
            mean, P = mean + K @ v, P - K @ S @ K.T
            np.testing.assert_allclose(found.analysis_mean[t], mean, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.analysis_covariance[-1], P, rtol=1e-9)
        assert np.isclose(found.log_likelihood, total, rtol=1e-11)


@pytest.mark.parametrize(("n", "p"), SIZES)
def test_steady_state_is_the_fixed_point_and_the_limit(n, p):
    rng = np.random.default_rng(7 + n)
    model = random_model(n, p, rng)
    steady = steady_state(model)
    np.testing.assert_allclose(
        steady.forecast_covariance, solve_discrete_are(model.M.T, model.H.T, model.Q, model.R), rtol=1e-8
    )
    np.testing.assert_allclose(
        model.M @ steady.analysis_covariance @ model.M.T + model.Q, steady.forecast_covariance, rtol=1e-8
    )
    last = kalman_filter(model, np.zeros((500, p)))
    np.testing.assert_allclose(last.gain[-1], steady.gain, atol=1e-9)
    np.testing.assert_allclose(last.forecast_covariance[-1], steady.forecast_covariance, rtol=1e-8)


def test_a_growing_state_that_is_not_observed_has_no_steady_state():
    model = LinearGaussian(np.diag([1.2, 0.5]), np.eye(2), np.array([[0.0, 1.0]]), np.eye(1), np.zeros(2), np.eye(2))
    with pytest.raises(ValueError, match="no unique steady state"):
        steady_state(model)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.floats(-6, 6), st.floats(-6, 6), st.booleans())
def test_covariances_stay_symmetric_and_positive_whatever_the_scales(seed, log_q, log_r, gaps):
    rng = np.random.default_rng(seed)
    model = random_model(3, 2, rng, radius=1.0)
    model = model._replace(Q=10**log_q * model.Q, R=10**log_r * model.R)
    y = rng.normal(size=(60, 2))
    if gaps:
        y[rng.random(y.shape) < 0.3] = np.nan
    found = kalman_filter(model, y)
    for P in (found.forecast_covariance, found.analysis_covariance):
        np.testing.assert_array_equal(P, np.swapaxes(P, 1, 2))
        assert (np.linalg.eigvalsh(P)[:, 0] >= -1e-12 * np.linalg.eigvalsh(P)[:, -1]).all()
    assert (
        np.linalg.eigvalsh(found.forecast_covariance - found.analysis_covariance) > -1e-9 * (10**log_q + 10**log_r + 100)
    ).all()


def test_a_missing_time_skips_the_update_and_adds_nothing_to_the_likelihood():
    rng = np.random.default_rng(8)
    model = random_model(2, 2, rng)
    y = draw(model, 6, 1, rng)[1][0]
    y[3:] = np.nan
    found = kalman_filter(model, y)
    np.testing.assert_allclose(found.analysis_mean[3:], found.forecast_mean[3:], rtol=1e-12)
    np.testing.assert_allclose(found.analysis_covariance[3:], found.forecast_covariance[3:], rtol=1e-15)
    assert np.isclose(found.log_likelihood, kalman_filter(model, y[:3]).log_likelihood, rtol=1e-14)


def test_no_observations_at_all():
    model = random_model(2, 1, np.random.default_rng(9))
    found = kalman_filter(model, np.empty((3, 0, 1)))
    assert found.analysis_mean.shape == (3, 0, 2)
    assert found.analysis_covariance.shape == (0, 2, 2)
    assert (found.log_likelihood == np.zeros(3)).all()


def test_perfect_model_and_known_start_are_welcome():
    still = LinearGaussian(np.eye(2), np.zeros((2, 2)), np.eye(2), np.eye(2), np.ones(2), np.zeros((2, 2)))
    found = kalman_filter(still, np.zeros((20, 2)))
    assert (found.analysis_mean == 1).all()
    assert (found.analysis_covariance == 0).all()
    unknown = still._replace(covariance=4 * np.eye(2))
    precision = 1 / 4 + np.arange(1, 21)
    np.testing.assert_allclose(kalman_filter(unknown, np.zeros((20, 2))).analysis_covariance[:, 0, 0], 1 / precision)


@pytest.mark.parametrize("radius", [0.9, 1.0, 1.05])
@pytest.mark.parametrize("B", [1, 100])
def test_doubling_solves_the_recursion(radius, B):
    rng = np.random.default_rng(10)
    A = random_model(2, 1, rng, radius).M
    u, start = rng.normal(size=(77, B, 2)), rng.normal(size=(B, 2))
    walked, doubled = u.copy(), u.copy()
    last = recursion(np.broadcast_to(A, (77, 1, 2, 2)), walked, start)
    np.testing.assert_allclose(constant_recursion(A, doubled, start), last, rtol=1e-10)
    np.testing.assert_allclose(doubled, walked, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(walked[1], walked[0] @ A.T + u[1], rtol=1e-12)


@pytest.mark.parametrize("shape", [(2, 2), (1, 3, 2)])
@pytest.mark.parametrize("first", [0, 1, 4, 6])
def test_constant_part_of_a_series_begins_after_its_last_change(shape, first):
    matrices = np.random.default_rng(0).normal(size=(7, *shape))
    matrices[first:] = matrices[-1]
    assert constant_from(matrices) == first
    matrices[:first] = matrices[-1]
    matrices[:first, ..., -1, 0] += 1  # one entry that changes is enough
    assert constant_from(matrices) == first


def test_data_are_left_as_they_were():
    rng = np.random.default_rng(11)
    model = random_model(2, 2, rng)
    y = draw(model, 300, 1, rng)[1][0]
    before = y.copy()
    kalman_filter(model, y)
    assert (y == before).all()


GOOD = random_model(2, 1, np.random.default_rng(12))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"M": np.ones((2, 3))}, "M: expected shape"),
        ({"H": np.ones((1, 3))}, "H: expected shape"),
        ({"Q": np.eye(3)}, "Q: expected shape"),
        ({"R": np.eye(2)}, "R: expected shape"),
        ({"mean": np.zeros(3)}, "mean: expected shape"),
        ({"Q": np.array([[1.0, 0.5], [0.0, 1.0]])}, "Q: expected a symmetric matrix"),
        ({"Q": np.diag([1.0, -1.0])}, "Q: expected a positive semi-definite matrix"),
        ({"covariance": np.diag([1.0, -1e-3])}, "covariance: expected a positive semi-definite matrix"),
        ({"R": np.zeros((1, 1))}, "R: expected a positive definite matrix"),
        ({"R": -np.eye(1)}, "R: expected a positive definite matrix"),
        ({"M": np.array([[np.nan, 0], [0, 1]])}, "M: expected finite numbers"),
    ],
)
def test_models_that_are_none_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        kalman_filter(GOOD._replace(**change), np.zeros((5, 1)))


@pytest.mark.parametrize("y", [np.zeros(5), np.zeros((5, 2)), np.zeros((0, 5, 1)), [["a"]], np.full((5, 1), np.inf)])
def test_observations_that_do_not_fit_are_refused_by_name(y):
    with pytest.raises(ValueError, match=r"^observations: "):
        kalman_filter(GOOD, y)


def test_something_else_than_a_model_is_refused():
    with pytest.raises(ValueError, match="model: expected a LinearGaussian, got tuple"):
        kalman_filter(tuple(GOOD), np.zeros((5, 1)))


def test_filter_is_honest():
    """Over many truths, the errors have the covariance that the filter states."""
    rng = np.random.default_rng(13)
    model = random_model(2, 1, rng)._replace(covariance=spread(2, rng))
    states, y = draw(model, 12, 20_000, rng)
    found = kalman_filter(model, y)
    error = found.analysis_mean - states
    for t in (0, 5, 11):
        stated = found.analysis_covariance[t]
        white = np.linalg.solve(np.linalg.cholesky(stated), error[:, t].T)
        assert np.abs(np.cov(white) - np.eye(2)).max() < 0.05
        assert np.abs(white.mean(axis=1)).max() < 0.03
