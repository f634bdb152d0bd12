"""Gaussian densities as the output of a network: the procoder c, which turns a memory into a mean and a triangular factor."""

from __future__ import annotations

from math import log, pi

import torch

from course_lib.assimilation.rezero import linear
from course_lib.basics.arguments import whole_number

#: The logarithms of the diagonal of Λ are kept within these bounds, so that no density becomes a spike or a plain.
LOG_DIAGONAL = (-8.0, 8.0)


class GaussianDensity:
    """Gaussian densities N(mean, Λ Λᵀ), any number at once.

    Parameters
    ----------
    mean : shape (..., n).
    factor : Λ, shape (..., n, n), lower triangular with a positive diagonal.
    """

    def __init__(self, mean: torch.Tensor, factor: torch.Tensor):
        if factor.shape[-2:] != (mean.shape[-1], mean.shape[-1]):
            raise ValueError(f"factor: expected shape (..., {mean.shape[-1]}, {mean.shape[-1]}), got {tuple(factor.shape)}")
        self.mean, self.factor = mean, factor

    def log_prob(self, x: torch.Tensor) -> torch.Tensor:
        """Natural logarithm of the densities at x, shape (..., n): one number each, shape (...).

        Equation: eq-procoder-density
        """
        if x.shape[-1:] != self.mean.shape[-1:]:
            raise ValueError(f"x: expected shape (..., {self.mean.shape[-1]}), got {tuple(x.shape)}")
        diagonal = self.factor.diagonal(dim1=-2, dim2=-1)
        white = forward_substitution(self.factor, x - self.mean)
        return -0.5 * (white**2).sum(-1) - diagonal.log().sum(-1) - 0.5 * x.shape[-1] * log(2 * pi)

    def covariance(self) -> torch.Tensor:
        """Covariances Λ Λᵀ, shape (..., n, n)."""
        return self.factor @ self.factor.mT

    def __getitem__(self, index) -> GaussianDensity:
        """The densities at an index into the leading axes."""
        return GaussianDensity(self.mean[index], self.factor[index])


def forward_substitution(factor: torch.Tensor, residual: torch.Tensor) -> torch.Tensor:
    """Solve Λ z = residual for z, row after row, for all densities at once.

    Parameters
    ----------
    factor : Λ, shape (..., n, n), lower triangular.
    residual : shape (..., n).

    Equation: eq-procoder-density
    """
    z: list[torch.Tensor] = []
    for i in range(residual.shape[-1]):
        known = sum((factor[..., i, j] * z[j] for j in range(i)), torch.zeros_like(residual[..., i]))
        z.append((residual[..., i] - known) / factor[..., i, i])
    return torch.stack(z, -1)


class GaussianProcoder(torch.nn.Module):
    """The map c of a network whose densities are Gaussian: one linear layer, from the memory to mean and Λ.

    Its outputs are the mean, n numbers, the logarithms of Λ's diagonal, n numbers clamped to [−8, 8], and the entries below
    the diagonal, n(n − 1)/2 numbers, row after row: n + n(n + 1)/2 in all.

    Parameters
    ----------
    memory : number m of memory variables.
    n : dimension of the state.
    rng : source of the first weights.

    Equation: eq-procoder
    """

    def __init__(self, memory: int, n: int, rng: torch.Generator):
        super().__init__()
        self.n = whole_number("n", n, least=1)
        self.linear = linear(memory, n + n * (n + 1) // 2, rng)
        self.rows, self.columns = torch.tril_indices(n, n, -1).tolist()

    def forward(self, h: torch.Tensor) -> GaussianDensity:
        """Densities from memories, shape (..., m)."""
        mean, log_diagonal, below = self.linear(h).split([self.n, self.n, len(self.rows)], dim=-1)
        factor = torch.diag_embed(log_diagonal.clamp(*LOG_DIAGONAL).exp())
        factor[..., self.rows, self.columns] = below
        return GaussianDensity(mean, factor)
