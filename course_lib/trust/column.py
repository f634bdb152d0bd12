"""The physics of one column of air: radiation, mixing, condensation and rain, written as fluxes so that budgets close.

Five layers from the surface up. Inputs and outputs are those that a network would have to learn in place of this physics:
x = (q_1 … q_5, T_1 … T_5, T_s, S, H, E) and y = (dq_1 … dq_5, dT_1 … dT_5, r_1 … r_5, F_top, F_sfc, P).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array

GRAVITY, HEAT_CAPACITY, LATENT_HEAT, STEFAN_BOLTZMANN = 9.81, 1004.0, 2.5e6, 5.67e-8  # SI units
DAY = 86400.0  # seconds
#: Pressure at the layers' borders, from the surface up, in hPa, and in their middles.
BORDERS = np.array([1000.0, 940.0, 820.0, 620.0, 380.0, 60.0])
MIDDLES = (BORDERS[:-1] + BORDERS[1:]) / 2
LAYERS = len(MIDDLES)
#: Mass of air above a square metre, kg/m², and height of the middle, m, in an atmosphere of scale height 7.5 km.
MASS = 100 * (BORDERS[:-1] - BORDERS[1:]) / GRAVITY
HEIGHT = 7500 * np.log(1000 / MIDDLES)

_LEVELS = range(1, LAYERS + 1)
INPUTS = (*(f"q{k}" for k in _LEVELS), *(f"T{k}" for k in _LEVELS), "Ts", "S", "H", "E")
OUTPUTS = (
    *(f"dq{k}" for k in _LEVELS),
    *(f"dT{k}" for k in _LEVELS),
    *(f"r{k}" for k in _LEVELS),
    "F_top",
    "F_sfc",
    "P",
)
BUDGETS = ("water", "enthalpy", "radiation")

DRY_DEPTH, VAPOUR_DEPTH, SOLAR_DEPTH = 1.2e-4, 0.1, 0.012  # optical depth per kg/m² of dry air, and of vapour
SLOW_MIXING, FAST_MIXING, INSTABILITY = 0.002, 0.08, 4000.0  # kg/m²/s, kg/m²/s, J/kg
CONDENSATION_TIME, EVAPORATION_TIME = 3600.0, 10 * DAY  # s


def column_physics(x: ArrayLike) -> np.ndarray:
    """What radiation, surface fluxes, mixing and rain do to columns of air: the outputs y for the inputs x.

    Parameters
    ----------
    x : humidities q (5 layers, g/kg), temperatures T (5, K), temperature T_s of the surface (K), solar radiation S that the
        planet keeps (W/m²), sensible heat H (W/m²) and evaporation E (mm/day) from the surface; shape (..., 14).

    Returns
    -------
    y : moistening dq (5, g/kg/day), warming dT (5, K/day), its part r from radiation (5, K/day), infrared radiation F_top
        to space and net radiation F_sfc into the surface (W/m²), rain P (mm/day); shape (..., 18).

    Raises
    ------
    ValueError
        If `x` has another shape or is not finite.

    Equations: eq-column-water, eq-column-enthalpy, eq-column-radiation
    """
    x = finite_array("x", x, (..., len(INPUTS)))
    q, T = x[..., :LAYERS] / 1000, x[..., LAYERS : 2 * LAYERS]
    surface, solar, sensible, evaporation = np.moveaxis(x[..., 2 * LAYERS :], -1, 0)
    radiative, to_space, to_surface = radiation(q, T, surface, solar)  # W/m²
    vapour_flux, heat_flux = mixing(q, T)
    vapour, heat = _convergence(vapour_flux), _convergence(heat_flux)  # kg/m²/s, W/m²
    vapour[..., 0] += evaporation / DAY
    heat[..., 0] += sensible
    condensed, rain = condensation(q, T)  # kg/m²/s
    moistening = 1000 * DAY * (vapour - condensed) / MASS
    warming = DAY * (heat + radiative + LATENT_HEAT * condensed) / (MASS * HEAT_CAPACITY)
    by_radiation = DAY * radiative / (MASS * HEAT_CAPACITY)
    others = np.stack([to_space, to_surface, DAY * rain], axis=-1)
    return np.concatenate([moistening, warming, by_radiation, others], axis=-1)


def saturation(T: np.ndarray) -> np.ndarray:
    """Specific humidity of saturated air in each layer, kg/kg, after Bolton (1980); T in K, shape (..., 5)."""
    pressure = saturation_pressure(T)
    return 0.622 * pressure / (MIDDLES - 0.378 * pressure)


def saturation_pressure(T: np.ndarray) -> np.ndarray:
    """Pressure of saturated vapour over water in hPa, after Bolton (1980); T in K, any shape."""
    celsius = T - 273.15
    return 6.112 * np.exp(17.67 * celsius / (celsius + 243.5))


def radiation(
    q: np.ndarray, T: np.ndarray, surface: np.ndarray, solar: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heating of each layer by radiation, radiation to space and net radiation into the surface, all in W/m².

    Grey in the infrared: a layer lets the share exp(-depth) through and emits the rest of a black body's radiation.

    Parameters
    ----------
    q, T : humidity, kg/kg, and temperature, K, of the layers; shape (..., 5).
    surface, solar : temperature of the surface, K, and solar radiation that the planet keeps, W/m²; shape (...).
    """
    through = np.exp(-MASS * (DRY_DEPTH + VAPOUR_DEPTH * q))
    emitted = (1 - through) * STEFAN_BOLTZMANN * T**4
    up, down, sun = [STEFAN_BOLTZMANN * surface**4], [np.zeros_like(solar)], [solar]
    for k in range(LAYERS):
        up.append(up[-1] * through[..., k] + emitted[..., k])
    for k in reversed(range(LAYERS)):
        down.append(down[-1] * through[..., k] + emitted[..., k])
        sun.append(sun[-1] * np.exp(-SOLAR_DEPTH * MASS[k] * q[..., k]))
    net_up = np.stack(up, axis=-1) - np.stack(down[::-1], axis=-1) - np.stack(sun[::-1], axis=-1)  # at each border
    return net_up[..., :-1] - net_up[..., 1:], up[-1], -net_up[..., 0]


