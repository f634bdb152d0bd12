"""Mistakes in the weights of the network that should be the Kalman filter."""

from __future__ import annotations

from collections.abc import Callable
from math import log

import numpy as np
import torch

Weights = tuple[np.ndarray, np.ndarray, np.ndarray]


def coded(mean: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """The five numbers that stand for a Gaussian."""
    return np.array([*mean, log(factor[0, 0]), log(factor[1, 1]), factor[1, 0]])


def _wired(M: np.ndarray, gain: np.ndarray, kept: np.ndarray, of_b: np.ndarray, of_a: np.ndarray) -> Weights:
    """Weights in which the flag is 0 after a forecast and 1 after an analysis; a makes kept · m + gain · y."""
    A, B, C = np.zeros((3, 6)), np.zeros((3, 4)), np.zeros((5, 4))
    A[:2, :2], A[:2, 3:5], A[2, 5] = kept, gain, 1.0
    B[:2, :2] = M
    C[:2, :2] = np.eye(2)
    C[2:, 3], C[2:, 2] = of_b, of_a - of_b
    return A, B, C


def as_answer(change: Callable[..., Weights]) -> Callable[..., Weights]:
    """A mistaken answer: `change(M, K, code_b, code_a)`, where the codes are the last three numbers of the densities."""

    def answer(M: torch.Tensor, K: torch.Tensor, Lambda_b: torch.Tensor, Lambda_a: torch.Tensor) -> Weights:
        codes = [coded(np.zeros(2), value.numpy())[2:] for value in (Lambda_b, Lambda_a)]
        return change(M.numpy(), K.numpy(), *codes)

    return answer


EYE = np.eye(2)

#: What is said of a network → its weights, from M, K and the codes of both factors.
MISTAKES: dict[str, Callable[..., Weights]] = {
    "b turns the wrong way: it applies the transposed M.": lambda M, K, b, a: _wired(M.T, K, EYE - K, b, a),
    "a adds K y to the memory. The gain multiplies the innovation, y minus the forecast, so less of the forecast is kept.": (
        lambda M, K, b, a: _wired(M, K, EYE, b, a)
    ),
    "the gain is transposed.": lambda M, K, b, a: _wired(M, K.T, EYE - K.T, b, a),
    "the gain has changed sides: K is the weight of the observation, I − K that of the forecast.": (
        lambda M, K, b, a: _wired(M, EYE - K, K, b, a)
    ),
    "the covariance of the analysis stands in the forecast too. c does the same to both memories; what can tell it which of "
    "the two it reads?": lambda M, K, b, a: _wired(M, K, EYE - K, a, a),
    "the covariance of the forecast stands in the analysis too. c does the same to both memories; what can tell it which of "
    "the two it reads?": lambda M, K, b, a: _wired(M, K, EYE - K, b, b),
    "the covariances of forecast and analysis have changed places.": lambda M, K, b, a: _wired(M, K, EYE - K, a, b),
    "the diagonal of the factors goes in as it is. c returns its logarithm.": lambda M, K, b, a: _wired(
        M, K, EYE - K, np.array([*np.exp(b[:2]), b[2]]), np.array([*np.exp(a[:2]), a[2]])
    ),
    "b leaves the memory where it is, and a does all the work. The forecast has to move with M.": (
        lambda M, K, b, a: _wired(EYE, K @ EYE, (EYE - K) @ M, b, a)
    ),
}
