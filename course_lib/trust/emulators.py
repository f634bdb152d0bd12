"""Networks that take the place of the column's physics: without a law, with a penalty, with a layer that keeps the law."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from course_lib.basics.arguments import one_of
from course_lib.trust.column import INPUTS, OUTPUTS, budget_matrix
from course_lib.trust.column_weather import Samples
from course_lib.trust.constraints import Completion, LinearLaw, Projection, penalty
from course_lib.trust.splits import best_split

_POSITION = {name: index for index, name in enumerate(OUTPUTS)}


class Units(NamedTuple):
    """In what the network computes: inputs without correlation and of variance one, outputs of mean 0 and variance 1.

    Means of the inputs, shape (m,), what whitens them, shape (m, m), means and standard deviations of the outputs, shape (p,).
    """

    x_mean: torch.Tensor
    x_whitener: torch.Tensor
    y_mean: torch.Tensor
    y_scale: torch.Tensor


def units_of(samples: Samples) -> Units:
    """The units in which these samples have mean 0 and variance 1, in float64.

    Inputs are whitened: humidities and temperatures of neighbouring layers vary together, while mixing depends on their small
    differences.
    """
    x, y = (torch.tensor(part) for part in samples)
    variances, directions = torch.linalg.eigh(torch.cov(x.T, correction=0))
    return Units(x.mean(0), directions / variances.sqrt(), y.mean(0), y.std(0, correction=0))


class Emulator(nn.Module):
    """A network between standardised inputs and outputs, and a layer that works in physical units behind it.

    The units stay in double precision, and are cast to the type of the input.

    Parameters
    ----------
    units : means and standard deviations.
    kind : "none", "completion" or "projection".
    rng : source of the first weights.
    residual : names of the outputs that "completion" computes from the law; those of `best_split` if none are given.
    hidden : width of the two hidden layers.

    Raises
    ------
    ValueError
        If `kind` or a name in `residual` is not known, or the law does not determine these outputs.

    Equations: eq-completion, eq-projection
    """

    def __init__(self, units: Units, kind: str, rng: torch.Generator, residual: Sequence[str] = (), hidden: int = 48):
        super().__init__()
        self.units, self.law, scale = units, LinearLaw(budget_matrix(), len(INPUTS)), units.y_scale.numpy()
        layers = {"none": None, "completion": Completion, "projection": Projection}
        one_of("kind", kind, layers)
        self.layer: nn.Module | None = None
        self.predicted = list(range(len(OUTPUTS)))
        if kind == "completion":
            chosen = [one_of("residual", name, _POSITION) for name in residual]
            self.layer = Completion(self.law, chosen or best_split(self.law.C_y, scale), scale)
            self.predicted = self.layer.direct
        elif kind == "projection":
            self.layer = Projection(self.law, scale)
        self.input_units = units.x_mean, units.x_whitener
        self.output_units = units.y_mean[self.predicted], units.y_scale[self.predicted]
        self.network = _network((len(INPUTS), hidden, hidden, len(self.predicted)), rng)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs, shape (..., 18), for inputs, shape (..., 14), both in physical units."""
        x_mean, x_whitener, y_mean, y_scale = (part.to(x) for part in (*self.input_units, *self.output_units))
        y = y_mean + y_scale * self.network((x - x_mean) @ x_whitener)
        return y if self.layer is None else self.layer(x, y)


class EmulatorLoss:
    """(1 − α) × mean square error in standard deviations + α × penalty; called with emulator, inputs and outputs.

    Parameters
    ----------
    units : standard deviations of the outputs; the violation of an equation is counted in what independent outputs of this
        spread would violate.
    alpha : share of the penalty, from 0 to below 1.

    Raises
    ------
    ValueError
        If `alpha` is out of range.

    Equation: eq-penalized-loss
    """

    def __init__(self, units: Units, alpha: float = 0.0):
        if not 0 <= alpha < 1:
            raise ValueError(f"alpha: expected a share from 0 to below 1, got {alpha!r}")
        self.units, self.alpha = units, alpha

    def __call__(self, emulator: Emulator, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Loss of a batch, shape ()."""
        y_hat, y_scale = emulator(x), self.units.y_scale.to(x)
        error = ((y_hat - y) / y_scale).square().mean()
        if not self.alpha:
            return error
        law_scale = (emulator.law.C_y.to(x) * y_scale).norm(dim=1)
        return (1 - self.alpha) * error + self.alpha * penalty(emulator.law, law_scale, x, y_hat)


def _network(sizes: tuple[int, ...], rng: torch.Generator) -> nn.Sequential:
    modules: list[nn.Module] = []
    for inputs, outputs in pairwise(sizes):
        linear = nn.Linear(inputs, outputs)
        bound = float(np.sqrt(1 / inputs))
        for weights in linear.parameters():
            nn.init.uniform_(weights, -bound, bound, generator=rng)
        modules += [linear, nn.SiLU()]
    return nn.Sequential(*modules[:-1])
