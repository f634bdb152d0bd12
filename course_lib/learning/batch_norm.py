"""Batch normalisation, from its algorithm: each mode's forward pass with its derivatives under it.

Samples are rows: x has shape (m, units), and each unit is normalised by itself. The slides call scale and shift γ and β, as
the first paper does; here γ is the learning rate and β the momentum, so the two have names of their own.

Every function here refuses an argument of a wrong shape, out of range or not finite with a ValueError that names it.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, positive_number

#: Added to the variance, as in torch, so that a unit that is constant in a batch is not divided by zero.
EPSILON = 1e-5

Backward = Callable[[ArrayLike], tuple[np.ndarray, np.ndarray, np.ndarray]]


class Statistics(NamedTuple):
    """Mean and variance of each unit, both of shape (units,)."""

    mean: np.ndarray
    variance: np.ndarray


def batch_norm_train(
    x: ArrayLike, scale: ArrayLike, shift: ArrayLike, epsilon: float = EPSILON
) -> tuple[np.ndarray, Backward, Statistics]:
    """Normalise a mini-batch with its own mean and variance, then scale and shift.

    Parameters
    ----------
    x : what the units send, shape (m, units), m ≥ 2.
    scale, shift : the trained parameters g and b, both of shape (units,).
    epsilon : added to the variance, > 0.

    Returns
    -------
    z : shape (m, units).
    backward : takes ∂L/∂z; returns ∂L/∂x, ∂L/∂g and ∂L/∂b. The derivative by x goes through mean and variance too.
    batch : mean and (biased) variance of the batch.

    Raises
    ------
    ValueError
        If a shape does not fit, a number is not finite, there is only one sample, or ε ≤ 0.

    Equations: eq-bn-statistics, eq-bn-normalise, eq-bn-scale-shift, eq-bn-gradient
    """
    x, scale, shift = _arguments(x, scale, shift)
    if len(x) < 2:
        raise ValueError("x: expected at least two samples to take a variance of, got 1")
    batch = Statistics(x.mean(axis=0), x.var(axis=0))
    xhat, deviation = _normalise(x, batch, epsilon)

    def backward(dL_dz: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        dL_dz = finite_array("dL_dz", dL_dz, x.shape)
        dL_dxhat = dL_dz * scale
        centred = dL_dxhat - dL_dxhat.mean(axis=0) - xhat * (dL_dxhat * xhat).mean(axis=0)
        return centred / deviation, (dL_dz * xhat).sum(axis=0), dL_dz.sum(axis=0)

    return scale * xhat + shift, backward, batch


def batch_norm_eval(
    x: ArrayLike, scale: ArrayLike, shift: ArrayLike, running: Statistics, epsilon: float = EPSILON
) -> tuple[np.ndarray, Backward]:
    """The same with frozen statistics: every sample is treated alone, by one linear function.

    Parameters
    ----------
    x, scale, shift, epsilon : as in :func:`batch_norm_train`; one sample is enough.
    running : the statistics that training has collected.

    Returns
    -------
    z : shape (m, units).
    backward : takes ∂L/∂z; returns ∂L/∂x, ∂L/∂g and ∂L/∂b.

    Raises
    ------
    ValueError
        If a shape does not fit, a number is not finite, a variance is negative, or ε ≤ 0.

    Equations: eq-bn-normalise, eq-bn-scale-shift
    """
    x, scale, shift = _arguments(x, scale, shift)
    xhat, deviation = _normalise(x, _statistics("running", running, scale.shape), epsilon)

    def backward(dL_dz: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        dL_dz = finite_array("dL_dz", dL_dz, x.shape)
        return dL_dz * scale / deviation, (dL_dz * xhat).sum(axis=0), dL_dz.sum(axis=0)

    return scale * xhat + shift, backward


def update_running(running: Statistics, batch: Statistics, batch_size: int, share: float = 0.1) -> Statistics:
    """Running statistics after one more mini-batch: an average that forgets.

    Parameters
    ----------
    running : statistics so far; a new layer begins with mean 0 and variance 1.
    batch : mean and biased variance of the mini-batch.
    batch_size : m ≥ 2; the variance enters without bias, that is, times m / (m − 1).
    share : weight τ of the new batch, 0 < τ ≤ 1; torch calls it momentum.

    Returns
    -------
    The new statistics; `running` is left as it is.

    Raises
    ------
    ValueError
        If a shape does not fit, a number is not finite, a variance is negative, m < 2, or τ is out of range.

    Equation: eq-bn-running
    """
    batch = _statistics("batch", batch, (None,))
    running = _statistics("running", running, batch.mean.shape)
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 2:
        raise ValueError(f"batch_size: expected a whole number, at least 2, got {batch_size!r}")
    if not (isinstance(share, Real) and 0 < share <= 1):
        raise ValueError(f"share: expected a number τ with 0 < τ ≤ 1, got {share!r}")
    unbiased = batch.variance * batch_size / (batch_size - 1)
    return Statistics(
        (1 - share) * running.mean + share * batch.mean,
        (1 - share) * running.variance + share * unbiased,
    )


def _normalise(x: np.ndarray, statistics: Statistics, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    deviation = np.sqrt(statistics.variance + positive_number("epsilon", epsilon))
    return (x - statistics.mean) / deviation, deviation


def _arguments(x: ArrayLike, scale: ArrayLike, shift: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = finite_array("x", x, (None, None))
    units = (x.shape[1],)
    return x, finite_array("scale", scale, units), finite_array("shift", shift, units)


def _statistics(name: str, statistics: Statistics, shape: tuple[int | None, ...]) -> Statistics:
    mean = finite_array(f"{name}.mean", statistics[0], shape)
    variance = finite_array(f"{name}.variance", statistics[1], mean.shape)
    if variance.min() < 0:
        raise ValueError(f"{name}.variance: expected numbers ≥ 0, the least is {variance.min():.3g}")
    return Statistics(mean, variance)
