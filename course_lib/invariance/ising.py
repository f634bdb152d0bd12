"""The Ising model on a periodic square lattice, sampled by clusters, and its exact energy.

Flipping one spin at a time becomes hopelessly slow near the critical point. Swendsen and Wang flip whole clusters instead, so
that some dozens of steps suffice on 256 × 256 spins. Coupling and Boltzmann's constant are 1.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import ellipkm1

from course_lib.basics.arguments import positive_number, whole_number

#: Onsager's critical temperature: below it the spins agree on a direction.
CRITICAL_TEMPERATURE = 2 / np.log1p(np.sqrt(2))


def cluster_step(spins: np.ndarray, temperature: float, rng: np.random.Generator) -> np.ndarray:
    """One step of Swendsen and Wang: bonds between equal neighbours, then one new spin for each cluster.

    Parameters
    ----------
    spins : +1 and -1, shape (N, N).
    temperature : in units of the coupling.
    rng : random numbers.

    Returns
    -------
    array of the same shape; the distribution of Boltzmann is left as it is.

    Equation: eq-few-swendsen-wang
    """
    site, probability = np.arange(spins.size).reshape(spins.shape), -np.expm1(-2 / temperature)
    ends = []
    for axis in (0, 1):
        bond = (spins == np.roll(spins, -1, axis)) & (rng.random(spins.shape) < probability)
        ends.append((site[bond], np.roll(site, -1, axis)[bond]))
    first, second = (np.concatenate(end) for end in zip(*ends, strict=True))
    graph = coo_array((np.ones(first.size, dtype=np.int8), (first, second)), shape=(spins.size, spins.size))
    count, cluster = connected_components(graph, directed=False)
    return rng.choice([-1, 1], size=count)[cluster].reshape(spins.shape)


def ising(size: int, temperature: float, rng: np.random.Generator, steps: int = 60) -> np.ndarray:
    """Spins of the Ising model in equilibrium, started from random ones.

    Parameters
    ----------
    size : spins along a side.
    temperature : in units of the coupling; see :data:`CRITICAL_TEMPERATURE`.
    rng : random numbers.
    steps : cluster steps.

    Returns
    -------
    array of +1 and -1, shape (size, size).

    Raises
    ------
    ValueError
        If a number is not positive, or not whole where it must be.
    """
    whole_number("size", size, least=2)
    positive_number("temperature", temperature)
    spins = rng.choice([-1, 1], size=(size, size))
    for _ in range(whole_number("steps", steps, least=0)):
        spins = cluster_step(spins, temperature, rng)
    return spins


def energy_per_spin(spins: np.ndarray) -> float:
    """Energy of a configuration, divided by the number of spins; every pair of neighbours counts once.

    Parameters
    ----------
    spins : +1 and -1, shape (N, N).

    Equation: eq-few-ising-energy
    """
    return float(-np.mean(spins * np.roll(spins, 1, axis=0) + spins * np.roll(spins, 1, axis=1)))


def onsager_energy(temperature: float) -> float:
    """Onsager's exact energy per spin of the infinite lattice.

    Parameters
    ----------
    temperature : in units of the coupling.

    Raises
    ------
    ValueError
        If `temperature` is not a positive number.

    Equation: eq-few-onsager-energy
    """
    beta = 1 / positive_number("temperature", temperature)
    complementary = 2 * np.tanh(2 * beta) ** 2 - 1  # zero at the critical point, where the integral diverges slowly
    integral = ellipkm1(max(complementary**2, np.finfo(float).tiny))
    return float(-(1 + 2 / np.pi * complementary * integral) / np.tanh(2 * beta))
