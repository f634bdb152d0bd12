"""Two networks that nobody trained: data assimilation networks whose maps are wired by hand so that they are the Kalman filter.

The first remembers mean and covariance and is the filter exactly, at every time. The second is made of the very layers that are
trained elsewhere, linear maps and residual blocks, and is the filter with its steady gain.
"""

from __future__ import annotations

import numpy as np
import torch

from course_lib.assimilation.dan import DAN, gaussian_dan
from course_lib.assimilation.densities import GaussianDensity
from course_lib.assimilation.kalman import steady_state
from course_lib.assimilation.state_space import LinearGaussian, check_model
from course_lib.basics.arguments import positive_number, whole_number


class MomentMemory(torch.nn.Module):
    """Base of maps whose memory is a mean and a covariance, n + n² numbers in one row."""

    def __init__(self, model: LinearGaussian):
        super().__init__()
        for name in ("M", "Q", "H", "R"):
            self.register_buffer(name, torch.tensor(getattr(model, name)))
        self.n = len(model.M)

    def split(self, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean (..., n) and covariance (..., n, n) from a memory."""
        return h[..., : self.n], h[..., self.n :].unflatten(-1, (self.n, self.n))

    @staticmethod
    def join(mean: torch.Tensor, covariance: torch.Tensor) -> torch.Tensor:
        """The memory of a mean and a covariance."""
        return torch.cat([mean, covariance.flatten(-2)], dim=-1)


class KalmanPropagator(MomentMemory):
    """The map b of the Kalman filter: mean M m, covariance M P Mᵀ + Q.

    Equation: eq-dan-kalman
    """

    def forward(self, h: torch.Tensor) -> torch.Tensor:
        """The memory after the forecast."""
        mean, P = self.split(h)
        return self.join(mean @ self.M.T, self.M @ P @ self.M.T + self.Q)


class KalmanAnalyser(MomentMemory):
    """The map a of the Kalman filter: mean m + K (y − H m), covariance (I − K H) P, with the gain K of P.

    Equation: eq-dan-kalman
    """

    def forward(self, h: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """The memory after the observation y, shape (..., p)."""
        mean, P = self.split(h)
        cross = self.H @ P
        K = torch.linalg.solve(cross @ self.H.T + self.R, cross).mT
        mean = mean + (K @ (y - mean @ self.H.T)[..., None])[..., 0]
        P = P - K @ cross
        return self.join(mean, (P + P.mT) / 2)


class MomentProcoder(MomentMemory):
    """The map c that reads the memory as the Gaussian of that mean and covariance.

    Equation: eq-dan-kalman
    """

    def forward(self, h: torch.Tensor) -> GaussianDensity:
        """Densities from memories."""
        mean, P = self.split(h)
        return GaussianDensity(mean, torch.linalg.cholesky(P))


def kalman_dan(model: LinearGaussian) -> DAN:
    """The network that is the Kalman filter of a model; its memory is mean and covariance, n + n² numbers.

    Parameters
    ----------
    model : linear Gaussian model whose initial covariance is positive definite.

    Raises
    ------
    ValueError
        If the model is not valid.

    Equation: eq-dan-kalman
    """
    model = check_model(model)
    h0 = MomentMemory.join(torch.tensor(model.mean), torch.tensor(model.covariance))
    return DAN(KalmanAnalyser(model), KalmanPropagator(model), MomentProcoder(model), h0)


def steady_dan(model: LinearGaussian, reach: float, memory: int | None = None, analyser_blocks: int = 2) -> DAN:
    """A network of linear layers and residual blocks that is the Kalman filter with its steady gain.

    Memory: the mean, n numbers, then a flag, 1 after a forecast and 0 after an analysis, by which c chooses the covariance.

    Parameters
    ----------
    model : linear Gaussian model with a steady state.
    reach : the network is exact as long as no component of (M − I) m reaches this number; beyond, a unit of b leaves its
        linear part.
    memory : number of memory variables, at least n + 1, which is the default; the others stay zero.
    analyser_blocks : residual blocks of a, all of them the identity.

    Raises
    ------
    ValueError
        If the model has no steady state, reach is not positive, or the memory is too small.

    Equation: eq-steady-dan
    """
    model, reach = check_model(model), positive_number("reach", reach)
    n, p = len(model.M), len(model.H)
    memory = n + 1 if memory is None else whole_number("memory", memory, least=n + 1)
    steady, identity = steady_state(model), np.eye(n)
    dan = gaussian_dan(n, p, memory, analyser_blocks, 2, torch.Generator())
    with torch.no_grad():
        for parameter in dan.parameters():
            parameter.zero_()
        rotate, undo = dan.b
        rotate.alpha.fill_(1.0), rotate.linear.bias[: n + 1].fill_(1 + reach)  # every unit in its linear part
        rotate.linear.weight[:n, :n] = torch.tensor(model.M - identity)
        undo.alpha.fill_(-1.0), undo.linear.bias[: n + 1].fill_(1 + reach)  # a constant, taken off again
        undo.linear.bias[n] = reach  # but for the flag: 0 + (1 + reach) − reach = 1
        dan.a.linear.weight[:n, :n] = torch.tensor(identity - steady.gain @ model.H)
        dan.a.linear.weight[:n, memory:] = torch.tensor(steady.gain)
        analysis, forecast = (_outputs(P) for P in (steady.analysis_covariance, steady.forecast_covariance))
        dan.c.linear.weight[:n, :n] = torch.eye(n)
        dan.c.linear.weight[n:, n], dan.c.linear.bias[n:] = forecast - analysis, analysis
        dan.h0[:n] = torch.tensor(model.mean)
    return dan


def _outputs(covariance: np.ndarray) -> torch.Tensor:
    """Logarithms of the diagonal of Λ, then the entries below it: what the procoder's layer must give."""
    factor = np.linalg.cholesky(covariance)
    return torch.tensor(np.concatenate([np.log(np.diag(factor)), factor[np.tril_indices(len(factor), -1)]]))
