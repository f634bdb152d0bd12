"""The fully connected data assimilation network: what the ring's symmetry has to be compared with.

Memory, maps and density are those of the linear system's network, with every number connected to every other, in single
precision and with one triangular solve for the density, so that forty variables are affordable.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from course_lib.assimilation.ring_settings import CENTRE, SCALE
from course_lib.basics.arguments import whole_number


class FlatGaussian:
    """Gaussians N(mean, Λ Λᵀ) with mean (batch, n) and Λ lower triangular, shape (batch, n, n).

    Equation: eq-procoder-density
    """

    def __init__(self, mean: Tensor, factor: Tensor):
        self.mean, self.factor = mean, factor

    def log_prob(self, x: Tensor) -> Tensor:
        """Natural logarithm of the densities at x, shape (batch, n): shape (batch,).

        Equation: eq-procoder-density
        """
        white = torch.linalg.solve_triangular(self.factor, (x - self.mean)[..., None], upper=False)[..., 0]
        diagonal = self.factor.diagonal(dim1=-2, dim2=-1)
        return -diagonal.log().sum(-1) - 0.5 * (white.square().sum(-1) + x.shape[-1] * math.log(2 * math.pi))

    def covariance(self) -> Tensor:
        """The covariances Λ Λᵀ, shape (batch, n, n)."""
        return self.factor @ self.factor.mT


class FlatDAN(nn.Module):
    """A network of fully connected ReZero blocks, with the interface of `RingDAN`: memories have the shape (1, batch, m).

    Parameters
    ----------
    n, p : dimensions of state and observation.
    memory : length m of the memory.
    analyser_blocks, propagator_blocks : ReZero blocks in a and in b.
    rng : source of the first weights.

    Equations: eq-dan-cycle, eq-procoder
    """

    def __init__(self, n: int, p: int, memory: int, analyser_blocks: int, propagator_blocks: int, rng: torch.Generator):
        super().__init__()
        self.n, self.memory = whole_number("n", n, least=1), whole_number("memory", memory, least=1)
        self.a = nn.ParameterList(_block(memory + p, rng) for _ in range(analyser_blocks))
        self.b = nn.ParameterList(_block(memory, rng) for _ in range(propagator_blocks))
        self.back = _matrix(memory, memory + p, rng)
        self.read = _matrix(n + n * (n + 1) // 2, memory, rng)

    def start(self, size: int) -> Tensor:
        """The memory before the first cycle."""
        return self.read.new_zeros(1, size, self.memory)

    def cycle(self, h: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """One cycle: memories after the forecast and after the analysis of y, shape (batch, p)."""
        forecast = _through(self.b, h)
        u = torch.cat([forecast, ((y - CENTRE) / SCALE)[None]], -1)
        return forecast, _through(self.a, u) @ self.back.T

    def c(self, h: Tensor) -> FlatGaussian:
        """Densities of memories of shape (1, batch, m)."""
        n = self.n
        mean, log_diagonal, below = (h[0] @ self.read.T).split([n, n, n * (n - 1) // 2], dim=-1)
        factor = torch.diag_embed(log_diagonal.clamp(-8, 8).exp())
        row, column = torch.tril_indices(n, n, -1)
        factor[:, row, column] = below
        return FlatGaussian(CENTRE + SCALE * mean, factor)


def _through(blocks: nn.ParameterList, h: Tensor) -> Tensor:
    for alpha, weight, bias in blocks:
        h = h + alpha * leaky_relu(h @ weight.T + bias)
    return h


def _block(size: int, rng: torch.Generator) -> nn.ParameterList:
    return nn.ParameterList([nn.Parameter(torch.zeros(())), _matrix(size, size, rng), nn.Parameter(torch.zeros(size))])


def _matrix(outputs: int, inputs: int, rng: torch.Generator) -> nn.Parameter:
    return nn.Parameter((2 * torch.rand(outputs, inputs, generator=rng) - 1) / math.sqrt(inputs))
