"""Sites of a ring beside their neighbours: what turns a periodic convolution into one matrix product."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


class _Windows(torch.autograd.Function):
    """Shifted copies side by side; the derivative adds them up in place, which autograd's own would do with copies."""

    @staticmethod
    def forward(context: Any, x: Tensor, before: int, after: int) -> Tensor:
        context.reach = before, after
        n, ring = len(x), torch.cat([x[len(x) - before :], x, x[:after]])
        return torch.cat([ring[k : k + n] for k in range(before + after + 1)], dim=-1)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (before, after), n = context.reach, len(gradient)
        copies = before + after + 1
        channels = gradient.shape[-1] // copies
        ring = gradient.new_zeros(n + before + after, *gradient.shape[1:-1], channels)
        for k in range(copies):
            ring[k : k + n] += gradient[..., k * channels : (k + 1) * channels]
        total = ring[before : before + n]
        if before:
            total[n - before :] += ring[:before]
        total[:after] += ring[before + n :]
        return total, None, None


def windows(x: Tensor, before: int, after: int) -> Tensor:
    """Each site with its neighbours on the ring, from `before` sites behind to `after` sites ahead.

    Parameters
    ----------
    x : shape (n, batch, c), sites first.
    before, after : reach on either side, less than n.

    Returns
    -------
    Tensor of shape (n, batch, (before + 1 + after) c): at site i the channels of site i − before, …, i, …, i + after.

    Raises
    ------
    ValueError
        If the ring is too short for that reach.

    Examples
    --------
    >>> windows(torch.arange(4.0)[:, None, None], 1, 1)[:, 0]
    tensor([[3., 0., 1.],
            [0., 1., 2.],
            [1., 2., 3.],
            [2., 3., 0.]])

    Equation: eq-ring-convolution
    """
    if x.ndim != 3 or min(before, after) < 0 or max(before, after) >= len(x):
        raise ValueError(f"x: expected (n, batch, c) with n more than the reach ({before}, {after}), got {tuple(x.shape)}")
    return _Windows.apply(x, before, after)
