"""Mistakes in the best linear estimate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from course_lib.assimilation.blue import Problem, blue
from course_lib.basics.gaussians import gain

Pair = tuple[np.ndarray, np.ndarray]
Gain = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def problem(*given: torch.Tensor) -> Problem:
    """The arguments x_f, C_xx, d, H and C_ee as the library takes them."""
    return Problem(*(value.numpy() for value in given))


def _with_gain(made: Gain) -> Callable[..., Pair]:
    """A mistaken analysis: `made` makes the gain from C_xx, H and C_ee."""

    def analysis(*given: torch.Tensor) -> Pair:
        x_f, C_xx, d, H, C_ee = problem(*given)
        K = made(C_xx, H, C_ee)
        return x_f + K @ (d - H @ x_f), C_xx - K @ H @ C_xx

    return analysis


def _with_estimate(change: Callable[[np.ndarray, np.ndarray, Problem], np.ndarray]) -> Callable[..., Pair]:
    """A mistaken analysis with the right covariance: `change` makes x_a from the right one, the gain and the problem."""

    def analysis(*given: torch.Tensor) -> Pair:
        case = problem(*given)
        x_a, C_aa = blue(case)
        return change(x_a, gain(case.C_xx, case.H, case.C_ee), case), C_aa

    return analysis


def _with_covariance(change: Callable[[np.ndarray, np.ndarray, Problem], np.ndarray]) -> Callable[..., Pair]:
    """A mistaken analysis with the right x_a: `change` makes its covariance from the right one, the gain and the problem."""

    def analysis(*given: torch.Tensor) -> Pair:
        case = problem(*given)
        x_a, C_aa = blue(case)
        return x_a, change(C_aa, gain(case.C_xx, case.H, case.C_ee), case)

    return analysis


def _of_the_forecast(C_aa: np.ndarray, K: np.ndarray, case: Problem) -> np.ndarray:
    """What the error of the forecast brings into that of the analysis."""
    kept = np.eye(len(case.C_xx)) - K @ case.H
    return kept @ case.C_xx @ kept.T


#: What is said of an analysis → how it comes about.
MISTAKES: dict[str, Callable[..., Any]] = {
    "the innovation has the wrong sign. Where the data lie above what the forecast predicts for them, the analysis has to "
    "follow them upwards.": _with_estimate(lambda x_a, K, case: 2 * case.x_f - x_a),
    "the gain multiplies the data themselves. It multiplies the innovation: what was measured minus what the forecast "
    "predicts for it.": _with_estimate(lambda x_a, K, case: x_a + K @ case.H @ case.x_f),
    "the forecast is not added: this is the increment alone.": _with_estimate(lambda x_a, K, case: x_a - case.x_f),
    "the inverse of C_ee stands where C_ee belongs, beside H C_xx Hᵀ. Both are covariances of what is measured, in the same "
    "units; their sum is inverted as a whole.": _with_gain(
        lambda C_xx, H, C_ee: np.linalg.solve(H @ C_xx @ H.T + np.linalg.inv(C_ee), H @ C_xx).T
    ),
    "the gain divides by C_ee alone. The innovation varies by more than the error of the data: the forecast in it has an error "
    "too.": _with_gain(lambda C_xx, H, C_ee: np.linalg.solve(C_ee, H @ C_xx).T),
    "C_ee is missing in the gain. Data with an error are not followed all the way.": _with_gain(
        lambda C_xx, H, C_ee: np.linalg.solve(H @ C_xx @ H.T, H @ C_xx).T
    ),
    "the covariance of the innovation stands in the gain as it is, and it should be inverted.": _with_gain(
        lambda C_xx, H, C_ee: C_xx @ H.T @ (H @ C_xx @ H.T + C_ee)
    ),
    "the first C_xx of the gain is missing. The error of the forecast is spread over the state by it.": _with_gain(
        lambda C_xx, H, C_ee: np.linalg.solve(H @ C_xx @ H.T + C_ee, H).T
    ),
    "C_aa is the covariance of the forecast. Where data are used, less of it is left. Your x_a is right.": _with_covariance(
        lambda C_aa, K, case: case.C_xx
    ),
    "this is the inverse of the Hessian of J. J stands here without a factor ½ and bends twice as much, so that C_aa is twice "
    "that. Your x_a is right.": _with_covariance(lambda C_aa, K, case: C_aa / 2),
    "C_aa grows in your answer: what the data explain is added to C_xx, and should be taken off. Your x_a is right.": (
        _with_covariance(lambda C_aa, K, case: 2 * case.C_xx - C_aa)
    ),
    "this is the inverse of C_aa, the precision of the analysis. Your x_a is right.": _with_covariance(
        lambda C_aa, K, case: np.linalg.inv(C_aa)
    ),
    "this is what the data take off the covariance of the forecast, K H C_xx, and not what is left. Your x_a is right.": (
        _with_covariance(lambda C_aa, K, case: case.C_xx - C_aa)
    ),
    "in C_aa, only the error of the forecast is counted, (I − K H) C_xx (I − K H)ᵀ. The analysis takes over a part of the "
    "error of the data, too. Your x_a is right.": _with_covariance(_of_the_forecast),
    "in C_aa, only the error of the data is counted, K C_ee Kᵀ. A part of the error of the forecast is left, too. Your x_a is "
    "right.": _with_covariance(lambda C_aa, K, case: K @ case.C_ee @ K.T),
}
