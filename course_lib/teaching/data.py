"""Real data that installed packages carry, as plain arrays: nothing is fetched when a chapter runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits
from statsmodels.datasets import co2, elnino, engel, nile, sunspots


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


class Households(NamedTuple):
    """What households had and what they spent on food in a year, both in Belgian francs, shapes (n,)."""

    income: np.ndarray
    food: np.ndarray


def food_expenditure() -> Households:
    """Yearly income and food expenditure of 235 Belgian working-class households, in francs, from Engel's study of 1857.

    Source: Koenker and Bassett, Econometrica 50 (1982), as shipped by statsmodels.
    """
    frame = engel.load_pandas().data
    return Households(frame["income"].to_numpy(float), frame["foodexp"].to_numpy(float))


class Digits(NamedTuple):
    """Images of digits, shape (n, 8, 8), ink from 0 to 1, and the digit that each shows, shape (n,)."""

    image: np.ndarray
    digit: np.ndarray


def handwritten_digits() -> Digits:
    """Images of 1797 handwritten digits, 8 × 8 pixels, in the order of the source.

    Source: Alpaydin and Kaynak, UCI machine learning repository (1998), its test set, as shipped by scikit-learn.
    """
    bunch = load_digits()
    return Digits(bunch.images / 16, bunch.target)


def nile_discharge() -> Series:
    """Yearly discharge of the Nile at Aswan, 1871 to 1970, in 10⁸ m³.

    Source: Cobb, Biometrika 65 (1978), as shipped by statsmodels.
    """
    frame = nile.load_pandas().data
    return Series(frame["year"].to_numpy(float), frame["volume"].to_numpy(float))
