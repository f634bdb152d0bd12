"""Gaussian densities on a ring of sites whose precision matrix has a banded Cholesky factor.

The precision is Λ = L Lᵀ with L = A D: D is diagonal, A has ones on its diagonal and couples a site to the w sites ahead of it
on the ring. A pair that straddles the seam, between the last site and site 0, is stored below the diagonal like all others, so
L is lower triangular: log det Λ is a sum over sites, and no dense matrix is needed.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from course_lib.assimilation.ring_windows import windows


class RingGaussian:
    """Gaussians on n sites of a ring with precision L Lᵀ, L = A diag(exp(log_diagonal)) lower triangular and banded.

    Sites come first, as in the networks that make it; what is handed out has the state on its last axis.

    Parameters
    ----------
    location : mean, shape (n, ...), in units of the state.
    log_diagonal : logarithm of the diagonal of L, shape (n, ...).
    coupling : shape (n, ..., w); entry (j, ..., k − 1) couples site j to site j + k (mod n): it is A[j + k, j] or, across the
        seam, A[j, j + k − n]. With w = 0 the covariance is diagonal.

    Raises
    ------
    ValueError
        If the shapes do not fit, or the band is so wide that a pair would be stored twice (w ≥ n / 2).

    Equations: eq-ring-precision, eq-ring-log-density
    """

    def __init__(self, location: Tensor, log_diagonal: Tensor, coupling: Tensor):
        n, given = len(location), {"log_diagonal": log_diagonal.shape, "coupling": coupling.shape[:-1]}
        for name, shape in given.items():
            if shape != location.shape:
                raise ValueError(f"{name}: expected {tuple(location.shape)} of the location, got {tuple(shape)}")
        if 2 * coupling.shape[-1] >= n:
            raise ValueError(f"coupling: a band of {coupling.shape[-1]} on {n} sites would store a pair twice")
        self.location, self.log_diagonal, self.coupling = location, log_diagonal, coupling

    @property
    def mean(self) -> Tensor:
        """The means, shape (..., n)."""
        return self.location.movedim(0, -1)

    def __getitem__(self, index) -> RingGaussian:
        """The densities at an index into the leading axes, those of `mean` without the last one."""
        index = index if isinstance(index, tuple) else (index,)
        return RingGaussian(*(part[(slice(None), *index)] for part in (self.location, self.log_diagonal, self.coupling)))

    def whitened(self, x: Tensor) -> Tensor:
        """The residuals Lᵀ(x − μ), shape (..., n): independent standard normal numbers if x is drawn from this density.

        Equation: eq-ring-whitened
        """
        residual = x.movedim(-1, 0) - self.location
        return (self.log_diagonal.exp() * (residual + coupled(self.coupling, residual))).movedim(0, -1)

    def log_prob(self, x: Tensor) -> Tensor:
        """Natural logarithm of the densities at x, shape (..., n): shape (...).

        Raises
        ------
        ValueError
            If x has another shape than the means.

        Equation: eq-ring-log-density
        """
        if x.shape != self.mean.shape:
            raise ValueError(f"x: expected shape {tuple(self.mean.shape)}, got {tuple(x.shape)}")
        constant = x.shape[-1] * math.log(2 * math.pi)
        return self.log_diagonal.sum(0) - 0.5 * (self.whitened(x).square().sum(-1) + constant)

    def factor(self) -> Tensor:
        """The lower triangular L, dense, shape (..., n, n).

        Equation: eq-ring-precision
        """
        row, column = pairs(len(self.location), self.coupling.shape[-1])
        unit = torch.eye(len(self.location)).to(self.location).expand(*self.mean.shape, -1).clone()
        unit[..., row, column] = self.coupling.movedim(0, -2)
        return unit * self.log_diagonal.movedim(0, -1).exp()[..., None, :]

    def covariance(self) -> Tensor:
        """The covariances (L Lᵀ)⁻¹, dense, shape (..., n, n).

        Equation: eq-ring-precision
        """
        return torch.cholesky_inverse(self.factor())


def pairs(n: int, bandwidth: int) -> tuple[Tensor, Tensor]:
    """Row and column of A where the couplings are stored, both (n, bandwidth): the larger of the two sites is the row.

    Examples
    --------
    >>> [part.tolist() for part in pairs(4, 1)]  # sites 0–1, 1–2, 2–3, and 3–0 across the seam
    [[[1], [2], [3], [3]], [[0], [1], [2], [0]]]

    Equation: eq-ring-precision
    """
    site, neighbour = torch.arange(n)[:, None], (torch.arange(n)[:, None] + torch.arange(1, bandwidth + 1)) % n
    return torch.maximum(site, neighbour), torch.minimum(site, neighbour)


def coupled(coupling: Tensor, residual: Tensor) -> Tensor:
    """(A − I)ᵀ times the residuals, without the matrix: both with sites first, shape (n, ...).

    Equation: eq-ring-whitened
    """
    n, bandwidth = len(coupling), coupling.shape[-1]
    if not bandwidth:
        return torch.zeros_like(residual)
    shape, residual, coupling = residual.shape, residual.reshape(n, -1, 1), coupling.reshape(n, -1, bandwidth)
    row, column = pairs(n, bandwidth)
    over = (column < row - bandwidth).to(residual.device)  # pairs that straddle the seam
    inside = coupling * windows(residual, 0, bandwidth)[..., 1:] * ~over[:, None]
    # Across the seam the first sites are told about the last ones, not the last about the first.
    across = (coupling[-bandwidth:] * residual[-bandwidth:]).transpose(1, 2)[over[-bandwidth:]]
    return inside.sum(-1).index_add(0, column.to(residual.device)[over], across).reshape(shape)


def kalman_step(density: RingGaussian, innovation: Tensor, precision: Tensor) -> Tensor:
    """How far the mean of a density moves when each site is observed with an independent error: (Λ + R⁻¹)⁻¹ R⁻¹ d.

    Parameters
    ----------
    density : before the observations, with means of shape (batch, n).
    innovation : d, observation minus mean, shape (n, batch).
    precision : of the observations, the diagonal of R⁻¹, 0 where nothing is observed, shape (n, batch).

    Returns
    -------
    Tensor of shape (n, batch).

    Equation: eq-ring-kalman-step
    """
    L, precision = density.factor(), precision.T
    target = (precision * innovation.T)[..., None]
    with torch.no_grad():
        # Without a check: memories that ran off to infinity give a step that is not finite, and no error in a whole batch.
        root = torch.linalg.cholesky_ex(L @ L.mT + torch.diag_embed(precision)).L
        solved = torch.cholesky_solve(target, root)
    # One step of refinement changes nothing but has the derivative of the exact solution, without that of the factor.
    residual = target - L @ (L.mT @ solved) - precision[..., None] * solved
    return (solved + torch.cholesky_solve(residual, root))[..., 0].T
