import numpy as np
import pytest

from course_lib.assimilation.ensemble_updates import etkf_update
from course_lib.assimilation.local_ensembles import letkf
from course_lib.assimilation.localization import gaspari_cohn, localized_covariance, ring_distance, ring_taper


def triangle_with_itself(distance):
    """Gaspari and Cohn's construction: the hat function on [-1, 1], folded with itself, in three dimensions, by quadrature."""
    # the fold of two radial functions in space, at distance r: (2π / r) ∫ s B(s) ∫_{|r - s|}^{r + s} t B(t) dt ds
    s, ds = np.linspace(0, 1, 4001, retstep=True)
    inner = np.concatenate([[0], np.cumsum((s * (1 - s))[1:] + (s * (1 - s))[:-1]) * ds / 2])

    def cumulative(t):
        return np.interp(np.clip(t, 0, 1), s, inner)

    if distance == 0:
        return 4 * np.pi * np.trapezoid(s**2 * (1 - s) ** 2, s)
    weight = cumulative(distance + s) - cumulative(np.abs(distance - s))
    return 2 * np.pi / distance * np.trapezoid(s * (1 - s) * weight, s)


def test_taper_is_the_folded_hat_function():
    # support 2 for hats of half-width 1, so `radius` = 1
    for distance in (0.2, 0.5, 0.9, 1.0, 1.3, 1.7, 1.99):
        expected = triangle_with_itself(distance) / triangle_with_itself(0)
        np.testing.assert_allclose(gaspari_cohn(distance, 1.0), expected, atol=2e-6)


def test_taper_is_one_at_zero_falls_and_vanishes_from_twice_the_radius_on():
    distance = np.linspace(0, 30, 301)
    taper = gaspari_cohn(distance, 7.0)
    assert taper[0] == 1
    assert (np.diff(taper[distance < 14]) < 0).all()
    assert (taper[distance >= 14] == 0).all()
    np.testing.assert_array_equal(gaspari_cohn(-distance, 7.0), taper)


@pytest.mark.parametrize("place", [1.0, 2.0])
def test_taper_joins_smoothly(place):
    h = 1e-4
    left = [gaspari_cohn(place - k * h, 1.0) for k in range(3)]
    right = [gaspari_cohn(place + k * h, 1.0) for k in range(3)]
    assert abs((left[0] - left[1]) - (right[1] - right[0])) < 1e-7
    assert abs((left[0] - 2 * left[1] + left[2]) - (right[0] - 2 * right[1] + right[2])) / h**2 < 5e-3


def test_distances_go_the_short_way_round():
    distance = ring_distance(6)
    np.testing.assert_array_equal(distance[0], [0, 1, 2, 3, 2, 1])
    np.testing.assert_array_equal(distance, distance.T)
    np.testing.assert_array_equal(np.roll(distance, (1, 1), (0, 1)), distance)


@pytest.mark.parametrize("radius", [1.0, 2.5, 6.0, 10.0])
def test_taper_on_the_ring_is_positive_definite(radius):
    assert np.linalg.eigvalsh(ring_taper(40, radius))[0] > 0


def test_taper_of_observations_picks_their_columns():
    np.testing.assert_array_equal(ring_taper(40, 3.0, np.eye(40)[::2]), ring_taper(40, 3.0)[:, ::2])


def test_tapering_gives_full_rank_and_keeps_variances():
    A = np.random.default_rng(0).normal(size=(3, 5, 40))
    P = A.swapaxes(-1, -2) @ A / 4
    localized = localized_covariance(P, ring_taper(40, 4.0))
    assert np.linalg.matrix_rank(P[0]) == 5
    assert (np.linalg.eigvalsh(localized)[:, 0] > 1e-6).all()
    np.testing.assert_allclose(np.diagonal(localized, axis1=1, axis2=2), np.diagonal(P, axis1=1, axis2=2))
    mixed = localized_covariance(P, ring_taper(40, 4.0), np.eye(40), 0.25)
    np.testing.assert_allclose(mixed, 0.75 * localized + 0.25 * np.eye(40))


def local_problem(seed, p=10, members=5):
    rng = np.random.default_rng(seed)
    H = np.eye(10)[:: 10 // p]
    return rng.normal(size=(2, members, 10)), rng.normal(size=(2, p)), H, np.diag(rng.uniform(0.5, 2, p))


@pytest.mark.parametrize("seed", range(3))
def test_letkf_without_a_taper_is_the_etkf(seed):
    E, y, H, R = local_problem(seed)
    np.testing.assert_allclose(letkf(np.ones((10, 10)))(E, y, H, R), etkf_update(E, y, H, R), atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("p", [10, 5])
def test_letkf_is_an_etkf_at_each_point_with_errors_divided_by_the_taper(seed, p):
    E, y, H, R = local_problem(seed, p)
    taper = ring_taper(10, 2.0, H)
    updated = letkf(taper)(E, y, H, R)
    for i in range(10):
        near = taper[i] > 0
        local = etkf_update(E, y[:, near], H[near], np.diag(np.diag(R)[near] / taper[i, near]))
        np.testing.assert_allclose(updated[..., i], local[..., i], atol=1e-12)


def test_letkf_skips_what_is_missing():
    E, y, H, R = local_problem(4)
    y[0, 3], y[1] = np.nan, np.nan
    taper = ring_taper(10, 2.0)
    updated = letkf(taper)(E, y, H, R)
    kept = np.arange(10) != 3
    without = letkf(taper[:, kept])(E[:1], y[:1, kept], H[kept], R[np.ix_(kept, kept)])
    np.testing.assert_allclose(updated[0], without[0], atol=1e-12)
    np.testing.assert_allclose(updated[1], E[1], atol=1e-14)


def test_a_point_without_near_observations_keeps_its_forecast_and_another_may_have_several():
    E, y, H, R = local_problem(5)
    taper = np.zeros((10, 10))
    taper[0, :3] = 1
    updated = letkf(taper)(E, y, H, R)
    np.testing.assert_allclose(updated[..., 1:], E[..., 1:], atol=1e-14)
    expected = etkf_update(E, y[:, :3], H[:3], R[:3, :3])
    np.testing.assert_allclose(updated[..., 0], expected[..., 0], atol=1e-12)
    assert np.abs(updated[..., 0] - E[..., 0]).max() > 0.01


def test_bad_arguments_are_named():
    E, y, H, R = local_problem(0)
    P, eye = np.eye(10), np.eye(10)
    cases = {
        "radius: expected a positive number": lambda: gaspari_cohn(1.0, 0),
        "distance": lambda: gaspari_cohn(np.nan, 1),
        "radius: expected at most a quarter of the ring of 40 points, got 11": lambda: ring_taper(40, 11),
        "H: expected rows with a single 1": lambda: ring_taper(40, 3, np.ones((2, 40))),
        "taper: expected numbers from 0 to 1": lambda: letkf(2 * eye),
        "R: expected a diagonal one": lambda: letkf(eye)(E, y, H, R + 0.1),
        r"H of shape \(3, 10\) as the taper asks, got \(10, 10\)": lambda: letkf(np.ones((10, 3)))(E, y, H, R),
        "weight": lambda: localized_covariance(P, eye, eye, 1.5),
        "static: expected a covariance": lambda: localized_covariance(P, eye, None, 0.5),
        "size": lambda: ring_distance(0),
    }
    for message, call in cases.items():
        with pytest.raises(ValueError, match=message):
            call()
