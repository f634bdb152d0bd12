"""A network for the linear 2-d system before its training: small random numbers around a filter that is not yet good.

Four memory variables: the mean (2), the logarithm of the standard deviation from a usual level (1), and a free one. Nothing
holds them to these roles once the training has begun. The first network already filters, with a constant gain, so that its
errors stay finite; and its residual blocks are gates, whose units bend where innovations lie, so that the gain can learn to
depend on the memory.
"""

from __future__ import annotations

import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import DAN, Analyser, gaussian_dan, losses
from course_lib.basics.arguments import one_of

MEMORY = 4
LEVEL = -3.5  #: usual logarithm of the standard deviation: about 0.03
RELAXATION = 0.19  #: share of the way back to the usual level that the third variable goes at each forecast
GATE, DEPTH, SLOPE, ALPHA = 0.8, 5.0, 0.7, 0.01  #: span of the gates' thresholds, weight in y, steepness, first size of α
NOISE = 0.02  #: size of the random part
#: First gain with all gates closed, and first share of the rotation in b. "kalman" is handed both, "persistence" guesses.
STARTS = {"persistence": (0.05, 0.0), "kalman": (0.02, 1.0)}


def gated_network(rng: torch.Generator, *, blocks: int = 6, start: str = "persistence") -> DAN:
    """The untrained network of the architecture of `gaussian_dan`, with gates in a.

    Parameters
    ----------
    rng : source of the random part.
    blocks : residual blocks of a; two of them make a gate.
    start : "persistence": the forecast is the analysis before, the gain 0.05 with closed gates; "kalman": the forecast turns by
        the true angle, and the gain is 0.02 with closed gates, that of the Kalman filter in its first step.

    Raises
    ------
    ValueError
        If the start is not known.

    Equations: eq-dan-maps, eq-gate
    """
    gain, rotation = one_of("start", start, STARTS)
    dan = gaussian_dan(2, 2, MEMORY, blocks, 2, rng)
    with torch.no_grad():
        for parameter in dan.parameters():
            parameter.mul_(NOISE)
        _read_mean_and_level(dan.c.linear)
        _keep_the_mean(dan.b, rotation)
        _mix(dan.a, gain)
        for number, block in enumerate(dan.a.blocks):
            _gate(block, -GATE * (number // 2 + 0.5) / max(len(dan.a.blocks) // 2, 1), 1 if number % 2 == 0 else -1)
        dan.h0[:2], dan.h0[2] = torch.tensor(linear2d.START), -1.0
    return dan


def _read_mean_and_level(layer: torch.nn.Linear) -> None:
    """c: the first two variables are the mean, the third moves both log σ."""
    layer.weight.zero_(), layer.bias.zero_()
    layer.weight[:2, :2] = torch.eye(2)
    layer.weight[2:4, 2], layer.bias[2:4] = 1.0, LEVEL


def _keep_the_mean(b: torch.nn.Sequential, rotation: float) -> None:
    """b: a block whose units are in their linear part, so that it can turn the mean, and one that takes its constant off."""
    turn, undo = b
    turn.alpha.fill_(1.0), undo.alpha.fill_(-1.0)
    for block in b:
        block.linear.weight.mul_(0.1), block.linear.bias.fill_(0.5)
    turn.linear.weight[:2, :2] += rotation * (torch.tensor(linear2d.M) - torch.eye(2))
    turn.linear.weight[2, 2] -= RELAXATION


def _mix(a: Analyser, gain: float) -> None:
    """Last layer of a: h + gain (y − h) for the mean, and memory for the rest."""
    a.linear.weight.mul_(0.1), a.linear.bias.zero_()
    a.linear.weight[:2, :2] += (1 - gain) * torch.eye(2)
    a.linear.weight[:2, MEMORY:] += gain * torch.eye(2)
    a.linear.weight[2, 2] += 1.0
    a.linear.weight[3, 3] += 0.9


def _gate(block: torch.nn.Module, threshold: float, sign: int) -> None:
    """One half of a gate: units ±(y − mean) + SLOPE (third variable − threshold), on the mean and, larger, on y."""
    block.alpha.fill_(ALPHA * sign)
    W, b = block.linear.weight, block.linear.bias
    W[:, :2] *= 0.1  # what a unit sees of the mean shall be the innovation below, and little by chance
    for i in range(2):
        for row, size, shift in ((i, 1.0, 0.0), (MEMORY + i, DEPTH, -GATE / 6)):
            W[row, i] -= sign * size
            W[row, MEMORY + i] += sign * size
            W[row, 2] += SLOPE * size
            b[row] -= SLOPE * size * (threshold + shift)
        W[2 + i, i] -= sign  # the other two variables see the size of the innovation
        W[2 + i, MEMORY + i] += sign


class KnownStart(torch.nn.Module):
    """A network for sequences that start anywhere: its first memory is a trained affine function of the mean of x_0.

    Parameters
    ----------
    dan : network whose h_0 fits the start of the linear 2-d system.

    Equation: eq-known-start
    """

    def __init__(self, dan: DAN):
        super().__init__()
        self.dan = dan
        self.start = torch.nn.utils.skip_init(torch.nn.Linear, 2, MEMORY, dtype=torch.double)
        with torch.no_grad():
            self.start.weight.copy_(torch.eye(MEMORY, 2))
            self.start.bias.copy_(dan.h0 - self.start.weight @ dan.h0.new_tensor(linear2d.START))

    def finished(self) -> DAN:
        """The network with the memory that belongs to the system's own start."""
        with torch.no_grad():
            self.dan.h0.copy_(self.start(self.dan.h0.new_tensor(linear2d.START)))
        return self.dan


def known_start_loss(
    model: KnownStart, initial: torch.Tensor, states: torch.Tensor, observations: torch.Tensor, mean: torch.Tensor
):
    """The cost J where each sequence has its own mean of x_0, shape (B, 2); other arguments as in `dan.losses`.

    Equations: eq-dan-cost, eq-known-start
    """
    return losses(model.dan, initial, states, observations, model.start(mean)).total
