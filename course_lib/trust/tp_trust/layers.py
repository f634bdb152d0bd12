"""Layers that keep a linear law, and layers that only seem to: what a test of conservation has to tell apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

Change = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

#: Name → whether a layer keeps the law to round-off, in float32 and in float64.
KEEPS = {
    "completion": (True, True),
    "projection": (True, True),
    "matrix in float32": (True, False),
    "wrong sign": (False, False),
    "forgets x": (False, False),
    "first law only": (False, False),
    "on average only": (False, False),
    "first sample only": (False, False),
    "nine tenths": (False, False),
    "NaN": (False, False),
}


class Layer:
    """A layer (x, raw) ↦ y behind a network: inputs, shape (N, m), and raw outputs, shape (N, p), in one type, give outputs."""

    def __init__(self, change: Change):
        self._change = change

    def __call__(self, x: torch.Tensor, raw: torch.Tensor) -> torch.Tensor:
        return self._change(x, raw)

    def __repr__(self) -> str:
        return "layer"


def some_law(rng: np.random.Generator, n: int, m: int, p: int) -> torch.Tensor:
    """A law whose equations are in units of very different size, shape (n, m + p)."""
    units = rng.permutation(np.array([1e4, 1.0, 30.0])[:n])
    matrix = rng.uniform(0.5, 3, (n, m + p)) * rng.choice([-1, 1], (n, m + p))
    matrix[:, m : m + n] += 6 * np.eye(n)  # the first n outputs are safely determined by the others
    return torch.tensor(units[:, None] * matrix)


def all_layers(C: torch.Tensor, m: int) -> dict[str, Layer]:
    """Name → layer, for the law C with m inputs; `KEEPS` says which are good."""
    n = len(C)
    weighed = C / C.abs().amax(dim=1, keepdim=True)
    gain = torch.linalg.pinv(weighed[:, m:]) / C.abs().amax(dim=1)
    left, right = (torch.linalg.solve(C[:, m : m + n], part) for part in (C[:, :m], C[:, m + n :]))

    def lacking(x: torch.Tensor, y: torch.Tensor, laws: slice = slice(None)) -> torch.Tensor:
        return torch.cat([x, y], dim=-1) @ C[laws].to(y).T

    def completed(x: torch.Tensor, raw: torch.Tensor, rounded: bool = False) -> torch.Tensor:
        of_x, of_y = (part.float().to(raw) if rounded else part.to(raw) for part in (left, right))
        direct = raw[:, n:]
        return torch.cat([-x @ of_x.T - direct @ of_y.T, direct], dim=-1)

    def moved(share: float) -> Change:
        return lambda x, raw: raw - share * lacking(x, raw) @ gain.to(raw).T

    first = torch.linalg.pinv(C[:1, m:])
    return {
        "completion": Layer(completed),
        "projection": Layer(moved(1)),
        "matrix in float32": Layer(lambda x, raw: completed(x, raw, rounded=True)),
        "wrong sign": Layer(lambda x, raw: torch.cat([-completed(x, raw)[:, :n], raw[:, n:]], dim=-1)),
        "forgets x": Layer(lambda x, raw: completed(0 * x, raw)),
        "first law only": Layer(lambda x, raw: raw - lacking(x, raw, slice(1)) @ first.to(raw).T),
        "on average only": Layer(lambda x, raw: raw - lacking(x, raw).mean(dim=0) @ gain.to(raw).T),
        "first sample only": Layer(lambda x, raw: completed(x[:1].expand_as(x), raw)),
        "nine tenths": Layer(moved(0.9)),
        "NaN": Layer(lambda x, raw: torch.full_like(raw, torch.nan)),
    }
