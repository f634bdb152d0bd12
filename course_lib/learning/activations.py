"""Activation functions: each derivative stands directly under its function."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from course_lib.basics.arguments import one_of


class Activation(NamedTuple):
    """A function f, applied to each element, and its derivative f′.

    ``value(a)`` is h = f(a). ``slope(a, h)`` is f′(a); it is given h as well, which the forward pass has already paid for.
    """

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]


ACTIVATIONS = {
    "identity": Activation(
        lambda a: a,
        lambda a, h: np.ones_like(h),
    ),
    "relu": Activation(
        lambda a: np.maximum(a, 0),
        lambda a, h: (h > 0) * 1.0,  # 0 at the kink, as torch has it
    ),
    "sigmoid": Activation(
        lambda a: expit(a),  # 1 / (1 + exp(-a)), without overflow
        lambda a, h: h * (1 - h),
    ),
    "softplus": Activation(
        lambda a: np.logaddexp(0, a),  # log(1 + exp(a)), without overflow
        lambda a, h: expit(a),
    ),
    "tanh": Activation(
        lambda a: np.tanh(a),
        lambda a, h: 1 - h * h,
    ),
}


def activation(name: str) -> Activation:
    """Activation function called `name`.

    Parameters
    ----------
    name : one of "identity", "relu", "sigmoid", "softplus", "tanh".

    Returns
    -------
    The pair ``value(a)`` and ``slope(a, h)``; both take and return arrays of one shape.

    Raises
    ------
    ValueError
        If there is no such function; the message lists the known ones.

    Equation: eq-activations
    """
    return one_of("activation", name, ACTIVATIONS)
