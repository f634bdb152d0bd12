import numpy as np
import pytest

from course_lib.trust import column
from course_lib.trust.column import (
    BORDERS,
    BUDGETS,
    INPUTS,
    LAYERS,
    MASS,
    OUTPUTS,
    budget_matrix,
    column_physics,
    condensation,
    mixing,
    radiation,
    saturation,
    saturation_pressure,
)

SIGMA = 5.67e-8


def states(seed, count=50):
    """Columns of every kind, dry, moist and supersaturated, stable and not."""
    rng = np.random.default_rng(seed)
    T = np.array([290, 286, 276, 258, 215]) + rng.normal(scale=6, size=(count, LAYERS))
    q = 1000 * saturation(T) * rng.uniform(0.05, 1.2, size=(count, LAYERS))
    surface = T[:, 0] + rng.normal(size=count)
    return np.column_stack([q, T, surface, rng.uniform(0, 1000, count), rng.normal(0, 30, count), rng.normal(2, 3, count)])


@pytest.mark.parametrize("seed", range(3))
def test_water_energy_and_radiation_balance_to_round_off(seed):
    x = states(seed)
    y = column_physics(x)
    solar, sensible, evaporation = x[:, 11:].T
    moistening, warming, by_radiation = y[:, :5], y[:, 5:10], y[:, 10:15]
    space, ground, rain = y[:, 15:].T
    assert rain.min() == 0
    assert rain.max() > 1
    water = moistening @ MASS / 1000  # kg/m²/day, the same as mm/day
    np.testing.assert_allclose(water, evaporation - rain, atol=1e-11)
    heating = warming @ MASS * 1004 / 86400  # W/m²
    latent = 2.5e6 / 86400 * water
    np.testing.assert_allclose(heating + latent, solar - space - ground + sensible + 2.5e6 / 86400 * evaporation, atol=1e-9)
    np.testing.assert_allclose(by_radiation @ MASS * 1004 / 86400, solar - space - ground, atol=1e-9)


def test_budget_matrix_closes_the_budgets_and_says_nothing_of_the_state():
    x = states(5)
    z = np.concatenate([x, column_physics(x)], axis=1)
    C = budget_matrix()
    assert C.shape == (len(BUDGETS), len(INPUTS) + len(OUTPUTS))
    np.testing.assert_allclose(z @ C.T, 0, atol=1e-9)
    assert not C[:, :11].any()  # q, T and T_s: only fluxes enter
    assert np.linalg.matrix_rank(C[:, 14:]) == 3


def test_mass_is_that_of_the_pressure():
    assert MASS.sum() * 9.81 == pytest.approx(100 * (BORDERS[0] - BORDERS[-1]))


def test_saturation_follows_the_tables():
    # Vapour pressure over water, hPa (Smithsonian tables): Bolton's formula is good to 0.3 % from -35 to 35 °C.
    for celsius, hectopascal in {-20: 1.254, 0: 6.112, 10: 12.27, 20: 23.37, 30: 42.43}.items():
        assert saturation_pressure(np.array(celsius + 273.15)) == pytest.approx(hectopascal, rel=3e-3)
    assert 1000 * saturation(np.full(5, 293.15))[0] == pytest.approx(15.2, rel=0.01)  # 20 °C at 970 hPa


def test_radiation_of_an_isothermal_column_is_that_of_a_black_body():
    q, T = np.full((1, 5), 5e-3), np.full((1, 5), 280.0)
    heating, to_space, to_surface = radiation(q, T, np.array([280.0]), np.array([0.0]))
    assert to_space == pytest.approx(SIGMA * 280**4)
    assert heating.sum() == pytest.approx(-to_space - to_surface)
    # The air is not opaque: downward it emits less than a black body, by what it would let through.
    assert -to_surface == pytest.approx(SIGMA * 280**4 * np.exp(-(1.2e-4 + 0.1 * 5e-3) * MASS.sum()))


