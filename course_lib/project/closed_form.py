"""First-order scattering of molecules without a grid.

The density of a molecule is a sum of Gaussians, and so is a solid harmonic wavelet but for a polynomial that the convolution
with a Gaussian keeps. So the convolution of the two is known in closed form at every point, and with it the modulus; the
integral over space of its square is a sum over pairs of atoms.

Lengths are in ångström. Atoms stand in padded batches: charges or any weights of shape (B, n), 0 where there is no atom.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import eval_genlaguerre, gamma

from course_lib.basics.arguments import finite_array, positive_number, whole_number
from course_lib.project.harmonics import solid_harmonics


def octaves(finest: float, count: int, each: int = 1) -> tuple[float, ...]:
    """Widths of wavelets in ångström, `each` of them to an octave: finest times 2^(k / each) for k = 0 to count − 1.

    Examples
    --------
    >>> octaves(0.5, 3)
    (0.5, 1.0, 2.0)
    """
    finest, count, each = positive_number("finest", finest), whole_number("count", count, 1), whole_number("each", each, 1)
    return tuple(finest * 2 ** (k / each) for k in range(count))


def wavelet(vectors: ArrayLike, width: float, L: int) -> list[np.ndarray]:
    """Solid harmonic wavelets of one width, scaled so that their modulus over all m has the integral 1, as kymatio does it.

    Parameters
    ----------
    vectors : from the wavelet's centre, shape (..., 3).
    width : σ_j.
    L : largest degree.

    Returns
    -------
    list of L + 1 arrays, the l-th of shape (..., 2 l + 1), in 1/Å³

    Equation: eq-solid-wavelet
    """
    vectors, width = finite_array("vectors", vectors, (..., 3)), positive_number("width", width)
    square = np.sum(vectors**2, axis=-1, keepdims=True)
    return [_profile(square, width, degree) * values for degree, values in enumerate(solid_harmonics(vectors, L))]


def response(vectors: ArrayLike, sigma: float, widths: Sequence[float], L: int) -> list[np.ndarray]:
    """The convolution of a Gaussian with solid harmonic wavelets: wider wavelets again, damped.

    Parameters
    ----------
    vectors : from the Gaussian's centre to the points where the convolution is wanted, shape (..., 3).
    sigma : width of the Gaussian, whose integral is 1.
    widths : σ_j, the widths of J wavelets.
    L : largest degree.

    Returns
    -------
    list of L + 1 arrays, the l-th of shape (..., J, 2 l + 1), in 1/Å³

    Equation: eq-gaussian-response
    """
    vectors, sigma = finite_array("vectors", vectors, (..., 3)), positive_number("sigma", sigma)
    square, result = np.sum(vectors**2, axis=-1), []
    for degree, values in enumerate(solid_harmonics(vectors, L)):
        scales = []
        for width in widths:
            s = np.hypot(sigma, positive_number("widths", width))
            scales.append((width / s) ** degree * _profile(square, s, degree))
        result.append(np.stack(scales, axis=-1)[..., None] * values[..., None, :])
    return result


def moduli(
    points: ArrayLike, weights: ArrayLike, positions: ArrayLike, sigma: float, widths: Sequence[float], L: int
) -> np.ndarray:
    """The first-order modulus U₁ of a density of Gaussians at any points, exact.

    Parameters
    ----------
    points : shape (P, 3).
    weights : integral of each Gaussian, such as the nuclear charges, shape (n,).
    positions : shape (n, 3).
    sigma, widths, L : as in :func:`response`.

    Returns
    -------
    numpy.ndarray
        Shape (P, J, L + 1), in units of the weights per Å³.

    Equation: eq-modulus-at-points
    """
    points, weights = finite_array("points", points, (None, 3)), finite_array("weights", weights, (None,))
    positions = finite_array("positions", positions, (len(weights), 3))
    parts = response(points[:, None] - positions, sigma, widths, L)
    return np.stack([np.linalg.norm(np.einsum("pnjm,n->pjm", part, weights), axis=-1) for part in parts], axis=-1)


def integrated_squares(weights: ArrayLike, positions: ArrayLike, sigma: float, widths: Sequence[float], L: int) -> np.ndarray:
    """The integral over space of U₁², by a sum over pairs of atoms; for several densities on the same atoms also of products.

    Parameters
    ----------
    weights : integrals of the Gaussians in each of C densities, shape (B, C, n).
    positions : shape (B, n, 3).
    sigma, widths, L : as in :func:`response`.

    Returns
    -------
    numpy.ndarray
        Shape (B, C, C, J, L + 1): on the diagonal of C the integral of U₁² of a density, beside it that of the sum over m of
        the products of two densities' coefficients; in units of the weights squared per Å³.

    Equation: eq-integrated-square
    """
    weights = finite_array("weights", weights, (None, None, None))
    positions = finite_array("positions", positions, (weights.shape[0], weights.shape[2], 3))
    square = np.sum((positions[:, :, None] - positions[:, None]) ** 2, axis=-1)
    result = np.empty((*weights.shape[:2], weights.shape[1], len(widths), L + 1))
    for j, width in enumerate(widths):
        s = np.hypot(sigma, width)
        for degree in range(L + 1):
            pairs = (width / s) ** (2 * degree) * _correlation(square, s, degree)
            result[..., j, degree] = weights @ pairs @ weights.swapaxes(1, 2)
    return result


def _profile(square: np.ndarray, s: float, degree: int) -> np.ndarray:
    """What stands beside the solid harmonics of a degree in the wavelets of width s."""
    return np.exp(-square / (2 * s**2)) / (_size(degree) * s ** (degree + 3))


def _size(degree: int) -> float:
    """The integral over space of the length to the power `degree` times the bell of width 1."""
    return 4 * np.pi * 2 ** ((degree + 1) / 2) * gamma((degree + 3) / 2)


def _correlation(square: np.ndarray, s: float, degree: int) -> np.ndarray:
    """The correlation of the wavelets of one degree, summed over m, with themselves at a distance of known square."""
    energy = 2 * np.pi * gamma(degree + 1.5) / (_size(degree) ** 2 * s**3)
    laguerre = eval_genlaguerre(degree, 0.5, square / (4 * s**2)) / eval_genlaguerre(degree, 0.5, 0.0)
    return energy * laguerre * np.exp(-square / (4 * s**2))
