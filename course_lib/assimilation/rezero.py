"""Residual blocks that start as the identity: however many are stacked, the untrained network passes its input through."""

from __future__ import annotations

import torch
from torch.nn.functional import leaky_relu

from course_lib.basics.arguments import whole_number


def linear(inputs: int, outputs: int, rng: torch.Generator) -> torch.nn.Linear:
    """A linear layer in double precision, weights and biases uniform within ±1/√inputs.

    Parameters
    ----------
    inputs, outputs : sizes, at least 1.
    rng : source of the first weights; torch's own generator is not touched.
    """
    whole_number("inputs", inputs, least=1), whole_number("outputs", outputs, least=1)
    layer = torch.nn.utils.skip_init(torch.nn.Linear, inputs, outputs, dtype=torch.double)
    for parameter in layer.parameters():
        parameter.data.uniform_(-(inputs**-0.5), inputs**-0.5, generator=rng)
    return layer


class ReZero(torch.nn.Module):
    """The block h ← h + α LeakyReLU(W h + b), in double precision.

    α is one trained number. With α = 0, where it starts by default, the block is the identity, and the first step of a
    training moves α alone.

    Parameters
    ----------
    size : length of h.
    rng : source of the first W and b.
    alpha : first value of α.

    Equation: eq-rezero
    """

    def __init__(self, size: int, rng: torch.Generator, alpha: float = 0.0):
        super().__init__()
        self.linear = linear(size, size, rng)
        self.alpha = torch.nn.Parameter(torch.tensor(float(alpha), dtype=torch.double))

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """The block's output, shaped like h, (..., size)."""
        return torch.addcmul(h, self.alpha, leaky_relu(self.linear(h)))  # one operation less than h + α·…: time matters here
