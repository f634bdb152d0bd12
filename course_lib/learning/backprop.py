"""A multilayer perceptron and its gradient by back-propagation, in numpy.

Samples are rows: x has shape (N, inputs), y and ŷ have shape (N, outputs). How the parameters θ are kept: see parameters.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from course_lib.basics.arguments import finite_array
from course_lib.learning.activations import Activation, activation
from course_lib.learning.losses import loss_function
from course_lib.learning.parameters import Layer, check_layers, check_sizes


def layer(h: np.ndarray, W: np.ndarray, b: np.ndarray, f: Activation) -> tuple[np.ndarray, Callable]:
    """One layer and, under it, its derivatives.

    Parameters
    ----------
    h : output of the layer before, shape (N, fan_in).
    W, b : weights and biases, shapes (fan_in, fan_out) and (fan_out,).
    f : activation.

    Returns
    -------
    out : output, shape (N, fan_out).
    backward : takes ∂L/∂out; returns the layer's gradient (∂L/∂W, ∂L/∂b) and, unless told not to, ∂L/∂h.

    Equations: eq-mlp-forward, eq-mlp-delta, eq-mlp-gradient, eq-mlp-back
    """
    a = h @ W + b
    out = f.value(a)

    def backward(dL_dout, to_input=True):
        delta = dL_dout * f.slope(a, out)
        gradient = Layer(h.T @ delta, delta.sum(axis=0))
        return gradient, delta @ W.T if to_input else None

    return out, backward


def forward(theta: Sequence[Layer], x: np.ndarray, f0: str = "tanh", f1: str = "identity") -> np.ndarray:
    """Prediction ŷ of the network.

    Parameters
    ----------
    theta : layers.
    x : inputs, shape (N, inputs).
    f0, f1 : names of the activations of the hidden layers and of the output.

    Returns
    -------
    ŷ, shape (N, outputs).

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, or an activation is unknown.

    Equation: eq-mlp-forward
    """
    theta = check_layers(theta)
    h = finite_array("x", x, (None, len(theta[0].W)))
    for (W, b), f in zip(theta, _activations(theta, f0, f1), strict=True):
        h, _ = layer(h, W, b, f)
    return h


def loss_and_gradient(
    theta: Sequence[Layer], x: np.ndarray, y: np.ndarray, f0: str = "tanh", f1: str = "identity", loss: str = "square"
) -> tuple[float, list[Layer]]:
    """Loss, averaged over the samples and summed over the outputs, and its gradient by back-propagation.

    Parameters
    ----------
    theta : layers.
    x, y : inputs, shape (N, inputs), and targets, shape (N, outputs).
    f0, f1 : names of the activations of the hidden layers and of the output.
    loss : name of the cost of a residual; "square" makes L the mean square error.

    Returns
    -------
    L, in the unit of the loss, and ∇L, shaped like `theta`.

    Raises
    ------
    ValueError
        If shapes do not fit, numbers are not finite, or an activation or the loss is unknown.

    Equations: eq-mse, eq-mlp-start, eq-mlp-delta, eq-mlp-gradient, eq-mlp-back
    """
    theta = check_layers(theta)
    h = finite_array("x", x, (None, len(theta[0].W)))
    y = finite_array("y", y, (len(h), len(theta[-1].b)))
    rho = loss_function(loss)

    backwards = []
    for (W, b), f in zip(theta, _activations(theta, f0, f1), strict=True):
        h, backward = layer(h, W, b, f)
        backwards.append(backward)

    L = rho.value(h - y).sum() / len(y)
    dL_dh = rho.slope(h - y) / len(y)

    gradient = []
    for backward in reversed(backwards):
        # Nobody asks for ∂L/∂x.
        of_layer, dL_dh = backward(dL_dh, to_input=backward is not backwards[0])
        gradient.insert(0, of_layer)
    return float(L), gradient


def multiply_adds(sizes: Sequence[int]) -> tuple[int, int]:
    """Multiplications with addition, per sample, in the matrix products of a forward pass, and of a whole gradient.

    Parameters
    ----------
    sizes : number of inputs, of units in each hidden layer, of outputs.

    Returns
    -------
    Count for the forward pass; count for the gradient, which includes that forward pass.

    Raises
    ------
    ValueError
        If there are fewer than two sizes, or one is not a positive whole number.

    Examples
    --------
    >>> multiply_adds([2, 16, 16, 1])
    (304, 880)

    Equation: eq-cost
    """
    check_sizes(sizes)
    of_layers = [int(fan_in) * int(fan_out) for fan_in, fan_out in pairwise(sizes)]
    return sum(of_layers), 3 * sum(of_layers) - of_layers[0]


def _activations(theta: Sequence[Layer], f0: str, f1: str) -> list[Activation]:
    return [activation(f0)] * (len(theta) - 1) + [activation(f1)]
