"""Elman's recurrent network: a layer that is fed its own last output, and gradients that reach back only so far.

h_t = tanh(W h_{t-1} + U x_t + b), y_t = V h_t. The memory h plays the part of a model's state, the inputs that of forcing.
"""

from __future__ import annotations

import torch
from torch import nn

from course_lib.basics.arguments import whole_number


class Elman(nn.Module):
    """Elman's network.

    Parameters
    ----------
    inputs, memory, outputs : lengths of x_t, h_t and y_t, at least 1.
    rng : source of the first weights, uniform on ±1/√memory.

    Raises
    ------
    ValueError
        If a length is not a positive whole number.

    Equation: eq-elman
    """

    def __init__(self, inputs: int, memory: int, outputs: int, rng: torch.Generator):
        super().__init__()
        inputs, memory = whole_number("inputs", inputs, least=1), whole_number("memory", memory, least=1)
        outputs = whole_number("outputs", outputs, least=1)
        bound = memory**-0.5

        def weights(*shape: int) -> nn.Parameter:
            return nn.Parameter(bound * (2 * torch.rand(*shape, generator=rng, dtype=torch.double) - 1))

        self.U, self.W, self.b = weights(memory, inputs), weights(memory, memory), weights(memory)
        self.V = weights(outputs, memory)

    def cell(self, h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """The next memory, shape (..., memory), from the last one and the input, shape (..., inputs)."""
        return torch.tanh(h @ self.W.T + x @ self.U.T + self.b)

    def memories(self, x: torch.Tensor, h: torch.Tensor | None = None) -> torch.Tensor:
        """h_1, …, h_T, shape (B, T, memory), for inputs, shape (B, T, inputs), and h_0, shape (B, memory), by default zero."""
        if x.ndim != 3 or x.shape[-1] != self.U.shape[1] or not x.shape[1]:
            raise ValueError(f"x: expected shape (B, T, {self.U.shape[1]}) with T at least 1, got {tuple(x.shape)}")
        h = x.new_zeros(len(x), len(self.W)) if h is None else h
        found = []
        for t in range(x.shape[1]):
            h = self.cell(h, x[:, t])
            found.append(h)
        return torch.stack(found, dim=1)

    def forward(self, x: torch.Tensor, h: torch.Tensor | None = None) -> torch.Tensor:
        """y_1, …, y_T, shape (B, T, outputs)."""
        return self.memories(x, h) @ self.V.T


def truncated(model: Elman, x: torch.Tensor, length: int) -> torch.Tensor:
    """The outputs of the network, with gradients that reach back through the last `length` applications of the cell only.

    For every t at once, the cell is applied again to the inputs from t − length + 1 to t, starting from a memory that counts
    as a constant.

    Parameters
    ----------
    model : the network.
    x : inputs, shape (B, T, inputs).
    length : K, at least 1; with K ≥ T it is the full back-propagation through time.

    Returns
    -------
    Tensor of shape (B, T, outputs), equal to ``model(x)``.

    Raises
    ------
    ValueError
        If the length is not a positive whole number or x has another shape.

    Equation: eq-truncated
    """
    length = min(whole_number("length", length, least=1), x.shape[1])
    with torch.no_grad():
        memories = model.memories(x)
    before = torch.cat([torch.zeros_like(memories[:, :1]), memories[:, :-1]], dim=1)
    # Positions t < length share the start t = 0, so that their windows are shorter; they are filled up in the loop.
    start = torch.arange(x.shape[1]) - length + 1
    h = before[:, start.clamp(min=0)]
    for j in range(length):
        rows = start + j
        h = torch.where((rows >= 0)[:, None], model.cell(h, x[:, rows.clamp(min=0)]), h)
    return h @ model.V.T


def memory_jacobians(model: Elman, memories: torch.Tensor) -> torch.Tensor:
    """The derivatives ∂h_T/∂h_{T−k} for k = 0, …, T − 1, shape (T, B, memory, memory): products of the cells' Jacobians.

    Parameters
    ----------
    model : the network.
    memories : h_1, …, h_T, shape (B, T, memory).

    Equation: eq-memory-jacobian
    """
    with torch.no_grad():
        product = torch.eye(len(model.W), dtype=memories.dtype).expand(len(memories), -1, -1)
        products = [product]
        for t in range(memories.shape[1] - 1, 0, -1):
            product = product @ ((1 - memories[:, t, :, None] ** 2) * model.W)
            products.append(product)
    return torch.stack(products)
