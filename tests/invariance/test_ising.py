import itertools

import numpy as np
import pytest
from scipy.integrate import quad

from course_lib.invariance.ising import CRITICAL_TEMPERATURE, cluster_step, energy_per_spin, ising, onsager_energy


def free_energy(beta):
    """Onsager's -βf of the infinite lattice: a double integral, done once by hand."""
    c, s = np.cosh(2 * beta), np.sinh(2 * beta)

    def integrand(phi):
        a = c * c - s * np.cos(phi)
        return np.log(a + np.sqrt(a * a - s * s))

    return np.log(2) / 2 + quad(integrand, 0, np.pi, epsabs=1e-13, epsrel=1e-13)[0] / (2 * np.pi)


@pytest.mark.parametrize("temperature", [1.5, 2.0, 2.6, 4.0])
def test_exact_energy_is_the_derivative_of_the_exact_free_energy(temperature):
    beta, h = 1 / temperature, 1e-4
    slope = (free_energy(beta - h) - free_energy(beta + h)) / (2 * h)
    assert onsager_energy(temperature) == pytest.approx(slope, abs=1e-6)


def test_exact_energy_at_the_critical_point_and_its_limits():
    assert onsager_energy(CRITICAL_TEMPERATURE) == pytest.approx(-np.sqrt(2), abs=1e-6)
    assert onsager_energy(0.2) == pytest.approx(-2, abs=1e-8)
    assert onsager_energy(1e4) == pytest.approx(-2e-4, rel=1e-3)


def chain_energy(size, temperature, steps, seed):
    """Mean energy per spin over cluster steps that follow one another, once equilibrium is reached."""
    rng = np.random.default_rng(seed)
    spins, energies = ising(size, temperature, rng), []
    for _ in range(steps):
        spins = cluster_step(spins, temperature, rng)
        energies.append(energy_per_spin(spins))
    return np.mean(energies)


@pytest.mark.parametrize("temperature", [2.0, 2.5, 3.5])
def test_sampled_energy_off_criticality_is_onsagers(temperature):
    # a state varies by 0.014 to 0.02 at these temperatures, and is forgotten after one to three steps
    assert chain_energy(128, temperature, 400, seed=0) == pytest.approx(onsager_energy(temperature), abs=0.006)


def kaufman_energy(size, beta, h=1e-5):
    """Exact energy per spin of the periodic size × size lattice (Kaufman 1949), by a difference quotient of log Z."""

    def log_z(b):
        r = np.arange(2 * size)
        c = np.cosh(2 * b) / np.tanh(2 * b) - np.cos(np.pi * r / size)
        gamma = np.arccosh(np.maximum(c, 1))
        gamma[0] = 2 * b + np.log(np.tanh(b))
        odd, even = gamma[1::2] * size / 2, gamma[::2] * size / 2

        def log_sum(x, sign):
            return np.sum(np.abs(x) + np.log1p(sign * np.exp(-2 * np.abs(x))))

        terms = np.array([log_sum(odd, 1), log_sum(odd, -1), log_sum(even, 1), log_sum(even, -1)])
        signs = np.array([1, 1, 1, np.sign(gamma[0])])  # the last product is positive below the critical temperature
        return size * size / 2 * np.log(2 * np.sinh(2 * b)) + terms.max() + np.log(signs @ np.exp(terms - terms.max()))

    return (log_z(beta - h) - log_z(beta + h)) / (2 * h * size * size)


def boltzmann_mean_energy(size, beta):
    """Exact mean energy per spin of a tiny lattice: the sum over all configurations."""
    grids = [np.array(s).reshape(size, size) for s in itertools.product([-1, 1], repeat=size * size)]
    energy = np.array([energy_per_spin(g) for g in grids])
    weight = np.exp(-beta * size * size * (energy - energy.min()))
    return np.sum(weight * energy) / weight.sum()


def test_the_exact_finite_formula_used_here_agrees_with_enumeration():
    for beta in (0.3, 0.5):
        assert kaufman_energy(3, beta) == pytest.approx(boltzmann_mean_energy(3, beta), abs=1e-6)


def test_sampled_energy_at_the_critical_point_is_that_of_the_finite_lattice():
    # a state varies by 0.053 and is forgotten after some five steps: 0.0035 for the mean of 2500
    exact = kaufman_energy(64, 1 / CRITICAL_TEMPERATURE)
    assert exact < onsager_energy(CRITICAL_TEMPERATURE) - 0.005
    assert chain_energy(64, CRITICAL_TEMPERATURE, 2500, seed=1) == pytest.approx(exact, abs=0.011)


def test_cluster_steps_leave_boltzmanns_distribution_of_a_tiny_lattice():
    assert chain_energy(3, 2.5, 2000, seed=2) == pytest.approx(boltzmann_mean_energy(3, 0.4), abs=0.05)


def test_clusters_grow_with_falling_temperature():
    rng = np.random.default_rng(0)
    up = np.ones((32, 32), dtype=int)
    assert abs(cluster_step(up, 0.1, rng).sum()) == 32 * 32  # every bond holds: one cluster
    assert abs(cluster_step(up, 1e4, rng).mean()) < 0.2  # none does


def test_energy_of_known_configurations():
    assert energy_per_spin(np.ones((4, 4))) == -2
    assert energy_per_spin(np.indices((4, 4)).sum(axis=0) % 2 * 2 - 1) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: ising(1, 2.0, rng), "size: expected a whole number"),
        (lambda rng: ising(8, 0.0, rng), "temperature: expected a positive number"),
        (lambda rng: ising(8, 2.0, rng, steps=-1), "steps: expected a whole number"),
        (lambda rng: onsager_energy(-1), "temperature: expected a positive number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
