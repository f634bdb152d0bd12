"""Real data that installed packages carry, as plain arrays: nothing is fetched when a chapter runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from statsmodels.datasets import co2, elnino, sunspots


class Series(NamedTuple):
    """A quantity observed in time: years, shape (n,), and values, one a year, shape (n,), or one a month, shape (n, 12)."""

    year: np.ndarray
    value: np.ndarray


def carbon_dioxide() -> Series:
    """Weekly mean concentration of CO₂ in the air at Mauna Loa, 1958 to 2001, in parts per million.

    Weeks without a measurement are left out.
    Source: Keeling, Whorf and others, Scripps Institution of Oceanography, as shipped by statsmodels.
    """
    frame = co2.load_pandas().data.dropna()
    days_in_year = np.where(frame.index.is_leap_year, 366, 365)
    return Series(np.asarray(frame.index.year + (frame.index.day_of_year - 0.5) / days_in_year), frame["co2"].to_numpy(float))


def sunspot_numbers() -> Series:
    """Yearly mean sunspot number, 1700 to 2008.

    Source: SIDC, Royal Observatory of Belgium, as shipped by statsmodels.
    """
    frame = sunspots.load_pandas().data
    return Series(frame["YEAR"].to_numpy(float), frame["SUNACTIVITY"].to_numpy(float))


def peru_sea_temperature() -> Series:
    """Monthly mean surface temperature of the sea off Peru and Ecuador (Niño 1+2), 1950 to 2010, in °C: one row a year.

    Source: NOAA, ERSST version 3b, as shipped by statsmodels.
    """
    frame = elnino.load_pandas().data
    return Series(frame["YEAR"].to_numpy(float), frame.drop(columns="YEAR").to_numpy(float))