def mixing(q: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Upward fluxes of vapour, kg/m²/s, and heat, W/m², between neighbouring layers, shape (..., 4).

    Neighbours always exchange some air, and much more of it where air from below would be lighter than its surroundings above
    once it is saturated: where its moist static energy exceeds the saturated one above.

    Parameters
    ----------
    q, T : humidity, kg/kg, and temperature, K, of the layers; shape (..., 5).
    """
    dry = HEAT_CAPACITY * T + GRAVITY * HEIGHT
    moist, saturated = dry + LATENT_HEAT * q, dry + LATENT_HEAT * saturation(T)
    surplus = np.maximum(moist[..., :-1] - saturated[..., 1:], 0)
    exchange = SLOW_MIXING + FAST_MIXING * np.tanh(surplus / INSTABILITY)
    return exchange * (q[..., :-1] - q[..., 1:]), exchange * (dry[..., :-1] - dry[..., 1:])


def condensation(q: np.ndarray, T: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Condensation in each layer, less the rain that evaporates there, shape (..., 5), and rain at the surface, in kg/m²/s.

    Drizzle may evaporate entirely on its way: then the rain is exactly zero.

    Parameters
    ----------
    q, T : humidity, kg/kg, and temperature, K, of the layers; shape (..., 5).
    """
    limit = saturation(T)
    excess = MASS * np.maximum(q - limit, 0) / CONDENSATION_TIME
    thirst = MASS * np.maximum(limit - q, 0) / EVAPORATION_TIME
    condensed, rain = np.empty_like(q), np.zeros(q.shape[:-1])
    for k in reversed(range(LAYERS)):
        evaporated = np.minimum(rain, thirst[..., k])
        condensed[..., k] = excess[..., k] - evaporated
        rain = rain + condensed[..., k]
    return condensed, rain


def _convergence(flux: np.ndarray) -> np.ndarray:
    """What each layer gains from upward fluxes at its inner borders; none pass through the lowest and the highest border."""
    closed = np.pad(flux, [(0, 0)] * (flux.ndim - 1) + [(1, 1)])
    return closed[..., :-1] - closed[..., 1:]


def budget_matrix() -> np.ndarray:
    """The matrix C of the column's three budgets, C [x; y] = 0, each row in W/m²; shape (3, 32).

    Rows: water (times its latent heat), enthalpy, radiation. Columns: the inputs and outputs in the units of `column_physics`.

    Equations: eq-column-water, eq-column-enthalpy, eq-column-radiation
    """
    C = np.zeros((len(BUDGETS), len(INPUTS) + len(OUTPUTS)))
    column = {name: index for index, name in enumerate(INPUTS + OUTPUTS)}
    per_mm = LATENT_HEAT / DAY  # 1 mm of water is 1 kg/m²
    layers = {name: [column[f"{name}{k}"] for k in _LEVELS] for name in ("dq", "dT", "r")}
    C[0, layers["dq"]] = per_mm * MASS / 1000
    C[0, [column["P"], column["E"]]] = per_mm, -per_mm
    C[1, layers["dq"]] = per_mm * MASS / 1000
    C[1, layers["dT"]] = HEAT_CAPACITY * MASS / DAY
    C[1, [column["H"], column["E"]]] = -1, -per_mm
    C[2, layers["r"]] = HEAT_CAPACITY * MASS / DAY
    for row in (1, 2):
        C[row, [column["F_top"], column["F_sfc"], column["S"]]] = 1, 1, -1
    return C
