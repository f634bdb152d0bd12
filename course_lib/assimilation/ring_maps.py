"""The three maps of a data assimilation network on a ring of sites: every layer is a periodic convolution.

A memory has the shape (n, batch, channels), sites first: a periodic convolution is then one matrix product on shifted copies.
Channel 0 holds the mean, in units of the climate; the others, kept within ±1 by tanh, hold what the network needs besides. What
is handed out, means and observations, has the state on its last axis as everywhere.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, linear

from course_lib.assimilation import lorenz95
from course_lib.assimilation.ring_densities import RingGaussian, kalman_step
from course_lib.assimilation.ring_settings import CENTRE, DYNAMICS, SCALE, UPDATES, RingSettings
from course_lib.assimilation.ring_windows import windows

#: Bounds of the logarithm of L's diagonal, so that no density becomes a spike or a plain.
LOG_DIAGONAL = (-4.0, 6.0)


class RingBlock(nn.Module):
    """h ← h + V gelu(W ∗ u + b): a periodic convolution of u, by default h, to hidden channels, then back site by site.

    Parameters
    ----------
    channels, hidden, reach : as in `RingSettings`.
    rng : source of the first weights.
    inputs : channels of u, those of h by default.

    Equations: eq-ring-convolution, eq-ring-block
    """

    def __init__(self, channels: int, hidden: int, reach: int, rng: torch.Generator, inputs: int | None = None):
        super().__init__()
        self.reach = reach
        self.weight = _uniform((hidden, (2 * reach + 1) * (inputs or channels)), rng)
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.back = _uniform((channels, hidden), rng, size=0.1)  # a new block is nearly the identity

    def forward(self, h: Tensor, u: Tensor | None = None) -> Tensor:
        """The memory after the block, (n, batch, channels)."""
        neighbours = windows(h if u is None else u, self.reach, self.reach)
        return h + linear(gelu(linear(neighbours, self.weight, self.bias)), self.back)


class Propagator(nn.Module):
    """The map b: the model's step on the mean, where it is known, then residual blocks.

    Equations: eq-ring-block, eq-ring-propagator
    """

    def __init__(self, settings: RingSettings, rng: torch.Generator):
        super().__init__()
        self.step = DYNAMICS[settings.dynamics]
        shape = settings.channels, settings.hidden, settings.reach
        self.blocks = nn.ModuleList(RingBlock(*shape, rng) for _ in range(settings.blocks))

    def forward(self, h: Tensor) -> Tensor:
        """The memory one step later."""
        if self.step is not None:
            mean = self.step((CENTRE + SCALE * h[..., 0]).movedim(0, -1)).movedim(-1, 0)
            h = torch.cat([((mean - CENTRE) / SCALE)[..., None], h[..., 1:]], -1)
        for block in self.blocks:
            h = block(h)
        return _bounded(h)


class Analyser(nn.Module):
    """The map a: the mean is moved by the innovation, the blocks see what happened and do the rest.

    With update "bayes" the mean takes the Kalman step of the forecast density, as in every classical filter; with "learned" a
    learned number times the innovation. A site that is not observed, or whose observation is NaN, has innovation 0; the blocks
    are told which sites are observed.

    Parameters
    ----------
    settings : architecture.
    procoder : reads the forecast density from a memory.
    rng : source of the first weights.

    Equations: eq-ring-block, eq-ring-analyser
    """

    def __init__(self, settings: RingSettings, procoder: Procoder, rng: torch.Generator):
        super().__init__()
        self.spacing, self._procoder = lorenz95.SPACING[settings.observed], (procoder,)  # a tuple: its weights are not ours
        shape, inputs = (settings.channels, settings.hidden, settings.reach), settings.channels + UPDATES[settings.update]
        first, others = RingBlock(*shape, rng, inputs), (RingBlock(*shape, rng) for _ in range(settings.blocks - 1))
        self.blocks = nn.ModuleList([first, *others])
        self.gain = nn.Parameter(torch.tensor(0.3)) if settings.update == "learned" else None

    def forward(self, h: Tensor, y: Tensor) -> Tensor:
        """The memory after the observations, shape (batch, p)."""
        innovation, seen = self.innovation(h, y)
        inputs = [h, innovation[..., None], seen[..., None]]
        if self.gain is None:
            step = kalman_step(self._procoder[0](h), innovation, seen / lorenz95.OBSERVATION_NOISE**2)
            inputs.append(step[..., None])
        else:
            step = self.gain * innovation
        first, *others = self.blocks
        h = first(h, torch.cat(inputs, -1))
        for block in others:
            h = block(h)
        return _bounded(torch.cat([(h[..., 0] + step / SCALE)[..., None], h[..., 1:]], -1))

    def innovation(self, h: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The innovation y − H mean, 0 where nothing is observed, and what is observed, 1 or 0: both (n, batch)."""
        mean = CENTRE + SCALE * h[..., 0]
        sites = range(0, len(h), self.spacing)
        if y.shape != (h.shape[1], len(sites)):
            raise ValueError(f"y: expected shape {(h.shape[1], len(sites))}, got {tuple(y.shape)}")
        placed = torch.full_like(mean, math.nan)
        placed[:: self.spacing] = y.T
        seen = ~placed.isnan()
        return torch.where(seen, placed, mean) - mean, seen.to(mean)


class Procoder(nn.Module):
    """The map c: the mean is channel 0; one linear map, the same at every site, reads L from the memory.

    Near the seam, where the order of the sites matters to L, each of 2 w sites adds a linear map of its own.

    Equation: eq-ring-procoder
    """

    def __init__(self, settings: RingSettings):
        super().__init__()
        self.bandwidth = settings.bandwidth
        outputs = 1 + settings.bandwidth
        self.weight = nn.Parameter(torch.zeros(settings.channels, outputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.seam_weight = nn.Parameter(torch.zeros(2 * self.bandwidth, settings.channels, outputs))
        self.seam_bias = nn.Parameter(torch.zeros(2 * self.bandwidth, 1, outputs))

    def forward(self, h: Tensor) -> RingGaussian:
        """Densities of memories of shape (n, ..., channels)."""
        flat = h.flatten(1, -2)
        outputs, w = flat @ self.weight + self.bias, self.bandwidth
        near = torch.cat([flat[:w], flat[len(flat) - w :]]) @ self.seam_weight + self.seam_bias
        middle = torch.zeros_like(outputs[2 * w :])
        outputs = (outputs + torch.cat([near[:w], middle, near[w:]])).reshape(*h.shape[:-1], 1 + w)
        return RingGaussian(CENTRE + SCALE * h[..., 0], outputs[..., 0].clamp(*LOG_DIAGONAL), outputs[..., 1:])


def _bounded(h: Tensor) -> Tensor:
    return torch.cat([h[..., :1], torch.tanh(h[..., 1:])], -1)


def _uniform(shape: tuple[int, int], rng: torch.Generator, size: float = 1.0) -> nn.Parameter:
    """Weights that keep the variance of their inputs, up to the factor `size`²."""
    return nn.Parameter(size * math.sqrt(3 / shape[-1]) * (2 * torch.rand(shape, generator=rng) - 1))
