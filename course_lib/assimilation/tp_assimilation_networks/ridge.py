"""Question of the exercise sheet: ridge regression, found in the best linear unbiased estimate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from course_lib.assimilation.blue import Problem, blue
from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.assimilation.tp_assimilation_networks.quadratic import not_its_covariance, not_lowest
from course_lib.assimilation.tp_assimilation_networks.shapes import shapes_explained
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

Fit = tuple[np.ndarray, np.ndarray, float]

SAMPLES, WEIGHTS = 6, 3


def _draw(rng: np.random.Generator) -> Arguments:
    """Neither standard deviation is 1, where a square would not show, and they are never equal."""
    sigma, tau = float(rng.choice([0.5, 1.5, 2.0])), float(rng.choice([0.4, 0.8, 2.5]))
    return {"X": some(rng, SAMPLES, WEIGHTS), "y": 2 * some(rng, SAMPLES), "sigma": sigma, "tau": tau}


@np.errstate(all="ignore")
def _fault(
    X: torch.Tensor, y: torch.Tensor, sigma: float, tau: float, theta: np.ndarray, C_aa: np.ndarray, alpha: np.ndarray
) -> str | None:
    features, targets = X.numpy(), y.numpy()
    single = in_single_precision(theta) or in_single_precision(C_aa)
    tolerance = 1e-3 if single else 1e-6
    # σ² J(θ) and the ridge cost are one and the same function of θ; so they agree at this θ, too.
    ones = np.ones(WEIGHTS)
    misfit, belief = np.sum((targets - features @ ones) ** 2), sigma**2 * np.sum(ones**2) / tau**2
    if differs(alpha * np.sum(ones**2), belief) is not None:
        yours = misfit + alpha * np.sum(ones**2)
        return (
            f"at θ = (1, 1, 1), the cost of ridge regression with your α is {yours:.6g}, and σ² J is {misfit + belief:.6g}. "
            "With the α that is sought, they agree at every θ."
        )
    bend = 2 * features.T @ features + 2 * alpha * np.eye(WEIGHTS)
    slope = 2 * alpha * theta - 2 * features.T @ (targets - features @ theta)
    complaint = not_lowest("your α is right. The cost of ridge regression", "θ", theta, slope, bend, tolerance)
    complaint = complaint or not_its_covariance("θ", C_aa, bend / sigma**2, tau**2 * np.eye(WEIGHTS), tolerance)
    return complaint or (SINGLE if single else None)


def fitted(X: torch.Tensor, y: torch.Tensor, noise: float, prior: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights and their error covariance, for a variance of the noise and one of the weights."""
    N, n = X.shape
    return tuple(blue(Problem(np.zeros(n), prior * np.eye(n), y.numpy(), X.numpy(), noise * np.eye(N))))


def _with_variances(of: Callable[[float, float], tuple[float, float, float]]) -> Callable[..., Fit]:
    """A mistaken fit: `of` makes the variances of noise and weights, and α, from sigma and tau."""

    def fit(X: torch.Tensor, y: torch.Tensor, sigma: float, tau: float) -> Fit:
        noise, prior, alpha = of(sigma, tau)
        return *fitted(X, y, noise, prior), alpha

    return fit


def _with_covariance(change: Callable[[np.ndarray, np.ndarray, float], np.ndarray]) -> Callable[..., Fit]:
    """A mistaken fit: `change` makes the covariance from the right one, the features and the variance of the noise."""

    def fit(X: torch.Tensor, y: torch.Tensor, sigma: float, tau: float) -> Fit:
        theta, C_aa = fitted(X, y, sigma**2, tau**2)
        return theta, change(C_aa, X.numpy(), sigma**2), (sigma / tau) ** 2

    return fit


def _per_sample(X: torch.Tensor, y: torch.Tensor, sigma: float, tau: float) -> Fit:
    return *fitted(X, y, sigma**2, tau**2), (sigma / tau) ** 2 / len(y)


def _least_squares(X: torch.Tensor, y: torch.Tensor, sigma: float, tau: float) -> Fit:
    theta = np.linalg.lstsq(X.numpy(), y.numpy(), rcond=None)[0]
    return theta, sigma**2 * np.linalg.inv((X.T @ X).numpy()), (sigma / tau) ** 2


_NO_SQUARES = "sigma and tau are standard deviations, and covariance matrices hold their squares"

QUESTIONS = {
    "ridge": Question(
        function="ridge_regression(X, y, sigma, tau)",
        draw=_draw,
        returns={
            "θ": lambda X, y, sigma, tau: (X.shape[1],),
            "C_aa": lambda X, y, sigma, tau: (X.shape[1], X.shape[1]),
            "α": lambda X, y, sigma, tau: (),
        },
        fault=_fault,
        misconceptions={
            "α is upside down. Noisy targets call for a stronger penalty, and weights that may be large for a weaker one. The "
            "rest is right.": _with_variances(lambda s, t: (s**2, t**2, (t / s) ** 2)),
            "α is the ratio of two variances, not of two standard deviations. The rest is right.": _with_variances(
                lambda s, t: (s**2, t**2, s / t)
            ),
            "in α, sigma is not squared. The rest is right.": _with_variances(lambda s, t: (s**2, t**2, s / t**2)),
            "in α, tau is not squared. The rest is right.": _with_variances(lambda s, t: (s**2, t**2, s**2 / t)),
            "α is divided by the number of samples, too. That belongs to a cost that averages over them; this one adds them "
            "up.": _per_sample,
            f"{_NO_SQUARES}.": _with_variances(lambda s, t: (s, t, s / t)),
            f"{_NO_SQUARES}. Your α is right.": _with_variances(lambda s, t: (s, t, (s / t) ** 2)),
            f"{_NO_SQUARES}; sigma is not squared.": _with_variances(lambda s, t: (s, t**2, s / t**2)),
            f"{_NO_SQUARES}; in C_ee, sigma is not squared. Your α is right.": _with_variances(
                lambda s, t: (s, t**2, (s / t) ** 2)
            ),
            f"{_NO_SQUARES}; in C_xx, tau is not squared. Your α is right.": _with_variances(
                lambda s, t: (s**2, t, (s / t) ** 2)
            ),
            "the covariances have changed places: sigma belongs to the errors of the targets, tau to those of the "
            "forecast.": _with_variances(lambda s, t: (t**2, s**2, (t / s) ** 2)),
            "the covariances have changed places: sigma belongs to the errors of the targets, tau to those of the "
            "forecast. Your α is right.": _with_variances(lambda s, t: (t**2, s**2, (s / t) ** 2)),
            "this is least squares: nothing holds the weights near the forecast.": _least_squares,
            "C_aa lacks the factor σ²: this is the inverse of XᵀX + αI. Weights of noisy targets are known less well.": (
                _with_covariance(lambda C_aa, X, noise: C_aa / noise)
            ),
            "in C_aa, only the noise of the targets is counted. That the penalty draws the weights towards 0 is an error "
            "too.": _with_covariance(lambda C_aa, X, noise: C_aa @ X.T @ X @ C_aa / noise),
        },
        praise="It is ridge regression with your α, and comes with the error covariance that ridge regression by itself does "
        "not tell.",
        watch=shapes_explained,
    ),
}
