"""Data assimilation networks: a memory and three maps, one that propagates it, one that analyses, one that reads it out.

The memory h lives in S. Between two observations b moves it, an observation y changes it by a, and c turns it into a density
of the state at any time. What the memory stands for is not prescribed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch

from course_lib.assimilation.densities import GaussianProcoder
from course_lib.assimilation.rezero import ReZero, linear
from course_lib.basics.arguments import whole_number

Map = Callable[..., Any]


class Analyser(torch.nn.Module):
    """The map a of memory and observation: residual blocks on [h, y], then one linear layer back to the memory.

    Parameters
    ----------
    memory, p : lengths of h and of y.
    blocks : number of residual blocks.
    rng : source of the first weights.

    Equation: eq-dan-maps
    """

    def __init__(self, memory: int, p: int, blocks: int, rng: torch.Generator):
        super().__init__()
        size = memory + whole_number("p", p, least=1)
        self.blocks = torch.nn.Sequential(*(ReZero(size, rng) for _ in range(whole_number("blocks", blocks, least=0))))
        self.linear = linear(size, memory, rng)

    def forward(self, h: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The memory after the observation: h is (..., m), y is (..., p)."""
        return self.linear(self.blocks(torch.cat([h, y], dim=-1)))


class DAN(torch.nn.Module):
    """A data assimilation network of any three maps.

    Parameters
    ----------
    a : analyser, (h, y) ↦ h.
    b : propagator, h ↦ h.
    c : procoder, h ↦ density of the state, with `mean`, `log_prob(x)` and `covariance()`; indexing it indexes its leading axes.
    h0 : memory before the first cycle, shape (m,).
    learn_h0 : whether h0 is trained too.

    Equations: eq-dan-cycle, eq-dan-maps
    """

    def __init__(self, a: Map, b: Map, c: Map, h0: torch.Tensor, *, learn_h0: bool = False):
        super().__init__()
        self.a, self.b, self.c = a, b, c
        if learn_h0:
            self.h0 = torch.nn.Parameter(h0.clone())
        else:
            self.register_buffer("h0", h0.clone())

    def cycle(self, h: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """One cycle: memories (..., m) after the forecast and after the analysis of y, shape (..., p)."""
        forecast = self.b(h)
        return forecast, self.a(forecast, y)

    def memories(self, observations: torch.Tensor, h0: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Memories after every forecast and after every analysis, each of shape (..., T, m); arguments as in `forward`."""
        check_observations(observations)
        h = self.h0 if h0 is None else h0
        h = h.expand(*observations.shape[:-2], h.shape[-1])
        cycles = []
        for y in observations.unbind(-2):
            cycles.append(self.cycle(h, y))
            h = cycles[-1][1]
        forecasts, analyses = zip(*cycles, strict=True)
        return torch.stack(forecasts, -2), torch.stack(analyses, -2)

    def forward(self, observations: torch.Tensor, h0: torch.Tensor | None = None) -> tuple[Any, Any]:
        """Forecast and analysis densities of whole sequences.

        Parameters
        ----------
        observations : y_1, …, y_T, shape (..., T, p).
        h0 : memory at t = 0, shape (m,) or (..., m); by default the network's own.

        Returns
        -------
        forecasts, analyses : densities q_t^b and q_t^a with leading axes (..., T); index k belongs to t = k + 1.

        Raises
        ------
        ValueError
            If there is no time axis, no time step, or an observation is not finite.
        """
        forecasts, analyses = self.memories(observations, h0)
        return self.c(forecasts), self.c(analyses)

    def initial(self) -> Any:
        """The density q_0^a = c(h_0) of the initial state."""
        return self.c(self.h0)


class Losses(NamedTuple):
    """The parts of the cost: L_0 of the start, L(q^b) and L(q^a), mean negative log-likelihoods in nats, scalars."""

    initial: torch.Tensor
    forecast: torch.Tensor
    analysis: torch.Tensor

    @property
    def total(self) -> torch.Tensor:
        """J, what training makes small."""
        return self.initial + self.forecast + self.analysis


def losses(
    dan: DAN, initial: torch.Tensor, states: torch.Tensor, observations: torch.Tensor, h0: torch.Tensor | None = None
) -> Losses:
    """The cost J of a network on sequences whose truth is known, part by part.

    Parameters
    ----------
    dan : network.
    initial : x_0, shape (B, n).
    states : x_1, …, x_T, shape (B, T, n).
    observations : y_1, …, y_T, shape (B, T, p): y_t belongs to x_t.
    h0 : memory at t = 0, shape (m,) or (B, m); by default the network's own.

    Raises
    ------
    ValueError
        If shapes do not belong together or an observation is not finite.

    Equation: eq-dan-cost
    """
    if states.shape[:-1] != observations.shape[:-1] or initial.shape != (*states.shape[:-2], states.shape[-1]):
        got = f"initial {tuple(initial.shape)}, states {tuple(states.shape)}, observations {tuple(observations.shape)}"
        raise ValueError(f"states: expected shapes (B, n), (B, T, n), (B, T, p), got {got}")
    forecasts, analyses = dan(observations, h0)
    start = dan.c(dan.h0 if h0 is None else h0).log_prob(initial)
    return Losses(*(-density.mean() for density in (start, forecasts.log_prob(states), analyses.log_prob(states))))


def gaussian_dan(
    n: int, p: int, memory: int, analyser_blocks: int, propagator_blocks: int, rng: torch.Generator, *, learn_h0: bool = False
) -> DAN:
    """The network of the paper with Gaussian densities, untrained, in double precision, with h_0 = 0.

    Parameters
    ----------
    n, p, memory : dimensions of state, observation and memory.
    analyser_blocks, propagator_blocks : numbers of residual blocks in a and in b.
    rng : source of the first weights.
    learn_h0 : whether h_0 is trained.

    Equations: eq-dan-maps, eq-procoder
    """
    a = Analyser(memory, p, analyser_blocks, rng)
    b = torch.nn.Sequential(*(ReZero(memory, rng) for _ in range(whole_number("blocks", propagator_blocks, least=0))))
    return DAN(a, b, GaussianProcoder(memory, n, rng), torch.zeros(memory, dtype=torch.double), learn_h0=learn_h0)


def check_observations(observations: torch.Tensor) -> None:
    """Raise a ValueError unless observations are finite numbers of shape (..., T, p) with at least one time step."""
    if observations.dim() < 2 or 0 in observations.shape:
        raise ValueError(f"observations: expected shape (..., T, p), none of them 0, got {tuple(observations.shape)}")
    if not torch.isfinite(observations).all():
        bad = int((~torch.isfinite(observations)).sum())
        raise ValueError(f"observations: expected finite numbers, got NaN or infinity in {bad} places")
