"""How good an emulator of the column is: its error, output by output, and how far its budgets are from closing."""

from __future__ import annotations

from typing import NamedTuple

import torch

from course_lib.trust.column_weather import Samples
from course_lib.trust.emulators import Emulator


class ColumnScores(NamedTuple):
    """Root mean squares over samples.

    ``error`` : of all outputs together, in standard deviations of the training data; ``errors`` : of each, shape (18,);
    ``violation`` : of all budgets together, W/m²; ``violations`` : of each, shape (3,).
    """

    error: float
    errors: torch.Tensor
    violation: float
    violations: torch.Tensor


def predicted(emulator: Emulator, x: torch.Tensor) -> torch.Tensor:
    """Outputs without gradients, shape (N, 18), in the type of `x`, in which the network computes too.

    Parameters
    ----------
    emulator : left as it was.
    x : inputs, shape (N, 14).
    """
    before = next(emulator.parameters()).dtype
    with torch.no_grad():
        try:
            return emulator.to(x.dtype)(x)
        finally:
            emulator.to(before)


def column_scores(emulator: Emulator, samples: Samples, dtype: torch.dtype = torch.float32) -> ColumnScores:
    """Scores of an emulator on samples that it has not seen.

    The budgets are summed in double precision, from inputs and outputs as the emulator saw and gave them.

    Parameters
    ----------
    emulator : left as it was.
    samples : inputs and true outputs.
    dtype : precision in which the emulator computes.

    Equations: eq-column-scores, eq-linear-law
    """
    x = torch.tensor(samples.x).to(dtype)
    y = predicted(emulator, x).double()
    errors = ((y - torch.tensor(samples.y)) / emulator.units.y_scale).square().mean(0)
    violations = emulator.law(x.double(), y).square().mean(0)
    return ColumnScores(errors.mean().sqrt().item(), errors.sqrt(), violations.mean().sqrt().item(), violations.sqrt())
