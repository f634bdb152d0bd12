import numpy as np
import pytest
from scipy.stats import multivariate_normal

from course_lib.assimilation.estimates import Estimates, Scores, mean_score, score


def some(seed=0, shape=(2, 5, 3)):
    rng = np.random.default_rng(seed)
    means, states = rng.normal(size=(2, *shape)), rng.normal(size=shape)
    roots = rng.normal(size=(2, *shape[:2], 3, 6))
    covariances = roots @ roots.swapaxes(-1, -2)
    return Estimates(means[0], covariances[0], means[1], covariances[1]), states


@pytest.mark.parametrize("burn_in", [0, 2])
def test_scores_are_means_of_norms_and_of_log_densities(burn_in):
    found, x = some()
    scored = score(found, x, burn_in)
    for mean, P, rmse, nll in ((*found[:2], scored.rmse_b, scored.nll_b), (*found[2:], scored.rmse_a, scored.nll_a)):
        places = [(i, t) for i in range(2) for t in range(burn_in, 5)]
        np.testing.assert_allclose(rmse, np.mean([np.linalg.norm(mean[k] - x[k]) / np.sqrt(3) for k in places]))
        np.testing.assert_allclose(nll, np.mean([-multivariate_normal(mean[k], P[k]).logpdf(x[k]) for k in places]))


def test_one_covariance_may_serve_all_times():
    found, x = some(1)
    one = found._replace(forecast_covariance=np.eye(3), analysis_covariance=2 * np.eye(3))
    many = found._replace(
        forecast_covariance=np.broadcast_to(np.eye(3), (2, 5, 3, 3)),
        analysis_covariance=np.broadcast_to(2 * np.eye(3), (2, 5, 3, 3)),
    )
    np.testing.assert_allclose(score(one, x, 1), score(many, x, 1))


def test_a_singular_covariance_costs_infinitely_much():
    found, x = some(2)
    members = np.random.default_rng(0).normal(size=(2, 5, 3, 3))  # three members span a plane
    A = members - members.mean(-2, keepdims=True)
    scored = score(found._replace(analysis_covariance=A.swapaxes(-1, -2) @ A / 2), x)
    assert scored.nll_a == np.inf
    assert np.isfinite(scored.nll_b)


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("narrow", "singular"), [(1e-14, True), (1e-10, False)])
def test_covariance_is_singular_where_a_variance_is_lost_in_the_rounding_of_another(size, narrow, singular):
    found, x = some(3)
    scored = score(found._replace(forecast_covariance=size * np.diag([1.0, narrow, 1.0])), x)
    assert np.isinf(scored.nll_b) == singular
    assert np.isfinite(scored.nll_a)


def test_all_cycles_count_unless_some_are_left_out():
    found, x = some(4)
    assert score(found, x) == score(found, x, 0) != score(found, x, 1)


def test_mean_score_averages_field_by_field():
    assert mean_score([Scores(1.0, 2.0, 3.0, 4.0), Scores(3.0, 2.0, 1.0, 0.0)]) == Scores(2.0, 2.0, 2.0, 2.0)


def test_bad_arguments_are_named():
    found, x = some()
    for message, call in {
        "burn_in: expected fewer than the 5 cycles, got 5": lambda: score(found, x, 5),
        "burn_in: .* got -1": lambda: score(found, x, -1),
        "states": lambda: score(found, x[0]),
        "mean": lambda: score(found, x[:1]),
    }.items():
        with pytest.raises(ValueError, match=message):
            call()
