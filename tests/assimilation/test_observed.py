"""Missing observations are set apart such that an update with the others alone is what remains."""

import numpy as np
import pytest

from course_lib.assimilation.observed import missing_apart
from course_lib.basics.gaussians import posterior
from tests.assimilation.kalman_models import random_model


@pytest.mark.parametrize("seed", range(5))
def test_update_without_nan_is_that_with_the_observations_that_are_there(seed):
    rng = np.random.default_rng(seed)
    model = random_model(4, 3, rng)
    y = rng.normal(size=3)
    there = np.arange(3) != seed % 3
    full, H, R = missing_apart(np.where(there, y, np.nan), model.H, model.R)
    assert (full[~there] == 0).all()
    found = posterior(model.mean, model.covariance, H, np.zeros(3), R, full)
    Rs = model.R[np.ix_(there, there)]
    expected = posterior(model.mean, model.covariance, model.H[there], np.zeros(there.sum()), Rs, y[there])
    np.testing.assert_allclose(found.mean, expected.mean, atol=1e-10)
    np.testing.assert_allclose(found.covariance, expected.covariance, atol=1e-10)


def test_nothing_is_touched_where_nothing_is_missing():
    y, H, R = np.ones((2, 3)), np.eye(3), np.eye(3)
    assert all(found is given for found, given in zip(missing_apart(y, H, R), (y, H, R), strict=True))
