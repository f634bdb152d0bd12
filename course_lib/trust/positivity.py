"""Outputs that cannot be negative: three maps from all numbers to positive ones, and two ways that only pretend."""

from __future__ import annotations

import torch
from torch import nn

from course_lib.basics.arguments import one_of

#: Name → map of all real numbers to numbers that are not negative. "clip" has no gradient where it acts.
POSITIVE_MAPS = {
    "softplus": nn.functional.softplus,
    "exp": torch.exp,
    "square": torch.square,
    "clip": nn.functional.relu,
}


class Positive(nn.Module):
    """Last layer of a network whose output must not be negative.

    Parameters
    ----------
    how : "softplus", "exp", "square" or "clip".

    Raises
    ------
    ValueError
        If `how` is not known.

    Equation: eq-positive-maps
    """

    def __init__(self, how: str):
        super().__init__()
        self.how, self.map = how, one_of("how", how, POSITIVE_MAPS)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Outputs that are not negative, shaped like `z`."""
        return self.map(z)


def negative_penalty(y: torch.Tensor) -> torch.Tensor:
    """Mean square of the negative parts of outputs of any shape: zero if none is negative.

    Equation: eq-negative-penalty
    """
    return nn.functional.relu(-y).square().mean()


def shares(z: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    """Parts of a total that are positive and add up to it: softmax of the outputs, times the total.

    Parameters
    ----------
    z : outputs of a network, one for each part, shape (..., k).
    total : what is to be shared, positive, shape (...).

    Returns
    -------
    Parts, shape (..., k).

    Raises
    ------
    ValueError
        If a total is not positive, or the shapes do not go together.

    Equation: eq-shares
    """
    if z.ndim < 1 or z.shape[:-1] != total.shape:
        raise ValueError(f"total: expected one for each row of z, shape {tuple(z.shape[:-1])}, got {tuple(total.shape)}")
    if not bool((total > 0).all()):
        raise ValueError(f"total: expected positive numbers, got {total.min():g} among them")
    return torch.softmax(z, dim=-1) * total[..., None]
