"""A network with two outputs, mean and log σ, and the losses that train it, in torch.

Several networks can be trained at once, each on a column of its own, so that repeating an experiment costs little.
No number leads from one column to another, so each is trained as if it were alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import log, pi

import torch

from course_lib.basics.arguments import whole_number
from course_lib.learning.parameters import check_sizes


class GaussianNetwork(torch.nn.Module):
    """Multilayer perceptron with tanh units that returns mu(x) and log sigma(x); without hidden layers, two straight lines.

    Parameters
    ----------
    hidden : number of units of each hidden layer; may be empty.
    rng : source of the first weights, which have mean 0 and standard deviation 1/√fan_in. Biases, and the weights that lead to
        log σ, start at 0.
    inputs : number of inputs.
    columns : number of independent networks.
    floor : σ never falls below it, in the unit of y; with 0 it is free.

    Equations: eq-two-heads, eq-sigma-floor
    """

    def __init__(self, hidden: Sequence[int], rng: torch.Generator, *, inputs: int = 1, columns: int = 1, floor: float = 0.0):
        super().__init__()
        sizes = [inputs, *hidden, 2]
        check_sizes(sizes)
        whole_number("columns", columns, least=1)
        if not 0 <= floor < float("inf"):
            raise ValueError(f"floor: expected a number that is not negative, got {floor!r}")
        self.floor = float(floor)
        self.W = torch.nn.ParameterList(
            torch.randn(columns, fan_in, fan_out, generator=rng) / fan_in**0.5 for fan_in, fan_out in pairwise(sizes)
        )
        self.W[-1].data[..., 1] = 0.0  # σ starts at 1 for every x: nothing is ruled out before anything is learned
        self.b = torch.nn.ParameterList(torch.zeros(columns, 1, fan_out) for fan_out in sizes[1:])

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log σ, each of shape (N, columns), from x of shape (N, inputs) or (N, columns, inputs)."""
        h = x if x.dim() == 2 else x.transpose(0, 1)
        for W, b in zip(self.W[:-1], self.b[:-1], strict=True):
            h = torch.tanh(h @ W + b)
        mu, log_sigma = (h @ self.W[-1] + self.b[-1]).unbind(-1)
        if self.floor:
            log_sigma = torch.logaddexp(log_sigma, log_sigma.new_tensor(log(self.floor)))  # log(sigma + floor)
        return mu.T, log_sigma.T


Loss = Callable[[torch.nn.Module, torch.Tensor, torch.Tensor], torch.Tensor]


def square_loss(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean square error of the model's mean, summed over the columns; log σ is left alone.

    Equation: eq-mse
    """
    return ((_checked(model, x, y)[0] - y) ** 2).mean(0).sum()


def nll_loss(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean Gaussian negative log-likelihood of y, shape (N, columns), given x, summed over the columns.

    Equation: eq-gaussian-nll
    """
    return _nll(model, x, y)[0].mean(0).sum()


def beta_nll_loss(beta: float) -> Loss:
    """The loss whose slopes are those of :func:`nll_loss`, each sample's multiplied by σ to the power 2β.

    Parameters
    ----------
    beta : from 0, the likelihood itself, to 1, where the mean is trained as by least squares.

    Raises
    ------
    ValueError
        If β is not in [0, 1].

    Equation: eq-beta-nll
    """
    if not 0 <= beta <= 1:
        raise ValueError(f"beta: expected a number from 0 to 1, got {beta!r}")

    def loss(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        nll, log_sigma = _nll(model, x, y)
        weight = torch.exp(2 * beta * log_sigma.detach())  # detached: a factor, not something to be made small
        return (weight * nll).mean(0).sum()

    return loss


def _nll(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mu, log_sigma = _checked(model, x, y)
    return 0.5 * log(2 * pi) + log_sigma + 0.5 * ((y - mu) * torch.exp(-log_sigma)) ** 2, log_sigma


def _checked(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The model's mean and log σ; y must have their shape, for torch would broadcast (N,) against (N, 1) to (N, N)."""
    mu, log_sigma = model(x)
    if y.shape != mu.shape:
        raise ValueError(f"y: expected shape {tuple(mu.shape)}, got {tuple(y.shape)}")
    return mu, log_sigma
