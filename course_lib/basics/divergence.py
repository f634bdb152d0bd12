"""The Kullback–Leibler divergence KL(q‖p): between Gaussians, between densities on a line, and what comes closest in it.

Densities on a line are given by their natural logarithms at the points z of a grid, and integrals are sums over trapezia. The
grid has to hold both densities: every function here refuses one on which they do not integrate to 1 within a thousandth, as it
refuses wrong shapes and numbers that are not finite, with a ValueError that names the argument.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from course_lib.basics.arguments import covariance, finite_array, positive_number, whole_number


def kl_gaussians(mean_q: ArrayLike, covariance_q: ArrayLike, mean_p: ArrayLike, covariance_p: ArrayLike) -> float:
    """KL(q‖p) of two Gaussians in d dimensions, in nats.

    Parameters
    ----------
    mean_q, mean_p : shape (d,).
    covariance_q, covariance_p : shape (d, d).

    Examples
    --------
    >>> kl_gaussians([1.0], [[1.0]], [0.0], [[1.0]])
    0.5

    Equation: eq-kl-gaussians
    """
    mean_q = finite_array("mean_q", mean_q, (None,))
    d = len(mean_q)
    mean_p = finite_array("mean_p", mean_p, (d,))
    root_q = np.linalg.cholesky(covariance("covariance_q", covariance_q, d))
    root_p = np.linalg.cholesky(covariance("covariance_p", covariance_p, d))
    # In the coordinates in which p is white, trace and distance are sums of squares.
    white = solve_triangular(root_p, np.column_stack([root_q, mean_q - mean_p]), lower=True)
    log_ratio = 2 * np.sum(np.log(np.diag(root_p) / np.diag(root_q)))
    return float(0.5 * (np.sum(white**2) - d + log_ratio))


def kl_quadrature(log_q: ArrayLike, log_p: ArrayLike, z: ArrayLike) -> float:
    """KL(q‖p) of two densities on a line, in nats.

    Parameters
    ----------
    log_q, log_p : logarithms of the densities at the points z, shape (n,).
    z : the grid, shape (n,), increasing.

    Equation: eq-kl
    """
    z = _grid(z)
    log_q, log_p = _log_density("log_q", log_q, z), _log_density("log_p", log_p, z)
    return float(np.trapezoid(np.exp(log_q) * (log_q - log_p), z))


def moment_matching(log_p: ArrayLike, z: ArrayLike) -> tuple[float, float]:
    """Mean and standard deviation of the Gaussian q with the least KL(p‖q): those of p itself.

    Parameters
    ----------
    log_p : logarithm of the density at the points z, shape (n,).
    z : the grid, shape (n,), increasing.

    Equation: eq-moment-matching
    """
    z = _grid(z)
    p = np.exp(_log_density("log_p", log_p, z))
    p /= np.trapezoid(p, z)
    mean = np.trapezoid(p * z, z)
    return float(mean), float(np.sqrt(np.trapezoid(p * (z - mean) ** 2, z)))


def kl_gradient(log_p: ArrayLike, z: ArrayLike, mean: float, sigma: float) -> np.ndarray:
    """Slopes of KL(q‖p) for q = N(mean, sigma²), by the mean and by the logarithm of sigma: shape (2,).

    Parameters
    ----------
    log_p : logarithm of the density p at the points z, shape (n,).
    z : the grid, shape (n,), increasing.
    mean, sigma : of the Gaussian q.

    Equation: eq-kl-gradient
    """
    z = _grid(z)
    log_p, mean = _log_density("log_p", log_p, z), float(finite_array("mean", mean, ()))
    white = (z - mean) / positive_number("sigma", sigma)
    log_q = _log_density("log_q", -0.5 * (white**2 + np.log(2 * np.pi)) - np.log(sigma), z)
    weight = np.exp(log_q) * (log_q - log_p)
    return np.array([np.trapezoid(weight * white / sigma, z), np.trapezoid(weight * (white**2 - 1), z)])


def mode_seeking(
    log_p: ArrayLike, z: ArrayLike, mean: float, sigma: float, learning_rate: float = 0.1, steps: int = 200
) -> np.ndarray:
    """Gradient descent on KL(q‖p) over the Gaussians q = N(mean, sigma²); it finds a local minimum, often at one hump of p.

    The steps are taken in the mean and in log sigma, so that sigma stays positive.

    Parameters
    ----------
    log_p : logarithm of the density p at the points z, shape (n,).
    z : the grid, shape (n,), increasing.
    mean, sigma : the first guess.
    learning_rate : γ > 0.
    steps : number of updates, at least 0.

    Returns
    -------
    Array of shape (steps + 1, 2): mean and sigma, from the first guess to the end.

    Raises
    ------
    ValueError
        Also if q leaves the grid on the way, which a learning rate that is too large brings about.

    Equation: eq-kl-gradient
    """
    learning_rate = positive_number("learning_rate", learning_rate)
    path = np.empty((whole_number("steps", steps, 0) + 1, 2))
    path[0] = finite_array("mean", mean, ()), positive_number("sigma", sigma)
    for step in range(steps):
        slope = kl_gradient(log_p, z, *path[step].tolist())
        path[step + 1] = path[step, 0] - learning_rate * slope[0], path[step, 1] * np.exp(-learning_rate * slope[1])
    return path


def _grid(z: ArrayLike) -> np.ndarray:
    z = finite_array("z", z, (None,))
    if len(z) < 2 or not (np.diff(z) > 0).all():
        raise ValueError(f"z: expected at least two increasing points, got {len(z)} from {z[0]:g} to {z[-1]:g}")
    return z


def _log_density(name: str, value: ArrayLike, z: np.ndarray) -> np.ndarray:
    log_density = finite_array(name, value, z.shape)
    with np.errstate(over="ignore"):  # then the integral is infinite, and refused
        integral = np.trapezoid(np.exp(log_density), z)
    if not abs(integral - 1) < 1e-3:
        raise ValueError(f"{name}: expected a density on the grid z, but it integrates to {integral:.4g}; widen or refine z")
    return log_density
