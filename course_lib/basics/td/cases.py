"""Random cases for the exercise sheet of this part: small, readable numbers, none of them zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course_lib.basics.mixture import Mixture
from course_lib.teaching.properties import numbers


def covariance(rng: np.random.Generator, d: int) -> np.ndarray:
    """A covariance, shape (d, d), that is far from singular."""
    root = 0.5 * numbers(rng, d, d)
    return root @ root.T + 0.5 * np.eye(d)


def observation(rng: np.random.Generator, n: int = 3, k: int = 2) -> dict[str, np.ndarray]:
    """The arguments mu, K, L, m, Sigma of a pair v ~ N(mu, K), u | v ~ N(L v + m, Sigma)."""
    return {
        "mu": numbers(rng, n),
        "K": covariance(rng, n),
        "L": numbers(rng, k, n),
        "m": numbers(rng, k),
        "Sigma": covariance(rng, k),
    }


def mixture(rng: np.random.Generator, K: int = 3, d: int = 2) -> Mixture:
    """A mixture whose weights differ and whose components overlap."""
    weights = rng.permutation([1, 3, 6, 4, 2][:K]) / sum([1, 3, 6, 4, 2][:K])
    return Mixture(weights, numbers(rng, K, d), np.stack([covariance(rng, d) for _ in range(K)]))


def shares(rng: np.random.Generator, N: int = 9, K: int = 3) -> np.ndarray:
    """Rows of probabilities, shape (N, K), in hundredths; the components take turns at having the largest."""
    counts = rng.multinomial(44, np.full(K, 1 / K), N)
    counts[np.arange(N), np.arange(N) % K] += 56
    return counts / 100


@dataclass(frozen=True)
class Polynomial:
    """A function of a number or an array; coefficients from the constant upwards.

    >>> Polynomial((0.0, 1.0, -0.5))
    x ↦ x - 0.5 x^2
    >>> float(Polynomial((0.0, 1.0, -0.5))(2.0))
    0.0
    """

    coefficients: tuple[float, ...]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return np.polynomial.polynomial.polyval(np.asarray(x, dtype=float), self.coefficients)

    def __repr__(self) -> str:
        powers = ["", "x", *(f"x^{power}" for power in range(2, len(self.coefficients)))]
        terms = [
            f"{'-' if c < 0 else '+'} {f'{abs(c):g}' if abs(c) != 1 or not power else ''} {power}"
            for c, power in zip(self.coefficients, powers, strict=True)
            if c
        ]
        sum_of_terms = " ".join(" ".join(terms).split())
        return f"x ↦ {sum_of_terms}".replace("↦ + ", "↦ ").replace("↦ - ", "↦ -")


def hill(rng: np.random.Generator) -> Polynomial:
    """A polynomial of degree four that falls to −∞ on both sides."""
    constant, slope, bend, skew = numbers(rng, 4)
    return Polynomial((float(constant), float(slope), float(bend), float(skew / 4), -float(rng.integers(1, 5)) / 4))
