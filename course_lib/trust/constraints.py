"""Linear laws C [x; y] = 0 between inputs x and outputs y of a network: how badly they are broken, and layers that keep them.

`LinearLaw` holds the matrix. `Completion` lets the network predict all outputs but n and computes these from the law;
`Projection` moves all outputs to the nearest point where the law holds. Both take and return physical units, work on any
batch shape, have no trainable parameters, and let gradients through. Choosing which outputs to complete: see splits.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from numpy.typing import ArrayLike
from torch import nn

from course_lib.basics.arguments import finite_array, whole_number
from course_lib.trust.splits import check_rank, check_split, checked_scale, projection_gain


class LinearLaw(nn.Module):
    """A law of n equations C [x; y] = C_x x + C_y y = 0 between m inputs and p outputs; a module that returns C [x; y].

    Its matrices stay in double precision and are cast to the type and device of what comes in, here and in the layers below: a
    network that was in float32 for a while keeps the law exactly again once it is back in float64.

    Parameters
    ----------
    C : matrix, shape (n, m + p), in the physical units of x and y.
    inputs : number m of its first columns that belong to x, at least 0.

    Raises
    ------
    ValueError
        If `C` is no finite matrix, `inputs` leaves no outputs, there are more equations than outputs, or the equations are
        not independent in y: then some row of C_y follows from others, and the message says which.

    Equation: eq-linear-law
    """

    def __init__(self, C: ArrayLike, inputs: int):
        super().__init__()
        self.C = finite_array("C", C, (None, None))
        self.m, self.n = whole_number("inputs", inputs, least=0), len(self.C)
        self.p = self.C.shape[1] - self.m
        if self.p < 1:
            raise ValueError(
                f"inputs: expected fewer than the {self.C.shape[1]} columns of C, got {self.m}: no outputs are left"
            )
        check_rank(self.C[:, self.m :])
        self.C_x, self.C_y = torch.tensor(self.C[:, : self.m]), torch.tensor(self.C[:, self.m :])

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """What is missing in each equation, C_x x + C_y y; shape (..., n) for x of shape (..., m) and y of shape (..., p)."""
        _check_last("x", x, self.m)
        _check_last("y", y, self.p)
        return x @ self.C_x.to(y).T + y @ self.C_y.to(y).T


class Completion(nn.Module):
    """The exact layer: the network predicts p − n outputs y_d, the law gives the others, y_r = −C_r⁻¹ (C_x x + C_d y_d).

    Parameters
    ----------
    law : the law.
    residual : indices of the n outputs y_r, in any order.
    scale : typical size of each output, shape (p,), in which the conditioning of C_r is judged; 1 if not given.

    Raises
    ------
    ValueError
        If `residual` does not name n different outputs, or C_r is singular or nearly so; the message proposes a better split.

    Equation: eq-completion
    """

    def __init__(self, law: LinearLaw, residual: Sequence[int], scale: ArrayLike | None = None):
        super().__init__()
        self.law = law
        self.residual = check_split(law.C[:, law.m :], residual, checked_scale(scale, law.p))
        self.direct = [index for index in range(law.p) if index not in self.residual]
        C_r, C_d = law.C_y[:, self.residual], law.C_y[:, self.direct]
        # Both parts at once: rows of direct outputs pass them on, rows of residual ones solve the law.
        self.from_x = torch.zeros(law.p, law.m, dtype=torch.double)
        self.from_direct = torch.zeros(law.p, law.p - law.n, dtype=torch.double)
        self.from_x[self.residual] = -torch.linalg.solve(C_r, law.C_x)
        self.from_direct[self.residual] = -torch.linalg.solve(C_r, C_d)
        self.from_direct[self.direct] = torch.eye(law.p - law.n, dtype=torch.double)

    def forward(self, x: torch.Tensor, direct: torch.Tensor) -> torch.Tensor:
        """All outputs, shape (..., p), from inputs, shape (..., m), and the outputs that were predicted, shape (..., p − n)."""
        _check_last("x", x, self.law.m)
        _check_last("direct", direct, self.law.p - self.law.n)
        return x @ self.from_x.to(direct).T + direct @ self.from_direct.to(direct).T


class Projection(nn.Module):
    """The nearest outputs that obey the law: y = ŷ − S² C_yᵀ (C_y S² C_yᵀ)⁻¹ (C_x x + C_y ŷ), S = diag(scale).

    Distance is measured in units of `scale`, and the answer depends on it: outputs of large scale take most of the correction.

    Parameters
    ----------
    law : the law.
    scale : scale of each output, shape (p,), positive; 1 if not given, which is meaningful only where all outputs share a unit.

    Raises
    ------
    ValueError
        If `scale` has another shape or is not positive, or in its units the equations are all but dependent.

    Equation: eq-projection
    """

    def __init__(self, law: LinearLaw, scale: ArrayLike | None = None):
        super().__init__()
        self.law = law
        self.gain = torch.tensor(projection_gain(law.C[:, law.m :], checked_scale(scale, law.p)))

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The projected outputs, shape (..., p), for inputs, shape (..., m), and raw outputs, shape (..., p)."""
        return y - self.law(x, y) @ self.gain.to(y).T


def penalty(law: LinearLaw, scale: torch.Tensor, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean over samples and equations of the squared violation, each equation in units of its own `scale`.

    Parameters
    ----------
    law : the law.
    scale : a size for the violation of each equation, shape (n,), in the unit of its row.
    x, y : inputs, shape (..., m), and outputs, shape (..., p).

    Returns
    -------
    Number without a unit, shape ().

    Equation: eq-penalty
    """
    return (law(x, y) / scale).square().mean()


def _check_last(name: str, value: torch.Tensor, length: int) -> None:
    if not isinstance(value, torch.Tensor) or value.ndim < 1 or value.shape[-1] != length:
        came = tuple(value.shape) if isinstance(value, torch.Tensor) else type(value).__name__
        raise ValueError(f"{name}: expected a tensor of shape (..., {length}), got {came}")
