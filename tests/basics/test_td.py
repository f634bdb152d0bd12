"""What the checks of the exercise sheet rest on."""

from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
from numpy.linalg import inv

import exercises
from course_lib.basics.gaussians import log_density
from course_lib.basics.likelihood import gaussian_mle
from course_lib.basics.td import cases, properties, sheet
from course_lib.basics.td.detours import inverting_at_most
from course_lib.teaching.attempts import DetourError
from course_lib.teaching.properties import numbers, slopes
from tests.book.sheets import asked

SOURCE = Path(__file__).parents[2] / "book" / "basics" / "td.md"


def test_sheet_asks_each_question_once_and_gives_thirty_marks():
    assert list(asked(SOURCE)) == list(sheet.questions)
    assert sum(exercise.points for exercise in exercises.exercises(SOURCE)) == 30


@pytest.mark.parametrize("one", asked(SOURCE).values(), ids=str)
def test_cases_are_small(one):
    for seed in range(20):
        assert all(np.size(value) <= 30 for value in one.drawn(seed).values())


@pytest.mark.parametrize(
    "way",
    [
        lambda A: inv(A),
        lambda A: np.linalg.solve(A, np.eye(4)),
        lambda A: np.linalg.pinv(A),
        lambda A: np.linalg.lstsq(A, np.eye(4)),
        lambda A: np.linalg.matrix_power(A, -1),
        lambda A: np.matrix(A).I,
        lambda A: scipy.linalg.inv(A),
        lambda A: scipy.linalg.solve(A, np.eye(4)),
        lambda A: scipy.linalg.lu_factor(A),
        lambda A: np.linalg.inv(A.tolist()),
    ],
)
@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_larger_inverses_are_seen_whatever_their_name(way):
    A = np.eye(4) + 0.1 * np.arange(16).reshape(4, 4)
    with pytest.raises(DetourError, match="4 by 4"), inverting_at_most(2):
        way(A)
    with inverting_at_most(4):
        way(A)


def test_small_inverses_and_other_uses_of_large_matrices_are_free():
    A, U = np.eye(4), np.ones((4, 2))
    with inverting_at_most(2):
        np.linalg.solve(np.eye(2), U.T)
        np.linalg.norm(A)
        np.linalg.qr(U)
        scipy.linalg.inv(np.eye(2))


def test_polynomials_say_what_they_compute():
    f = cases.Polynomial((-1.0, 0.0, 0.5, 1.0, -0.25))
    assert repr(f) == "x ↦ -1 + 0.5 x^2 + x^3 - 0.25 x^4"
    assert f(np.array([[0.0, 2.0]])).tolist() == [[-1.0, 5.0]]


@pytest.mark.parametrize("seed", range(5))
def test_sigma_points_have_the_moments(seed):
    rng = np.random.default_rng(seed)
    mean, covariance = numbers(rng, 4), cases.covariance(rng, 4)
    points = properties.sigma_points(mean, covariance)
    np.testing.assert_allclose(points.mean(axis=0), mean, atol=1e-13)
    np.testing.assert_allclose(np.cov(points.T, bias=True), covariance, atol=1e-13)


@pytest.mark.parametrize("seed", range(5))
def test_slopes_are_those_of_the_formula(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 3))
    found = slopes(lambda x: float(np.sum(np.sin(x) * x)), x)
    np.testing.assert_allclose(found, np.sin(x) + x * np.cos(x), atol=1e-8)


@pytest.mark.parametrize("seed", range(10))
def test_the_likeliest_gaussian_passes_and_its_neighbours_do_not(seed):
    rng = np.random.default_rng(seed)
    x, ones = rng.normal(size=(12, 3)) @ np.array([[2.0, 0, 0], [1, 1, 0], [0.5, -0.5, 1]]), np.ones(12)
    mean, covariance = gaussian_mle(x)
    assert properties.not_the_likeliest(x, ones, mean, covariance) is None
    root = np.linalg.cholesky(covariance)
    shifted = mean + 1e-3 * root @ rng.normal(size=3)
    bent = root @ (np.eye(3) + 1e-3 * np.diag(rng.choice([-1, 1], 3))) @ root.T
    assert log_density(x, shifted, covariance).sum() < log_density(x, mean, covariance).sum()
    assert properties.not_the_likeliest(x, ones, shifted, covariance)
    assert properties.not_the_likeliest(x, ones, mean, bent)
