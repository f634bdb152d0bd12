"""Series that come with installed packages, held against what is published of them."""

import numpy as np
import pytest

from course_lib.teaching.data import (
    carbon_dioxide,
    food_expenditure,
    handwritten_digits,
    nile_discharge,
    peru_sea_temperature,
    sunspot_numbers,
)


@pytest.mark.parametrize("load", [carbon_dioxide, sunspot_numbers, peru_sea_temperature, nile_discharge])
def test_series_is_complete_and_in_order(load):
    year, value = load()
    assert year.shape == value.shape[:1]
    assert np.isfinite(value).all()
    assert (np.diff(year) > 0).all()


@pytest.mark.parametrize(("published_year", "ppm"), [(1960, 316.91), (1975, 331.13), (1990, 354.45), (2000, 369.71)])
def test_carbon_dioxide_has_the_published_yearly_means(published_year, ppm):
    # NOAA Global Monitoring Laboratory, annual means at Mauna Loa; the weekly record here has gaps and an older calibration.
    year, value = carbon_dioxide()
    assert value[(year >= published_year) & (year < published_year + 1)].mean() == pytest.approx(ppm, abs=0.5)


def test_carbon_dioxide_peaks_in_spring_and_dips_in_autumn():
    year, value = carbon_dioxide()
    wave = value - np.polyval(np.polyfit(year - 1980, value, 2), year - 1980)
    season = [wave[np.floor(12 * (year % 1)) == month].mean() for month in range(12)]
    assert np.argmax(season) == 4  # May
    assert np.argmin(season) in {8, 9}  # September, October


def test_sunspots_have_their_known_record_and_their_cycle():
    year, value = sunspot_numbers()
    assert (year == np.arange(1700, 2009)).all()
    assert year[value.argmax()] == 1957  # cycle 19, the strongest since counting began
    assert value.max() == pytest.approx(190.2)
    power = np.abs(np.fft.rfft(value - value.mean())) ** 2
    assert 1 / np.fft.rfftfreq(len(value))[power.argmax()] == pytest.approx(11, abs=0.5)


def test_sea_off_peru_has_its_season_and_its_great_el_ninos():
    year, value = peru_sea_temperature()
    assert value.shape == (61, 12)
    season = value.mean(axis=0)
    assert season.argmax() in {1, 2}  # February, March
    assert season.argmin() in {7, 8}  # August, September
    warmest = year[np.argsort((value - season).mean(axis=1))[-3:]]
    assert {1983, 1997, 1998} == set(warmest)  # 1982/83 and 1997/98, the strongest of the century


def test_digits_have_their_published_number_size_and_range():
    image, digit = handwritten_digits()
    assert image.shape == (1797, 8, 8)
    assert (image.min(), image.max()) == (0, 1)
    # Counts of the digits 0 to 9 in the data set's description.
    assert np.bincount(digit).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_look_like_themselves():
    image, digit = handwritten_digits()
    ink = np.array([image[digit == d].mean(axis=0) for d in range(10)])
    middle = ink[:, 3:5, 3:5].mean(axis=(1, 2))
    assert middle.argmin() == 0  # only a zero has a hole there
    assert ink.mean(axis=(1, 2)).argmin() in {1, 7}  # the digits with the least ink


def test_food_expenditure_has_the_published_regression_line():
    # R package quantreg, documentation of the data set `engel`: least squares gives 147.4754 + 0.4852 income.
    income, food = food_expenditure()
    assert len(income) == len(food) == 235
    np.testing.assert_allclose(np.polyfit(income, food, 1), [0.4852, 147.4754], atol=5e-5)
    assert (food < income).all()


def test_nile_has_its_published_length_and_level_before_and_after_1898():
    # Cobb, Biometrika 65 (1978): means of 1097.75 up to 1898 and of 849.97 after.
    year, value = nile_discharge()
    assert (year == np.arange(1871, 1971)).all()
    assert value[year <= 1898].mean() == pytest.approx(1097.75)
    assert value[year > 1898].mean() == pytest.approx(849.97, abs=0.005)
