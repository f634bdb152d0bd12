"""The cost of a filter that never sees the truth: an upper bound, on average, of the negative log-evidence of the observations.

All densities are Gaussian, model and observation operator are linear and known, so that every term has a closed form. Models
are `LinearGaussian` tuples whose entries are tensors (see `tensors`), so that their parameters may be learned too.
"""

from __future__ import annotations

from math import log, pi
from typing import NamedTuple

import torch
from numpy.typing import ArrayLike

from course_lib.assimilation.dan import DAN, check_observations
from course_lib.assimilation.densities import GaussianDensity, forward_substitution
from course_lib.assimilation.state_space import LinearGaussian, check_model
from course_lib.basics.arguments import finite_array


class Cost(NamedTuple):
    """The parts of the cost of a filter, each of shape (...): one number a sequence, in nats, summed over its times.

    initial is KL(q_0^a ‖ p(x_0)); forecast the KL of q_t^b from the analysis carried forward; misfit −E ln p(y_t | x_t) under
    q_t^a; update the KL of q_t^a from q_t^b.
    """

    initial: torch.Tensor
    forecast: torch.Tensor
    misfit: torch.Tensor
    update: torch.Tensor

    @property
    def total(self) -> torch.Tensor:
        """The whole cost of each sequence."""
        return self.initial + self.forecast + self.misfit + self.update


def tensors(model: LinearGaussian) -> LinearGaussian:
    """The same model with tensors of doubles in place of arrays.

    Raises
    ------
    ValueError
        If the model is not valid, or its x_0 has a singular covariance.
    """
    model = check_model(model)
    if torch.linalg.eigvalsh(torch.as_tensor(model.covariance))[0] <= 0:
        raise ValueError("model: expected a positive definite covariance of x_0, got a singular one")
    return LinearGaussian(*(torch.as_tensor(entry) for entry in model))


def gaussian_density(mean: ArrayLike, covariance: ArrayLike) -> GaussianDensity:
    """Densities from arrays: means (..., n) and covariances (..., n, n), of which one may serve several means.

    Equation: eq-procoder-density
    """
    mean = torch.tensor(finite_array("mean", mean, (..., None)))
    n = mean.shape[-1]
    factor = torch.linalg.cholesky(torch.tensor(finite_array("covariance", covariance, (..., n, n))))
    return GaussianDensity(mean, factor.expand(*mean.shape, n))


def kl(q: GaussianDensity, p: GaussianDensity) -> torch.Tensor:
    """KL(q‖p) of Gaussian densities with leading axes (...), one number each, in nats.

    Equation: eq-kl-gaussians
    """
    white = forward_substitution(p.factor, q.mean - p.mean)
    columns = forward_substitution(p.factor[..., None, :, :], q.factor.mT)
    log_ratio = (p.factor.diagonal(dim1=-2, dim2=-1).log() - q.factor.diagonal(dim1=-2, dim2=-1).log()).sum(-1)
    return 0.5 * ((white**2).sum(-1) + (columns**2).sum((-2, -1)) - q.mean.shape[-1]) + log_ratio


def carried(model: LinearGaussian, q: GaussianDensity) -> GaussianDensity:
    """What the model makes of analyses q of x_{t-1}: the density N(M m, M P Mᵀ + Q) of x_t.

    Equation: eq-carried
    """
    moved = model.M @ q.factor
    return GaussianDensity(q.mean @ model.M.T, torch.linalg.cholesky(moved @ moved.mT + model.Q))


def expected_misfit(model: LinearGaussian, q: GaussianDensity, observations: torch.Tensor) -> torch.Tensor:
    """−E ln p(y | x) for x ~ q, in nats: how badly the analysis explains the observation, its spread included.

    Parameters
    ----------
    model : holds H and R.
    q : densities of the state with leading axes (...).
    observations : y, shape (..., p).

    Equation: eq-expected-misfit
    """
    root = torch.linalg.cholesky(model.R)
    white = forward_substitution(root, observations - q.mean @ model.H.T)
    spread = forward_substitution(root, (model.H @ q.factor).mT)
    half_log_det = root.diagonal().log().sum() + 0.5 * len(root) * log(2 * pi)
    return 0.5 * ((white**2).sum(-1) + (spread**2).sum((-2, -1))) + half_log_det


def filter_cost(
    model: LinearGaussian,
    initial: GaussianDensity,
    forecasts: GaussianDensity,
    analyses: GaussianDensity,
    observations: torch.Tensor,
) -> Cost:
    """The cost of a filter on sequences of observations; no state is needed.

    Parameters
    ----------
    model : the known model, entries as tensors.
    initial : the filter's density of x_0, leading axes (...) or none.
    forecasts, analyses : q_t^b and q_t^a for t = 1, …, T, leading axes (..., T).
    observations : y_1, …, y_T, shape (..., T, p).

    Raises
    ------
    ValueError
        If observations are not finite, or leading axes do not belong together.

    Equation: eq-filter-cost
    """
    check_observations(observations)
    for name, q in {"forecasts": forecasts, "analyses": analyses}.items():
        if q.mean.shape[:-1] != observations.shape[:-1]:
            raise ValueError(f"{name}: expected leading axes {tuple(observations.shape[:-1])}, got {tuple(q.mean.shape[:-1])}")
    start = GaussianDensity(model.mean, torch.linalg.cholesky(model.covariance))
    leading = observations.shape[:-2]
    first = GaussianDensity(
        initial.mean.expand(*leading, 1, -1) if initial.mean.dim() == 1 else initial.mean[..., None, :],
        initial.factor.expand(*leading, 1, -1, -1) if initial.factor.dim() == 2 else initial.factor[..., None, :, :],
    )
    before = GaussianDensity(
        torch.cat([first.mean, analyses.mean[..., :-1, :]], -2), torch.cat([first.factor, analyses.factor[..., :-1, :, :]], -3)
    )
    return Cost(
        kl(initial, start).expand(leading),
        kl(forecasts, carried(model, before)).sum(-1),
        expected_misfit(model, analyses, observations).sum(-1),
        kl(analyses, forecasts).sum(-1),
    )


def unsupervised_cost(dan: DAN, model: LinearGaussian, observations: torch.Tensor) -> Cost:
    """The cost of a data assimilation network, from observations alone.

    Parameters
    ----------
    dan : network with Gaussian densities.
    model, observations : as in `filter_cost`.

    Equation: eq-filter-cost
    """
    forecasts, analyses = dan(observations)
    return filter_cost(model, dan.initial(), forecasts, analyses, observations)
