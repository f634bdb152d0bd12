"""A lake with a budget of water and one of heat: states in which both close, computed step by step in SI units."""

from __future__ import annotations

import numpy as np

INPUTS = ("Q_in", "R", "S")
OUTPUTS = ("dh", "Q_out", "E", "dT", "B")
NAMES = INPUTS + OUTPUTS
DENSITY, HEAT_CAPACITY, LATENT_HEAT, DAY = 1000.0, 4180.0, 2.5e6, 86400.0  # kg/m³, J/kg/K, J/kg, s


def flow(millimetres_a_day: float, area: float) -> float:
    """A layer of water that comes or goes every day, all over a lake of `area` km², as a flow in m³/s."""
    return millimetres_a_day / 1000 * (area * 1e6) / DAY


def vapour_heat(millimetres_a_day: float) -> float:
    """The heat that evaporation takes, W/m²."""
    return millimetres_a_day / 1000 * DENSITY * LATENT_HEAT / DAY


def stored_heat(kelvins_a_day: float, depth: float) -> float:
    """The heat that warms a lake of `depth` m, W/m²."""
    return kelvins_a_day * DENSITY * depth * HEAT_CAPACITY / DAY


def lake_states(area: float, depth: float, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """States of a lake: inputs x, shape (size, 3), and outputs y, shape (size, 5), in the units of the exercise.

    Parameters
    ----------
    area, depth : km² and m.
    size : number of states.
    rng : source of the weather.
    """
    rain, sun, evaporation = rng.gamma(0.5, 6, size), rng.uniform(80, 300, size), rng.gamma(4, 0.8, size)
    inflow = flow(3, area) * rng.gamma(4, 0.25, size)
    outflow = flow(3, area) * rng.gamma(9, 1 / 9, size)
    rise = rain - evaporation + (inflow - outflow) / flow(1, area)
    back = rng.normal(90, 30, size)
    warming = (sun - back - vapour_heat(evaporation)) / stored_heat(1, depth)
    return np.column_stack([inflow, rain, sun]), np.column_stack([rise, outflow, evaporation, warming, back])


def law_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Two equations that the states obey, found in the states themselves, shape (2, 8): sums of the budgets, in no unit."""
    states = np.concatenate([x, y], axis=1)
    scale = states.std(axis=0)
    return np.linalg.svd(states / scale)[2][-2:] / scale
