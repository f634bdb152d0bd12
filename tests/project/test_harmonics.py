import numpy as np
import pytest
from scipy.special import eval_legendre, sph_harm

from course_lib.project.harmonics import solid_harmonics


@pytest.mark.parametrize("seed", range(3))
def test_sum_over_m_is_legendres_polynomial_of_the_angle(seed):
    u, v = np.random.default_rng(seed).normal(size=(2, 40, 3))
    lengths = np.linalg.norm(u, axis=1) * np.linalg.norm(v, axis=1)
    cosine = np.sum(u * v, axis=1) / lengths
    for degree, (a, b) in enumerate(zip(solid_harmonics(u, 6), solid_harmonics(v, 6), strict=True)):
        assert a.shape == (40, 2 * degree + 1)
        expected = lengths**degree * eval_legendre(degree, cosine)
        np.testing.assert_allclose(np.sum(a * b, axis=1), expected, atol=1e-12 * lengths.max() ** degree)


def test_they_are_the_real_forms_of_scipys_spherical_harmonics():
    x, y, z = vectors = np.random.default_rng(0).normal(size=(3, 30))
    r, azimuth = np.linalg.norm(vectors, axis=0), np.arctan2(y, x)
    for degree, values in enumerate(solid_harmonics(vectors.T, 5)):
        size = np.sqrt(4 * np.pi / (2 * degree + 1)) * r**degree
        for m in range(degree + 1):
            Y = size * (-1) ** m * sph_harm(m, degree, azimuth, np.arccos(z / r))
            np.testing.assert_allclose(values[:, degree + m], Y.real * (np.sqrt(2) if m else 1), atol=1e-12 * r.max() ** degree)
            if m:
                np.testing.assert_allclose(values[:, degree - m], np.sqrt(2) * Y.imag, atol=1e-12 * r.max() ** degree)


def test_they_are_harmonic():
    """The sum of the second differences vanishes, up to the differences' own error."""
    centre, h = np.array([0.3, -0.7, 1.1]), 1e-3
    steps = h * np.concatenate([np.eye(3), -np.eye(3)])
    for around, at in zip(solid_harmonics(centre + steps, 4), solid_harmonics(centre, 4), strict=True):
        np.testing.assert_allclose((around.sum(axis=0) - 6 * at) / h**2, 0, atol=1e-5)


@pytest.mark.parametrize(
    ("vectors", "L", "message"),
    [(np.ones((4, 2)), 1, "vectors: expected shape"), ([np.nan, 0, 0], 1, "vectors: expected finite"), (np.ones(3), -1, "L:")],
)
def test_bad_input_is_refused(vectors, L, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        solid_harmonics(vectors, L)
