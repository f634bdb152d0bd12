"""Small data assimilation networks, a density and a generator: arguments of the sheet's questions that are more than arrays."""

from __future__ import annotations

from math import log, pi
from typing import Any

import numpy as np
import torch

from course_lib.teaching.tensors import some, tensor

MEMORY, OBSERVED, CODED = 3, 2, 5


class Map(torch.nn.Module):
    """One map of a network: keep · h + W · tanh-or-not of its inputs side by side."""

    def __init__(self, W: torch.Tensor, w: torch.Tensor, keep: float, *, bent: bool, words: str):
        super().__init__()
        self.W, self.w = torch.nn.Parameter(W), torch.nn.Parameter(w)
        self.keep, self.bent, self.words = keep, bent, words

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        out = torch.cat(inputs, dim=-1) @ self.W + self.w
        out = torch.tanh(out) if self.bent else out
        return out + self.keep * inputs[0] if self.keep else out

    def __repr__(self) -> str:
        return self.words


class TinyDAN(torch.nn.Module):
    """Three maps with random weights, for states and observations in two dimensions: a, b bounded and nonlinear, c affine.

    They commute in no way, so that an order that is mixed up shows.
    """

    def __init__(self, rng: np.random.Generator):
        super().__init__()
        self.a = Map(some(rng, MEMORY + OBSERVED, MEMORY) / 8, some(rng, MEMORY) / 8, 0.0, bent=True, words="(h, y) ↦ memory")
        self.b = Map(some(rng, MEMORY, MEMORY) / 4, some(rng, MEMORY) / 8, 0.5, bent=True, words="h ↦ memory")
        self.c = Map(some(rng, MEMORY, CODED) / 4, some(rng, CODED) / 8, 0.0, bent=False, words="memory ↦ five numbers")

    def __repr__(self) -> str:
        return f"a network with maps dan.a, dan.b, dan.c; its memory has {MEMORY} entries, dan.c(h) has {CODED}"


class LogDensity:
    """log_q(v, x): the log-density at x, shape (..., 2), of the Gaussian that five numbers v stand for, shape (..., 5)."""

    def __call__(self, v: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        heights = v[..., 2:4].clamp(-8, 8)
        first = (x[..., 0] - v[..., 0]) * torch.exp(-heights[..., 0])
        second = (x[..., 1] - v[..., 1] - v[..., 4] * first) * torch.exp(-heights[..., 1])
        return -(first**2 + second**2) / 2 - heights[..., 0] - heights[..., 1] - log(2 * pi)

    def __repr__(self) -> str:
        return "(v, x) ↦ log q(x), one number for each state"


class DiagonalLogDensity:
    """The same for n independent coordinates: v holds n means and n log standard deviations."""

    def __call__(self, v: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        mean, heights = v.chunk(2, dim=-1)
        heights = heights.clamp(-8, 8)
        return -(((x - mean) * torch.exp(-heights)) ** 2 / 2 + heights + log(2 * pi) / 2).sum(-1)


class Seeded(torch.Generator):
    """The generator ``torch.Generator().manual_seed(seed)``, which says so when it is printed and stays one when it is copied.

    >>> Seeded(7)
    torch.Generator().manual_seed(7)
    """

    def __new__(cls, seed: int) -> Seeded:
        return super().__new__(cls)

    def __init__(self, seed: int):
        super().__init__()
        self.manual_seed(seed)
        self.shown = seed

    def __deepcopy__(self, memo: dict[int, Any]) -> Seeded:
        copied = Seeded(self.shown)
        copied.set_state(self.get_state())
        return copied

    def __repr__(self) -> str:
        return f"torch.Generator().manual_seed({self.shown})"


class Residual(torch.nn.Module):
    """Blocks h + α · LeakyReLU(Wh + w), then an affine layer: a map of the networks that the pictures train."""

    def __init__(self, size: int, outputs: int, blocks: int, rng: np.random.Generator):
        super().__init__()
        self.blocks = torch.nn.ModuleList(torch.nn.Linear(size, size, dtype=torch.float64) for _ in range(blocks))
        self.alpha = torch.nn.Parameter(torch.zeros(blocks, dtype=torch.float64))
        self.last = torch.nn.Linear(size, outputs, dtype=torch.float64)
        with torch.no_grad():
            for layer in [*self.blocks, self.last]:
                layer.weight.copy_(tensor(rng.normal(size=layer.weight.shape) / size**0.5))
                layer.bias.zero_()

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        h = torch.cat(inputs, dim=-1)
        for alpha, layer in zip(self.alpha, self.blocks, strict=True):
            h = h + alpha * torch.nn.functional.leaky_relu(layer(h))
        return self.last(h)


class ResidualDAN(torch.nn.Module):
    """An untrained network whose b keeps the memory and whose c reads the mean from its beginning.

    Parameters
    ----------
    n, memory, coded : lengths of state (and observation), of the memory, and of what c returns.
    rng : source of the first weights.
    gain : which share of the way from the memory's beginning to the observation a goes.
    log_sigma : the bias of c behind the mean.
    """

    def __init__(self, n: int, memory: int, coded: int, rng: np.random.Generator, gain: float = 0.3, log_sigma: float = 0.0):
        super().__init__()
        self.a = Residual(memory + n, memory, 1, rng)
        self.b = Residual(memory, memory, 1, rng)
        self.c = torch.nn.Linear(memory, coded, dtype=torch.float64)
        with torch.no_grad():
            self.a.last.weight.zero_()
            self.a.last.weight[:, :memory] = torch.eye(memory)
            self.a.last.weight[:n, :n] *= 1 - gain
            self.a.last.weight[:n, memory:] = gain * torch.eye(n)
            self.b.last.weight.copy_(torch.eye(memory))
            self.c.weight.zero_()
            self.c.weight[:n, :n] = torch.eye(n)
            self.c.bias.zero_()
            self.c.bias[n : 2 * n] = log_sigma
