"""Online training of data assimilation networks: the truth runs on for ever, and no cycle is ever seen twice.

A batch of true sequences and the memories that follow them advance together. After a few cycles, the horizon, the weights take
a step down the gradient of those cycles, and memories go on from where they are, cut off from their past: back-propagation
through time is truncated there.
"""

from __future__ import annotations

import math
import time
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from course_lib.assimilation import lorenz95
from course_lib.basics.arguments import one_of, positive_number, whole_number


@dataclass(frozen=True)
class OnlineSettings:
    """How a network is trained.

    Parameters
    ----------
    cycles : cycles in all, of every sequence of the batch.
    batch : sequences that run side by side.
    horizons : cycles through which is differentiated; with several, each has an equal part of the training.
    learning_rate : greatest learning rate of Adam.
    warm_up : cycles over which the learning rate rises to it; then it falls to 0 along half a cosine.
    clip : greatest length of the gradient of the loss per site.
    averaging : factor by which the moving average of the weights keeps its old value at a step.
    restart : probability that a sequence's memory is emptied at a cycle, so that the network learns to begin.
    seed : of the first weights, the truth and the observations.
    spin_up : steps of the truth before the first cycle.

    Equation: eq-ring-learning-rate
    """

    cycles: int = 60_000
    batch: int = 64
    horizons: tuple[int, ...] = (3, 6, 10)
    learning_rate: float = 2e-3
    warm_up: int = 1000
    clip: float = 1.0
    averaging: float = 0.999
    restart: float = 0.002
    seed: int = 0
    spin_up: int = lorenz95.SPIN_UP

    def __post_init__(self) -> None:
        for name in ("cycles", "batch"):
            whole_number(name, getattr(self, name), least=1)
        for horizon in self.horizons or (0,):
            whole_number("horizons", horizon, least=1)
        for name in ("warm_up", "seed", "spin_up"):
            whole_number(name, getattr(self, name), least=0)
        positive_number("learning_rate", self.learning_rate), positive_number("clip", self.clip)
        for name in ("averaging", "restart"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}: expected a number from 0 up to 1, got {getattr(self, name)!r}")

    def horizon(self, cycle: int) -> int:
        """Cycles through which is differentiated after so many cycles."""
        part = min(cycle * len(self.horizons) // self.cycles, len(self.horizons) - 1)
        return min(self.horizons[part], max(1, self.cycles - cycle))

    def rate(self, cycle: int) -> float:
        """The learning rate after so many cycles.

        Equation: eq-ring-learning-rate
        """
        rise = min(1.0, (cycle + 1) / (self.warm_up + 1))
        return self.learning_rate * rise * 0.5 * (1 + math.cos(math.pi * min(1.0, cycle / self.cycles)))


class OnlineTraining:
    """A training that can be stopped at any window, stored and gone on with.

    Parameters
    ----------
    network : has `start(size)`, `cycle(h, y)` and `c`, with memories of shape (..., batch, channels); trained in place.
    settings : how.
    observed : "all" or "half" of the points.
    device : where network and truth live.

    The moving average of the weights, in `average`, is what should be used afterwards.

    Equations: eq-ring-loss, eq-ring-average
    """

    def __init__(self, network: nn.Module, settings: OnlineSettings, observed: str = "all", device: str = "cpu"):
        self.settings, self.spacing = settings, one_of("observed", observed, lorenz95.SPACING)
        self.network, self.average = network.to(device), deepcopy(network).to(device)
        self.optimizer = torch.optim.Adam(network.parameters(), settings.learning_rate, betas=(0.9, 0.99), fused=True)
        self.rng = torch.Generator(device).manual_seed(settings.seed)
        self.cycle, self.windows, self.skipped, self.seconds = 0, 0, 0, 0.0
        self.truth, self.memory = 3 + self._noise(), network.start(settings.batch)
        for _ in range(settings.spin_up):
            self._advance_truth()

    @property
    def finished(self) -> bool:
        """Whether all cycles are done."""
        return self.cycle >= self.settings.cycles

    def window(self) -> float:
        """Advance by one horizon and take a step; the mean loss NLL_b + NLL_a of its cycles, in nats.

        A window whose loss or gradient is not finite changes no weight: all memories begin anew.

        Equations: eq-ring-loss, eq-ring-average
        """
        began, horizon, total = time.process_time(), self.settings.horizon(self.cycle), torch.zeros(())
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate(self.cycle)
        for _ in range(horizon):
            x = self._advance_truth()
            y = (x + lorenz95.OBSERVATION_NOISE * self._noise())[:, :: self.spacing]
            forecast, self.memory = self.network.cycle(self.memory, y)
            total = total - sum(self.network.c(h).log_prob(x).mean() for h in (forecast, self.memory)).cpu()
        if torch.isfinite(total) and self._step(total / horizon / (2 * lorenz95.SIZE)):
            self._forget(self.settings.restart * horizon)
        else:
            self.memory, self.skipped = self.network.start(self.settings.batch), self.skipped + 1
        self.cycle, self.windows = self.cycle + horizon, self.windows + 1
        self.seconds += time.process_time() - began
        return float(total.detach()) / horizon

    def _step(self, loss: Tensor) -> bool:
        """Down the gradient, unless it is not finite; whether a step was taken."""
        self.optimizer.zero_grad()
        loss.backward()
        if not torch.isfinite(nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.clip)):
            return False
        self.optimizer.step()
        keep = min(self.settings.averaging, (1 + self.windows) / (10 + self.windows))  # forget the first weights fast
        with torch.no_grad():
            for mean, weight in zip(self.average.parameters(), self.network.parameters(), strict=True):
                mean.lerp_(weight, 1 - keep)
        return True

    def _forget(self, probability: float) -> None:
        """Cut the memories from their past, and begin some anew."""
        size = self.settings.batch
        anew = torch.rand(size, 1, generator=self.rng, device=self.rng.device) < probability
        self.memory = torch.where(anew, self.network.start(size), self.memory.detach())

    def _advance_truth(self) -> Tensor:
        self.truth = lorenz95.step(self.truth) + lorenz95.MODEL_NOISE * self._noise()
        return self.truth

    def _noise(self) -> Tensor:
        return torch.randn(self.settings.batch, lorenz95.SIZE, generator=self.rng, device=self.rng.device)

    def state(self) -> dict[str, Any]:
        """All that is needed to go on later, as tensors and numbers."""
        parts = {name: getattr(self, name).state_dict() for name in ("network", "average", "optimizer")}
        numbers = {name: getattr(self, name) for name in ("cycle", "windows", "skipped", "seconds")}
        return {**parts, **numbers, "rng": self.rng.get_state(), "truth": self.truth, "memory": self.memory.detach()}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on from a stored state.

        Raises
        ------
        ValueError
            If it belongs to another network or batch.
        """
        wanted = self.state()
        for name in ("truth", "memory"):
            if state[name].shape != wanted[name].shape:
                raise ValueError(f"state: {name} has shape {tuple(state[name].shape)}, expected {tuple(wanted[name].shape)}")
        try:
            for name in ("network", "average", "optimizer"):
                getattr(self, name).load_state_dict(state[name])
        except RuntimeError as other:
            raise ValueError(f"state: it belongs to a network of another architecture ({other})") from other
        for name in ("cycle", "windows", "skipped", "seconds", "truth", "memory"):
            setattr(self, name, state[name])
        self.rng.set_state(state["rng"].cpu())
