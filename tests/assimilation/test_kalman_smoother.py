import warnings

import numpy as np
import pytest

from course_lib.assimilation.kalman import LinearGaussian, kalman_filter
from course_lib.assimilation.smoother import smoother, smoother_gain
from tests.assimilation.kalman_models import draw, joint_answer, random_model, statsmodels_smoother

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import filterpy.kalman
    import pykalman


def run(model, y):
    return smoother(model, kalman_filter(model, y))


@pytest.mark.parametrize(("n", "p"), [(1, 1), (2, 2), (3, 1), (2, 3)])
@pytest.mark.parametrize("missing", [0.0, 0.4])
@pytest.mark.parametrize("T", [1, 2, 9, 60])
def test_all_moments_are_those_of_the_joint_gaussian(n, p, missing, T):
    rng = np.random.default_rng(n + 10 * p)
    model = random_model(n, p, rng)
    y = draw(model, T, 1, rng)[1][0]
    y[rng.random(y.shape) < missing] = np.nan
    found, exact = run(model, y), joint_answer(model, y)
    now, before = np.arange(1, T + 1), np.arange(T)
    np.testing.assert_allclose(found.mean, exact.mean[1:], atol=1e-9)
    np.testing.assert_allclose(found.covariance, exact.covariance[now, :, now], atol=1e-9)
    np.testing.assert_allclose(found.lag_one, exact.covariance[now, :, before], atol=1e-9)
    np.testing.assert_allclose(found.initial_mean, exact.mean[0], atol=1e-9)
    np.testing.assert_allclose(found.initial_covariance, exact.covariance[0, :, 0], atol=1e-9)


@pytest.mark.parametrize("T", [30, 400])
def test_smoother_equals_statsmodels(T):
    rng = np.random.default_rng(1)
    model = random_model(3, 2, rng)
    y = draw(model, T, 1, rng)[1][0]
    theirs = statsmodels_smoother(model, y)
    other, found = theirs.smooth(), run(model, y)
    np.testing.assert_allclose(found.mean, other.smoothed_state.T, atol=1e-9)
    np.testing.assert_allclose(found.covariance, np.moveaxis(other.smoothed_state_cov, 2, 0), atol=1e-9)
    # Theirs at t is the covariance of x_{t+1} and x_t; the last one reaches beyond the record.
    np.testing.assert_allclose(found.lag_one[1:], np.moveaxis(other.smoothed_state_autocov, 2, 0)[:-1], atol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_smoother_equals_pykalman_and_filterpy():
    rng = np.random.default_rng(2)
    model = random_model(2, 2, rng)
    y = draw(model, 40, 1, rng)[1][0]
    masked = np.ma.array(np.vstack([np.zeros((1, 2)), y]))
    masked[0] = np.ma.masked
    theirs = pykalman.KalmanFilter(model.M, model.H, model.Q, model.R, None, None, model.mean, model.covariance)
    mean, covariance = theirs.smooth(masked)
    found, filtered = run(model, y), kalman_filter(model, y)
    np.testing.assert_allclose(np.vstack([found.initial_mean, found.mean]), mean, atol=1e-10)
    np.testing.assert_allclose(found.covariance, covariance[1:], atol=1e-10)
    np.testing.assert_allclose(found.initial_covariance, covariance[0], atol=1e-10)

    other = filterpy.kalman.KalmanFilter(dim_x=2, dim_z=2)
    other.F, other.Q = model.M, model.Q
    means, covariances, *_ = other.rts_smoother(filtered.analysis_mean, filtered.analysis_covariance)
    np.testing.assert_allclose(found.mean, means, atol=1e-10)
    np.testing.assert_allclose(found.covariance, covariances, atol=1e-10)


@pytest.mark.parametrize("T", [0, 1, 5, 300])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_batch_gives_what_each_sequence_gives_alone(T, missing):
    rng = np.random.default_rng(3)
    model = random_model(2, 2, rng)
    y = rng.normal(size=(2, 2, T, 2))
    y[rng.random(y.shape) < missing] = np.nan
    batch = run(model, y)
    for index in np.ndindex(2, 2):
        alone = run(model, y[index])
        for name in batch._fields:
            ours = getattr(batch, name)
            shared = not name.endswith("mean") and not np.isnan(y).any()
            np.testing.assert_allclose(ours if shared else ours[index], getattr(alone, name), rtol=1e-9, atol=1e-9)


def test_smoother_is_never_less_certain_than_the_filter():
    for seed in range(5):
        rng = np.random.default_rng(seed)
        model = random_model(3, 2, rng)
        filtered = kalman_filter(model, draw(model, 80, 1, rng)[1][0])
        found = smoother(model, filtered)
        gained = filtered.analysis_covariance - found.covariance
        assert (np.linalg.eigvalsh(gained) > -1e-9).all()
        assert (found.covariance == np.swapaxes(found.covariance, 1, 2)).all()
        np.testing.assert_allclose(found.mean[-1], filtered.analysis_mean[-1], rtol=1e-12)


def test_without_observations_the_smoother_knows_what_was_known_before():
    model = random_model(2, 1, np.random.default_rng(4))
    found = run(model, np.empty((0, 1)))
    np.testing.assert_allclose(found.initial_mean, model.mean)
    np.testing.assert_allclose(found.initial_covariance, model.covariance)
    assert found.mean.shape == (0, 2)


def test_singular_forecasts_are_smoothed_by_the_pseudo_inverse():
    """A clock that is known to the second: one direction of the state has no variance at all, at no time."""
    rng = np.random.default_rng(5)
    model = LinearGaussian(
        np.array([[1.0, 1.0], [0.0, 1.0]]),
        np.diag([1e-3, 0.0]),
        np.array([[1.0, 0.0]]),
        np.eye(1),
        np.zeros(2),
        np.diag([1.0, 0.0]),
    )
    y = draw(model, 30, 1, rng)[1][0]
    found, exact = run(model, y), joint_answer(model, y)
    np.testing.assert_allclose(found.mean, exact.mean[1:], atol=1e-9)
    assert (found.covariance[:, 1] == 0).all()
    gain = smoother_gain(model.M, model.covariance, np.diag([1.001, 0.0]))
    np.testing.assert_allclose(gain, [[1 / 1.001, 0], [0, 0]])


def test_gain_does_not_depend_on_the_units_of_the_state():
    rng = np.random.default_rng(6)
    model = random_model(2, 1, rng)
    units = np.array([1e8, 1e-8])
    forecast = model.M @ model.covariance @ model.M.T + model.Q
    scaled = smoother_gain(
        units[:, None] * model.M / units, units[:, None] * model.covariance * units, units[:, None] * forecast * units
    )
    plain = smoother_gain(model.M, model.covariance, forecast)
    np.testing.assert_allclose(scaled / units[:, None] * units, plain, rtol=1e-9)
    np.testing.assert_allclose(plain, model.covariance @ model.M.T @ np.linalg.inv(forecast), rtol=1e-9)


def test_a_model_of_another_size_is_refused():
    rng = np.random.default_rng(7)
    filtered = kalman_filter(random_model(2, 1, rng), np.zeros((4, 1)))
    with pytest.raises(ValueError, match="filtered: expected states of size 3"):
        smoother(random_model(3, 1, rng), filtered)
