"""Weight decay, early stopping as a filter, and dropout, written out in numpy.

On a quadratic loss, weight decay and early stopping do the same kind of thing: along an eigenvector of the Hessian with
eigenvalue λ they keep a share of the minimum, near 1 where λ is large and near 0 where it is small.

Every function here refuses an argument of a wrong shape, out of range or not finite with a ValueError that names it.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number, whole_number


def weight_decay_step(theta: ArrayLike, gradient: ArrayLike, learning_rate: float, weight_decay: float) -> np.ndarray:
    """One step of gradient descent that first shrinks the parameters: (1 − γα) θ − γ ∇L.

    Parameters
    ----------
    theta : parameters θ, any shape.
    gradient : ∇L at θ, without a penalty, shaped like `theta`.
    learning_rate : γ > 0.
    weight_decay : α ≥ 0; 0 is plain gradient descent.

    Returns
    -------
    The next θ, a new array.

    Raises
    ------
    ValueError
        If shapes differ, a number is not finite, γ ≤ 0 or α < 0.

    Equation: eq-weight-decay
    """
    theta = finite_array("theta", theta, (...,))
    gradient = finite_array("gradient", gradient, theta.shape)
    positive_number("learning_rate", learning_rate)
    _check_decay(weight_decay)
    return (1 - learning_rate * weight_decay) * theta - learning_rate * gradient


def weight_decay_filter(eigenvalues: ArrayLike, weight_decay: float) -> np.ndarray:
    """Share of the minimum that weight decay keeps along each eigenvector of the Hessian: λ / (λ + α).

    Parameters
    ----------
    eigenvalues : λ ≥ 0 of the Hessian of a quadratic loss, shape (n,).
    weight_decay : α > 0.

    Returns
    -------
    Numbers from 0 to 1, shape (n,).

    Raises
    ------
    ValueError
        If an eigenvalue is negative or not finite, or α ≤ 0.

    Equation: eq-weight-decay-filter
    """
    eigenvalues = _spectrum(eigenvalues)
    return eigenvalues / (eigenvalues + positive_number("weight_decay", weight_decay))


def early_stopping_filter(eigenvalues: ArrayLike, learning_rate: float, steps: int) -> np.ndarray:
    """Share of the minimum that descent from θ₀ = 0 has reached along each eigenvector: 1 − (1 − γλ)ᵏ.

    Parameters
    ----------
    eigenvalues : λ ≥ 0 of the Hessian of a quadratic loss, shape (n,).
    learning_rate : γ > 0.
    steps : k ≥ 0.

    Returns
    -------
    Shape (n,); from 0 to 1 if γλ ≤ 1.

    Raises
    ------
    ValueError
        If an eigenvalue is negative or not finite, γ ≤ 0, or k is not a whole number ≥ 0.

    Equation: eq-early-stopping-filter
    """
    positive_number("learning_rate", learning_rate)
    whole_number("steps", steps, least=0)
    return 1 - (1 - learning_rate * _spectrum(eigenvalues)) ** steps


def dropout_mask(shape: tuple[int, ...], p: float, rng: np.random.Generator) -> np.ndarray:
    """Random factors for the units of a layer: 0 with probability p, else 1 / (1 − p), so that their mean is 1.

    Parameters
    ----------
    shape : shape of the layer's output, for example (m, units): every sample draws its own mask.
    p : probability with which a unit is removed, 0 ≤ p < 1.
    rng : source of the randomness.

    Returns
    -------
    Array of that shape.

    Raises
    ------
    ValueError
        If p is not in [0, 1).

    Equation: eq-dropout-mask
    """
    if isinstance(p, bool) or not isinstance(p, Real) or not 0 <= p < 1:
        raise ValueError(f"p: expected a probability with 0 ≤ p < 1, got {p!r}")
    kept = rng.random(shape) >= p
    return kept / (1 - p)


def dropout(h: ArrayLike, mask: ArrayLike | None) -> tuple[np.ndarray, Callable[[ArrayLike], np.ndarray]]:
    """Dropout, forward and, under it, backward.

    Parameters
    ----------
    h : output of a layer, any shape.
    mask : factors from :func:`dropout_mask`, shaped like `h`, when training; None when evaluating: nothing is removed.

    Returns
    -------
    out : h ⊙ mask, shaped like `h`.
    backward : takes ∂L/∂out, returns ∂L/∂h.

    Raises
    ------
    ValueError
        If shapes differ or a number is not finite.

    Equation: eq-dropout
    """
    h = finite_array("h", h, (...,))
    mask = np.ones_like(h) if mask is None else finite_array("mask", mask, h.shape)
    out = h * mask

    def backward(dL_dout: ArrayLike) -> np.ndarray:
        return finite_array("dL_dout", dL_dout, h.shape) * mask

    return out, backward


def _check_decay(weight_decay: float) -> None:
    if isinstance(weight_decay, bool) or not isinstance(weight_decay, Real) or not 0 <= weight_decay < np.inf:
        raise ValueError(f"weight_decay: expected a number α ≥ 0, got {weight_decay!r}")


def _spectrum(eigenvalues: ArrayLike) -> np.ndarray:
    eigenvalues = finite_array("eigenvalues", eigenvalues, (None,))
    if eigenvalues.min() < 0:
        raise ValueError(f"eigenvalues: expected numbers ≥ 0, the least is {eigenvalues.min():.3g}")
    return eigenvalues
