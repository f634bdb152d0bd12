"""The formulas of the biased model error: against quadrature, and against the smoother itself."""

import numpy as np
import pytest
from scipy.integrate import quad

from course_lib.assimilation import linear2d
from course_lib.assimilation.alternating import assimilate, regression
from course_lib.assimilation.model_error_bias import em_map, point_limit, point_map, seen_share
from course_lib.assimilation.rotation_likelihood import TRUE, rotation_model
from course_lib.assimilation.systems import simulate

CASES = [(1e-4, 1e-4, 1e-2), (3e-4, 1e-4, 1e-2), (1.0, 0.5, 0.2), (0.2, 2.0, 0.1)]


def mean_over_frequencies(function):
    return quad(lambda w: function(2 - 2 * np.cos(w)), 0, np.pi, limit=500, epsabs=0)[0] / np.pi


@pytest.mark.parametrize(("q", "q_true", "r"), CASES)
def test_point_map_is_the_integral_over_the_spectrum(q, q_true, r):
    integral = mean_over_frequencies(lambda s: q**2 * (q_true + r * s) / (q + r * s) ** 2)
    assert np.isclose(point_map(q, q_true, r), integral, rtol=1e-7)


@pytest.mark.parametrize(("q", "q_true", "r"), CASES)
def test_em_map_adds_the_variance_that_the_smoother_states(q, q_true, r):
    stated = mean_over_frequencies(lambda s: q * r * s / (q + r * s))
    assert np.isclose(em_map(q, q_true, r), point_map(q, q_true, r) + stated, rtol=1e-7)


@pytest.mark.parametrize(("q", "r"), [(1e-4, 1e-2), (1.0, 1.0), (5.0, 0.1)])
def test_shares_and_fixed_points_agree_with_the_maps(q, r):
    assert np.isclose(point_map(q, q, r), q * seen_share(q, r), rtol=1e-12)
    assert em_map(q, q, r) == q
    limit = point_limit(q, r)
    assert 0 < limit < q
    assert np.isclose(point_map(limit, q, r), limit, rtol=1e-8)


@pytest.mark.parametrize("assumed", [0.01, 0.03])
def test_one_turn_on_data_does_what_the_maps_say(assumed):
    system = linear2d.system()
    data = simulate(system, 4000, 8, np.random.default_rng(1))
    model = rotation_model(TRUE._replace(sigma_p=assumed))
    trajectory, _ = assimilate(model, data.observations)
    found = [np.trace(regression(trajectory, spread=spread)[1]) / 2 for spread in (False, True)]
    q, r = TRUE.sigma_p**2, TRUE.sigma_o**2
    np.testing.assert_allclose(found, [point_map(assumed**2, q, r), em_map(assumed**2, q, r)], rtol=0.05)


def test_small_model_error_leaves_a_sixteenth_of_its_square():
    assert np.isclose(point_limit(1e-6, 1.0), 1e-12 / 16, rtol=1e-3)


@pytest.mark.parametrize("arguments", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, np.nan)])
def test_variances_must_be_positive(arguments):
    for function in (point_map, em_map):
        with pytest.raises(ValueError, match="expected a positive number"):
            function(*arguments)
