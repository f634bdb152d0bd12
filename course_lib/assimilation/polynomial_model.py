"""A model whose tendency is a polynomial of degree two with unknown coefficients, and the derivatives that learning needs.

Lorenz-63 is one such model, with seven of thirty coefficients different from zero.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.lorenz63 import LORENZ, Parameters
from course_lib.assimilation.systems import rk4_step
from course_lib.basics.arguments import finite_array, positive_number, whole_number


def monomials(x: np.ndarray) -> np.ndarray:
    """1, the components of x, and their products x_i x_j with i ≤ j, shape (..., 1 + n + n(n + 1)/2), for x of shape (..., n).

    Examples
    --------
    >>> monomials(np.array([2.0, 3.0]))
    array([1., 2., 3., 4., 6., 9.])

    Equation: eq-polynomial-tendency
    """
    i, j = np.triu_indices(x.shape[-1])
    return np.concatenate([np.ones_like(x[..., :1]), x, x[..., i] * x[..., j]], axis=-1)


def monomial_derivatives(x: np.ndarray) -> np.ndarray:
    """Derivatives of the monomials by the components of x, shape (..., count, n)."""
    n = x.shape[-1]
    i, j = np.triu_indices(n)
    eye = np.eye(n)
    linear = np.broadcast_to(np.vstack([np.zeros(n), eye]), (*x.shape[:-1], 1 + n, n))
    return np.concatenate([linear, eye[i] * x[..., j, None] + eye[j] * x[..., i, None]], axis=-2)


def polynomial_step(coefficients: ArrayLike, x: ArrayLike, dt: float) -> np.ndarray:
    """One step of the classical Runge–Kutta scheme for dx/dt = Aᵀ monomials(x).

    Parameters
    ----------
    coefficients : A, shape (count, n).
    x : states, shape (..., n).
    dt : time step.

    Equations: eq-polynomial-tendency, eq-rk4
    """
    A, x = _checked(coefficients, x)
    return rk4_step(lambda state: monomials(state) @ A, x, dt)


def step_derivatives(
    coefficients: ArrayLike, x: ArrayLike, dt: float, *, by_coefficients: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The step and its derivatives by the state and by the coefficients, for many states at once.

    Parameters
    ----------
    coefficients, dt : as in `polynomial_step`.
    x : states, shape (T, n).
    by_coefficients : whether the last of the three is wanted; otherwise its last axis has length 0.

    Returns
    -------
    Next states (T, n), derivatives by the state (T, n, n), and by the coefficients, row by row, (T, n, count · n).

    Equations: eq-polynomial-tendency, eq-rk4
    """
    A, x = _checked(coefficients, x)
    dt = positive_number("dt", dt)
    (T, n), width = x.shape, A.size if by_coefficients else 0
    # The columns of `turn` are derivatives of a stage, first by the state, then by the coefficients.
    start = np.concatenate([np.broadcast_to(np.eye(n), (T, n, n)), np.zeros((T, n, width))], axis=2)
    k, turn, total, turns = np.zeros_like(x), np.zeros_like(start), np.zeros_like(x), np.zeros_like(start)
    for weight, share in ((1, 0.0), (2, 0.5), (2, 0.5), (1, 1.0)):
        stage = x + share * dt * k
        features = monomials(stage)
        tangent = np.einsum("fk,tfi->tki", A, monomial_derivatives(stage))
        k, turn = features @ A, tangent @ (start + share * dt * turn)
        if width:
            turn[:, :, n:] += (features[:, None, :, None] * np.eye(n)[:, None, :]).reshape(T, n, width)
        total, turns = total + weight * k, turns + weight * turn
    derivatives = start + dt / 6 * turns
    return x + dt / 6 * total, derivatives[:, :, :n], derivatives[:, :, n:]


def regress(start: ArrayLike, trajectory: ArrayLike, dt: float, free: ArrayLike | None = None, steps: int = 6) -> np.ndarray:
    """The coefficients for which the steps of the model follow a trajectory best: least squares, linearised and repeated.

    Parameters
    ----------
    start : first guess, shape (count, n); zeros will do.
    trajectory : x_1, …, x_T, shape (T, n).
    dt : time step between them.
    free : which coefficients are learned, booleans of the shape of `start`; all by default.
    steps : number of linear regressions, at least 1.

    Returns
    -------
    Coefficients, shape (count, n).

    Equation: eq-coefficient-regression
    """
    A, x = _checked(start, trajectory)
    free = np.ones(A.shape, bool) if free is None else np.asarray(free, bool)
    if free.shape != A.shape or not free.any():
        raise ValueError(f"free: expected booleans of shape {A.shape}, some of them true, got shape {free.shape}")
    for _ in range(whole_number("steps", steps, least=1)):
        following, _, derivatives = step_derivatives(A, x[:-1], dt)
        design = derivatives.reshape(-1, A.size)[:, free.ravel()]
        scale = np.linalg.norm(design, axis=0)  # z² is a thousand times as large as 1
        change = np.zeros(A.size)
        change[free.ravel()] = np.linalg.lstsq(design / scale, (x[1:] - following).ravel(), rcond=None)[0] / scale
        A = A + change.reshape(A.shape)
    return A


def lorenz63_coefficients(theta: Parameters = LORENZ) -> np.ndarray:
    """The coefficients of Lorenz-63, shape (10, 3), in the order 1, x, y, z, x², xy, xz, y², yz, z².

    Equation: eq-lorenz63
    """
    A = np.zeros((10, 3))
    A[1], A[2], A[3] = (-theta.sigma, theta.rho, 0), (theta.sigma, -1, 0), (0, 0, -theta.beta)
    A[5, 2], A[6, 1] = 1, -1
    return A


def _checked(coefficients: ArrayLike, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    A = finite_array("coefficients", coefficients, (None, None))
    n = A.shape[1]
    return finite_array("coefficients", A, (1 + n + n * (n + 1) // 2, n)), finite_array("x", x, (..., n))