def test_thick_air_hides_the_surface_and_clear_air_shows_it(monkeypatch):
    q, T, surface, dark = np.zeros((1, 5)), np.linspace(290, 220, 5)[None], np.array([300.0]), np.array([0.0])
    monkeypatch.setattr(column, "DRY_DEPTH", 1.0)
    _, to_space, to_surface = radiation(q, T, surface, dark)
    assert to_space == pytest.approx(SIGMA * 220**4)
    assert to_surface == pytest.approx(SIGMA * (290**4 - 300**4))
    monkeypatch.setattr(column, "DRY_DEPTH", 0.0)
    heating, to_space, to_surface = radiation(q, T, surface, dark)
    assert to_space == pytest.approx(SIGMA * 300**4)
    assert -to_surface == pytest.approx(to_space)
    assert heating == pytest.approx(np.zeros((1, 5)), abs=1e-12)


def test_the_sun_is_absorbed_by_vapour_as_beer_and_lambert_say():
    q, T, surface = np.full((1, 5), 4e-3), np.full((1, 5), 270.0), np.array([280.0])
    night, day = (radiation(q, T, surface, np.array([solar])) for solar in (0.0, 800.0))
    water = 4e-3 * MASS.sum()
    assert day[2] - night[2] == pytest.approx(800 * np.exp(-0.012 * water))
    assert (day[0] - night[0]).sum() == pytest.approx(800 * (1 - np.exp(-0.012 * water)))
    assert day[1] == night[1]


def test_air_that_is_mixed_already_is_left_alone():
    T = (300_000 - 9.81 * column.HEIGHT) / 1004  # uniform dry static energy
    vapour, heat = mixing(np.full((1, 5), 1e-3), T[None])
    np.testing.assert_allclose(vapour, 0, atol=1e-18)
    np.testing.assert_allclose(heat, 0, atol=1e-9)


def test_mixing_carries_vapour_up_and_much_more_of_it_when_unstable():
    T = np.array([[290.0, 284, 274, 256, 216]])
    dry, moist = 0.3 * saturation(T), saturation(T)
    assert (mixing(moist, T)[0] > 0).all()
    gradient_dry, gradient_moist = -np.diff(dry), -np.diff(moist)
    exchange = mixing(moist, T)[0] / gradient_moist
    np.testing.assert_allclose(mixing(dry, T)[0] / gradient_dry, column.SLOW_MIXING)
    assert exchange[0, 0] > 5 * column.SLOW_MIXING


def test_flux_between_two_layers_depends_on_these_alone():
    T = np.array([[290.0, 284, 274, 256, 216]])
    warmer = T + np.array([20.0, 0, 0, 0, 0])
    for before, after in zip(mixing(saturation(T), T), mixing(saturation(warmer), warmer), strict=True):
        np.testing.assert_array_equal(after[0, 1:], before[0, 1:])
        assert after[0, 0] > 2 * before[0, 0]


def test_condensation_takes_the_excess_and_rain_is_what_is_left_of_it():
    T = np.array([[290.0, 287, 280, 262, 220]])
    limit = saturation(T)
    for humidity in (0.5, 0.99):
        condensed, rain = condensation(humidity * limit, T)
        assert rain == 0
        np.testing.assert_array_equal(condensed, 0)
    condensed, rain = condensation(1.1 * limit, T)
    np.testing.assert_allclose(condensed, 0.1 * limit * MASS / 3600)
    assert rain == pytest.approx(condensed.sum())
    q = limit * [0.2, 0.2, 0.2, 1.001, 0.9]
    condensed, rain = condensation(q, T)
    assert rain == 0  # the drizzle of the fourth layer evaporates in the dry air below
    assert condensed[0, 3] == pytest.approx(-condensed[0, 2])
    assert condensed.sum() == pytest.approx(0, abs=1e-18)


def test_columns_are_treated_one_by_one():
    x = states(7, 6)
    y = column_physics(x.reshape(2, 3, 14))
    assert y.shape == (2, 3, 18)
    for i, j in np.ndindex(2, 3):
        np.testing.assert_array_equal(column_physics(x.reshape(2, 3, 14)[i, j]), y[i, j])


def test_bad_inputs_are_refused():
    with pytest.raises(ValueError, match=r"^x: expected shape \(\.\.\., 14\), got \(13,\)"):
        column_physics(np.ones(13))
    with pytest.raises(ValueError, match=r"^x: expected finite"):
        column_physics(np.full(14, np.nan))
