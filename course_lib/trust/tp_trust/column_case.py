"""The column of air of the chapter, and what a network that knows no law says of it: for the pictures of the sheet."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch

from course_lib.trust.column import INPUTS, budget_matrix
from course_lib.trust.column_scores import predicted
from course_lib.trust.column_weather import weather_samples
from course_lib.trust.column_weights import load_emulators


class ColumnCase(NamedTuple):
    """The law C with m inputs; inputs x, true outputs y and the network's, raw, in physical units; the outputs' units."""

    C: torch.Tensor
    m: int
    x: torch.Tensor
    y: torch.Tensor
    raw: torch.Tensor
    y_mean: torch.Tensor
    y_scale: torch.Tensor


@lru_cache(maxsize=1)
def column_case() -> ColumnCase:
    """300 samples from thirty columns that no network was trained on, and a network without a law, in double precision."""
    torch.set_num_threads(1)
    emulator = load_emulators()[0]["none"][0]
    x, y = (torch.tensor(part) for part in weather_samples(30, 10, np.random.default_rng(11)))
    units = emulator.units
    return ColumnCase(
        torch.tensor(budget_matrix()), len(INPUTS), x, y, predicted(emulator, x), units.y_mean.double(), units.y_scale.double()
    )
