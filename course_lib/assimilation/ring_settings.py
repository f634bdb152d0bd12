"""The architecture of a network on the ring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from course_lib.assimilation import lorenz95
from course_lib.basics.arguments import one_of, whole_number

#: Mean and standard deviation of a site in the climate of Lorenz-95: a memory holds means in these units.
CENTRE, SCALE = 2.3, 3.6
#: What the propagator knows: nothing of the model, or the model's step without its noise.
DYNAMICS: dict[str, Callable | None] = {"learned": None, "known": lorenz95.step}

#: How the mean is moved by the innovation, before the network corrects it; the number of channels that the blocks see besides.
UPDATES = {"learned": 2, "bayes": 3}


@dataclass(frozen=True)
class RingSettings:
    """The architecture of a network on the ring: all that is needed to build it again, weights aside.

    Parameters
    ----------
    n : sites of the ring.
    observed : "all" or "half" of the sites, as in `lorenz95`.
    dynamics : "learned", or "known": the mean is moved by the model's step, and the network corrects that.
    update : "learned", or "bayes": the mean takes the Kalman step of the forecast density, and the network corrects that.
    channels : channels of the memory, the mean among them.
    hidden : channels inside a block.
    blocks : residual blocks in a, and as many in b.
    reach : a convolution sees so many sites on either side.
    bandwidth : sites ahead to which a site is coupled in the precision; 0 gives diagonal covariances.
    """

    n: int = lorenz95.SIZE
    observed: str = "all"
    dynamics: str = "known"
    update: str = "bayes"
    channels: int = 20
    hidden: int = 40
    blocks: int = 3
    reach: int = 2
    bandwidth: int = 6

    def __post_init__(self) -> None:
        one_of("observed", self.observed, lorenz95.SPACING), one_of("dynamics", self.dynamics, DYNAMICS)
        one_of("update", self.update, UPDATES)
        for name, least in {"n": 4, "channels": 1, "hidden": 1, "blocks": 1, "reach": 0, "bandwidth": 0}.items():
            whole_number(name, getattr(self, name), least=least)
        if 2 * max(self.reach, self.bandwidth) >= self.n:
            raise ValueError(f"bandwidth: reach {self.reach}, band {self.bandwidth} go round the ring of {self.n} sites")
