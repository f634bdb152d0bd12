"""Question of the exercise sheet: the log-density of Gaussians given by mean and Cholesky factor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.stats import multivariate_normal

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some, tensor

BATCH = 4


def _draw(rng: np.random.Generator) -> Arguments:
    """The first state is so far out that its density is no number of double precision; its logarithm is one."""
    n = int(rng.integers(2, 4))
    factor = torch.tril(some(rng, BATCH, n, n) / 2, -1) + torch.diag_embed(tensor(rng.uniform(0.2, 3, (BATCH, n))))
    z = some(rng, BATCH, n)
    z[0] *= 45 / z[0].norm()
    mean = some(rng, BATCH, n)
    return {"x": mean + (factor @ z[..., None])[..., 0], "mean": mean, "factor": factor}


def _expected(x: np.ndarray, mean: np.ndarray, factor: np.ndarray) -> np.ndarray:
    return np.array([multivariate_normal(m, f @ f.T).logpdf(y) for y, m, f in zip(x, mean, factor, strict=True)])


@np.errstate(all="ignore")
def _fault(x: torch.Tensor, mean: torch.Tensor, factor: torch.Tensor, value: np.ndarray) -> str | None:
    expected = _expected(x.numpy(), mean.numpy(), factor.numpy())
    if (place := differs(value, expected)) is None:
        return SINGLE if in_single_precision(value) else None
    k = place[0]
    return (
        f"the log-density at x[{k}] should be {expected[k]:.6g}, and is {value[k]:.6g} in your answer. Try n = 1 with mean 0 "
        "and factor 2, where it is −log 2 − ½ log 2π − x²/8."
    )


def _terms(x: torch.Tensor, mean: torch.Tensor, whitened: Callable[..., torch.Tensor], factor: torch.Tensor) -> tuple:
    """Half the squared length of the whitened deviation, the sum of the diagonal's logarithms, and the constant."""
    z = whitened(factor, (x - mean)[..., None])[..., 0]
    height = torch.diagonal(factor, dim1=-2, dim2=-1).abs().log().sum(-1)
    return z.square().sum(-1) / 2, height, x.shape[-1] * np.log(2 * np.pi) / 2


def _lower(factor: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
    return torch.linalg.solve(factor, deviation)


def _of(change: Callable[..., torch.Tensor], whitened: Callable[..., torch.Tensor] = _lower) -> Callable[..., torch.Tensor]:
    """A mistaken answer: `change(half square, height, constant)` makes the result."""
    return lambda x, mean, factor: change(*_terms(x, mean, whitened, factor))


def _as_covariance(x: torch.Tensor, mean: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Mistake: the factor is taken for the covariance, and symmetry is not missed."""
    deviation = x - mean
    square = (deviation * torch.linalg.solve(factor, deviation)).sum(-1)
    return -square / 2 - torch.logdet(factor) / 2 - x.shape[-1] * np.log(2 * np.pi) / 2


QUESTIONS = {
    "log-density": Question(
        function="log_density(x, mean, factor)",
        draw=_draw,
        returns={"the log-density": lambda x, mean, factor: (len(x),)},
        fault=_fault,
        misconceptions={
            "this is the negative log-likelihood. A log-density has the other sign: likely states have a larger one.": _of(
                lambda square, height, constant: square + height + constant
            ),
            "the determinant is missing. Without it, a wider density would always be better.": _of(
                lambda square, height, constant: -square - constant
            ),
            "the determinant has the wrong sign, as if the factor were that of the precision. A wide density is low.": _of(
                lambda square, height, constant: -square + height - constant
            ),
            "the logarithm of the determinant is halved once too often: log det ΛΛᵀ is twice the sum of the logarithms on the "
            "diagonal of Λ, and stands with ½.": _of(lambda square, height, constant: -square - height / 2 - constant),
            "the logarithm of the determinant counts twice: it stands with ½ before log det ΛΛᵀ.": _of(
                lambda square, height, constant: -square - 2 * height - constant
            ),
            "the factor ½ of the square is missing.": _of(lambda square, height, constant: -2 * square - height - constant),
            "the constant is missing: ½ log 2π for each coordinate.": _of(lambda square, height, constant: -square - height),
            "the constant counts one coordinate only. There is ½ log 2π for each.": _of(
                lambda square, height, constant: -square - height - np.log(2 * np.pi) / 2
            ),
            "the entries below the diagonal of the factor go lost. torch.cholesky_inverse reads one triangle of what it is "
            "given, and has been told the wrong one.": _of(
                lambda square, height, constant: -square - height - constant,
                lambda factor, deviation: deviation / factor.diagonal(dim1=-2, dim2=-1)[..., None],
            ),
            "torch.cholesky_inverse is given the covariance. It wants the factor, and makes the precision from that.": _of(
                lambda square, height, constant: -square - height - constant,
                lambda factor, deviation: torch.linalg.solve(torch.tril(factor @ factor.mT), deviation),
            ),
            "the factor stands transposed: this is the density with the covariance ΛᵀΛ.": _of(
                lambda square, height, constant: -square - height - constant,
                lambda factor, deviation: torch.linalg.solve(factor.mT, deviation),
            ),
            "the deviation is multiplied by the factor. That is right for the factor of a precision; this one belongs to the "
            "covariance, so solve with it.": _of(
                lambda square, height, constant: -square - height - constant, lambda factor, deviation: factor @ deviation
            ),
            "the deviation is multiplied by the transposed factor. That is right for the factor of a precision; this one "
            "belongs to the covariance, so solve with it.": _of(
                lambda square, height, constant: -square - height - constant, lambda factor, deviation: factor.mT @ deviation
            ),
            "the factor is taken for the covariance. The covariance is ΛΛᵀ.": _as_covariance,
            "a term of shape (B, 1) is added to one of shape (B,), and that makes (B, B): every square meets every "
            "determinant. A mean over it would have hidden this.": _of(
                lambda square, height, constant: -square[:, None] - height - constant
            ),
            "a term of shape (B,) is added to one of shape (B, 1), and that makes (B, B): every determinant meets every "
            "square. A mean over it would have hidden this.": _of(
                lambda square, height, constant: -square - height[:, None] - constant
            ),
        },
        praise="It agrees with SciPy's density, also where that itself is too small a number.",
    ),
}
