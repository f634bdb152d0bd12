"""What a differentiable model does when its inputs change a little, and on the way to them from a baseline.

A model is a function of torch tensors that treats each row on its own: inputs, shape (N, n), to outputs, shape (N,) or (N, p).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, whole_number

Model = Callable[[torch.Tensor], torch.Tensor]


def input_jacobian(model: Model, x: ArrayLike) -> np.ndarray:
    """Derivative of each output with respect to each input at each row, shape (N, p, n).

    Parameters
    ----------
    model : maps rows, shape (N, n), to outputs, shape (N, p).
    x : where, shape (N, n).

    Raises
    ------
    ValueError
        If `x` is no such array of finite numbers, or the model returns another shape or something that does not depend on it.

    Equation: eq-input-gradient
    """
    x = torch.as_tensor(finite_array("x", x, (None, None))).requires_grad_()
    outputs = model(x)
    if outputs.ndim != 2 or len(outputs) != len(x) or not outputs.requires_grad:
        raise ValueError(f"model: expected outputs that depend on x, shape ({len(x)}, p), got shape {tuple(outputs.shape)}")
    # Rows do not see each other, so the gradient of a column's sum holds each row's own gradient.
    columns = [torch.autograd.grad(column.sum(), x, retain_graph=True)[0] for column in outputs.T]
    return torch.stack(columns, dim=1).numpy()


def input_gradient(model: Model, x: ArrayLike) -> np.ndarray:
    """Gradient of a model with one output with respect to its inputs at each row, shape (N, n): the saliency, with its sign.

    Parameters
    ----------
    model : maps rows, shape (N, n), to outputs, shape (N,).
    x : where, shape (N, n).

    Raises
    ------
    ValueError
        As `input_jacobian`.

    Equation: eq-input-gradient
    """
    return input_jacobian(lambda rows: _column(model, rows), x)[:, 0]


def integrated_gradients(model: Model, x: ArrayLike, baseline: ArrayLike, nodes: int = 32) -> np.ndarray:
    """What each input contributes to f(x) − f(baseline), shape (N, n): its change times its mean gradient along the way.

    Parameters
    ----------
    model : maps rows, shape (N, n), to outputs, shape (N,).
    x : the inputs to explain, shape (N, n).
    baseline : where the ways begin, shape (n,) or (N, n).
    nodes : points of the Gauss–Legendre rule on the way, at least 1.

    Raises
    ------
    ValueError
        If a shape does not fit or `nodes` is out of range, and as `input_jacobian`.

    Equation: eq-integrated-gradients
    """
    x = finite_array("x", x, (None, None))
    baseline = finite_array("baseline", baseline, x.shape[-1:] if np.ndim(baseline) == 1 else x.shape)
    points, weights = np.polynomial.legendre.leggauss(whole_number("nodes", nodes, least=1))
    way = x - baseline
    stops = zip((1 + points) / 2, weights / 2, strict=True)
    return way * sum(weight * input_gradient(model, baseline + share * way) for share, weight in stops)


def _column(model: Model, rows: torch.Tensor) -> torch.Tensor:
    outputs = model(rows)
    if outputs.shape != (len(rows),):
        raise ValueError(f"model: expected one output for each row, shape ({len(rows)},), got {tuple(outputs.shape)}")
    return outputs[:, None]
