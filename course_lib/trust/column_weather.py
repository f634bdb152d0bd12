"""Columns of air under changing weather: samples of inputs and outputs from which a network can learn the physics."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from course_lib.basics.arguments import whole_number
from course_lib.trust.column import (
    DAY,
    GRAVITY,
    HEAT_CAPACITY,
    HEIGHT,
    LAYERS,
    MASS,
    column_physics,
    saturation,
    saturation_pressure,
)

STEP, SPIN_UP_DAYS, EVERY = 1200.0, 10, 0.35  # s; days; days between samples, so that all hours come up
AIR_DENSITY, EXCHANGE = 1.2, 1.2e-3  # kg/m³; the drag coefficient of the bulk formulas for H and E


class Samples(NamedTuple):
    """Inputs x, shape (N, 14), and outputs y, shape (N, 18), in the units of `column_physics`."""

    x: np.ndarray
    y: np.ndarray


def weather_samples(columns: int, visits: int, rng: np.random.Generator, warming: float = 0.0) -> Samples:
    """Let columns of air live through random weather, and look at each of them several times.

    Each column has its own season: a surface temperature, wind, and the sun of its latitude. Lifting and sinking air warms,
    cools, moistens and dries it from outside. The first ten days are not looked at.

    Parameters
    ----------
    columns : number of columns, at least 1.
    visits : how often each is looked at, at least 1, every 0.35 days.
    rng : source of the weather.
    warming : by how many K all surfaces are warmer than in the usual climate.

    Returns
    -------
    Samples, N = columns × visits, those of one visit together.

    Raises
    ------
    ValueError
        If a number is not whole or is too small, or `warming` is not finite.
    """
    whole_number("columns", columns, least=1)
    whole_number("visits", visits, least=1)
    if not np.isfinite(warming):
        raise ValueError(f"warming: expected a finite number of kelvins, got {warming!r}")
    mean_surface = rng.uniform(288, 302, columns) + warming
    sun = rng.uniform(220, 340, columns)  # mean of a day, W/m²
    T = mean_surface[:, None] - 6.0e-3 * HEIGHT
    T = np.maximum(T, 205.0)
    q = 0.6 * saturation(T) * 1000
    weather = rng.normal(size=(3, columns))
    spin_up, every = round(SPIN_UP_DAYS * DAY / STEP), round(EVERY * DAY / STEP)
    start = rng.uniform(size=columns)  # local time
    seen = []
    for step in range(spin_up + (visits - 1) * every + 1):
        weather = _next_weather(weather, rng)
        x = _inputs(q, T, mean_surface, sun, weather, (start + step * STEP / DAY) % 1)
        y = column_physics(x)
        if step >= spin_up and (step - spin_up) % every == 0:
            seen.append((x, y))
        lifting_q, lifting_T = _lifting(q, T, weather[2])
        q = np.maximum(q + STEP / DAY * y[:, :LAYERS] + STEP * lifting_q, 1e-4)
        T = T + STEP / DAY * y[:, LAYERS : 2 * LAYERS] + STEP * lifting_T
    return Samples(*(np.concatenate(part) for part in zip(*seen, strict=True)))


def _next_weather(weather: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Surface anomaly, wind and lifting, each of mean 0 and variance 1, a step later; memory of one day."""
    kept = np.exp(-STEP / DAY)
    return kept * weather + np.sqrt(1 - kept**2) * rng.normal(size=weather.shape)


def _inputs(
    q: np.ndarray, T: np.ndarray, mean_surface: np.ndarray, sun: np.ndarray, weather: np.ndarray, hour: np.ndarray
) -> np.ndarray:
    surface = mean_surface + 1.5 * weather[0]
    wind = 6 * np.exp(0.4 * weather[1])  # m/s
    solar = np.pi * sun * np.maximum(np.sin(2 * np.pi * hour), 0)
    humidity = 0.622 * saturation_pressure(surface) / (1000 - 0.378 * saturation_pressure(surface))
    evaporation = DAY * AIR_DENSITY * EXCHANGE * wind * (0.98 * humidity - q[:, 0] / 1000)
    air = T[:, 0] + GRAVITY * HEIGHT[0] / HEAT_CAPACITY
    sensible = AIR_DENSITY * HEAT_CAPACITY * EXCHANGE * wind * (surface - air)
    return np.column_stack([q, T, surface, solar, sensible, evaporation])


def _lifting(q: np.ndarray, T: np.ndarray, strength: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Change per second of humidity and temperature by air that rises or sinks through the inner borders, at most 1 cm/s."""
    dry = T + GRAVITY * HEIGHT / HEAT_CAPACITY
    flux = 0.006 * np.tanh(strength)[:, None] * np.sqrt(MASS[:-1] * MASS[1:]) / np.diff(HEIGHT)  # kg/m²/s, upward if > 0
    return tuple(_upstream(flux, value) for value in (q, dry))


def _upstream(flux: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Advection in the form that leaves a constant as it is: air that enters a layer brings its value with it."""
    step = np.diff(value, axis=1)
    change = np.zeros_like(value)
    change[:, 1:] -= np.maximum(flux, 0) * step / MASS[1:]
    change[:, :-1] -= np.minimum(flux, 0) * step / MASS[:-1]
    return change
