"""The parameters θ of a multilayer perceptron: a list of layers (W, b).

W has shape (fan_in, fan_out): W[i, j] leads from unit i to unit j, like w_ij in the equations. A gradient is shaped like θ.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import finite_array, positive_number


class Layer(NamedTuple):
    """Weights W, shape (fan_in, fan_out), and biases b, shape (fan_out,), of one layer, or a loss's derivatives by them."""

    W: np.ndarray
    b: np.ndarray


def init(sizes: Sequence[int], rng: np.random.Generator) -> list[Layer]:
    """Draw weights with mean 0 and standard deviation 1/√fan_in; biases are 0.

    Parameters
    ----------
    sizes : number of inputs, of units in each hidden layer, of outputs: [2, 16, 16, 1] gives three layers.
    rng : source of the randomness.

    Returns
    -------
    θ, a list of ``len(sizes) - 1`` layers.

    Raises
    ------
    ValueError
        If there are fewer than two sizes, or one is not a positive whole number.

    Equation: eq-mlp-init
    """
    check_sizes(sizes)
    return [
        Layer(rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in), np.zeros(fan_out)) for fan_in, fan_out in pairwise(sizes)
    ]


def descent_step(theta: Sequence[Layer], gradient: Sequence[Layer], learning_rate: float) -> list[Layer]:
    """θ − γ∇L, layer by layer; `theta` is left as it is.

    Parameters
    ----------
    theta, gradient : layers of the same shapes.
    learning_rate : γ > 0.

    Returns
    -------
    New layers.

    Raises
    ------
    ValueError
        If γ is not a positive number, or shapes differ.

    Equation: eq-mlp-step
    """
    positive_number("learning_rate", learning_rate)
    if shapes(theta) != shapes(gradient):
        raise ValueError(f"gradient: expected the shapes of theta, {shapes(theta)}, got {shapes(gradient)}")
    return [Layer(W - learning_rate * dW, b - learning_rate * db) for (W, b), (dW, db) in zip(theta, gradient, strict=True)]


def to_vector(theta: Sequence[Layer]) -> np.ndarray:
    """All parameters, one after another, shape (n,): W row by row, then b, of each layer in turn.

    Parameters
    ----------
    theta : layers, or a gradient.
    """
    return np.concatenate([np.ravel(array) for layer in theta for array in layer])


def from_vector(vector: np.ndarray, like: Sequence[Layer]) -> list[Layer]:
    """Layers again, from what :func:`to_vector` made.

    Parameters
    ----------
    vector : shape (n,).
    like : layers that give the shapes.

    Raises
    ------
    ValueError
        If the vector has not as many entries as the layers.
    """
    counts = np.array([np.size(array) for layer in like for array in layer])
    if np.shape(vector) != (counts.sum(),):
        raise ValueError(f"vector: expected shape ({counts.sum()},), got {np.shape(vector)}")
    parts = iter(np.split(np.asarray(vector), np.cumsum(counts)[:-1]))
    return [Layer(next(parts).reshape(np.shape(W)), next(parts).reshape(np.shape(b))) for W, b in like]


def shapes(theta: Sequence[Layer]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Shapes of W and b of each layer."""
    return [(np.shape(W), np.shape(b)) for W, b in theta]


def check_sizes(sizes: Sequence[int]) -> None:
    """Raise a ValueError unless there are two or more sizes, all positive whole numbers."""
    if len(sizes) < 2 or any(not isinstance(size, int | np.integer) or size < 1 for size in sizes):
        raise ValueError(f"sizes: expected at least two positive whole numbers, got {list(sizes)}")


def check_layers(theta: Sequence[Layer]) -> list[Layer]:
    """Layers as arrays of finite doubles that fit each other; a ValueError says where they do not."""
    if len(theta) == 0:
        raise ValueError("theta: expected at least one layer, got none")
    checked, fan_in = [], None
    for index, (W, b) in enumerate(theta):
        W = finite_array(f"theta[{index}].W", W, (None, None) if fan_in is None else (fan_in, None))
        b = finite_array(f"theta[{index}].b", b, (W.shape[1],))
        fan_in = W.shape[1]
        checked.append(Layer(W, b))
    return checked
