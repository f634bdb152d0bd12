"""A data assimilation network on a ring of sites, put together from its three maps."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from course_lib.assimilation.ring_densities import RingGaussian
from course_lib.assimilation.ring_maps import Analyser, Procoder, Propagator
from course_lib.assimilation.ring_settings import RingSettings


class RingDAN(nn.Module):
    """A data assimilation network on the ring.

    Parameters
    ----------
    settings : architecture.
    rng : source of the first weights.

    Equations: eq-ring-propagator, eq-ring-analyser, eq-ring-procoder
    """

    def __init__(self, settings: RingSettings, rng: torch.Generator):
        super().__init__()
        self.settings = settings
        self.c = Procoder(settings)
        self.a, self.b = Analyser(settings, self.c, rng), Propagator(settings, rng)

    def start(self, size: int) -> Tensor:
        """The memory before the first cycle of `size` sequences: nothing but the mean of the climate."""
        return self.c.bias.new_zeros(self.settings.n, size, self.settings.channels)

    def cycle(self, h: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """One cycle: memories after the forecast and after the analysis of y, shape (batch, p); NaN is a missing number."""
        forecast = self.b(h)
        return forecast, self.a(forecast, y)

    def forward(self, observations: Tensor, h: Tensor | None = None) -> tuple[RingGaussian, RingGaussian]:
        """Forecast and analysis densities with leading axes (batch, T) of observations, shape (batch, T, p)."""
        if observations.ndim != 3 or 0 in observations.shape:
            raise ValueError(f"observations: expected shape (batch, T, p), none of them 0, got {tuple(observations.shape)}")
        h, cycles = self.start(len(observations)) if h is None else h, []
        for y in observations.unbind(1):
            cycles.append(self.cycle(h, y))
            h = cycles[-1][1]
        forecasts, analyses = zip(*cycles, strict=True)
        return self.c(torch.stack(forecasts, 2)), self.c(torch.stack(analyses, 2))
