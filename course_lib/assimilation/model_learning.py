"""A nonlinear model is learned from noisy observations: weak-constraint 4D-Var and regression in turns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.assimilation.polynomial_model import polynomial_step, regress, step_derivatives
from course_lib.assimilation.weak_constraint import Linearised, Window, model_error_moments, most_probable, uncertainty
from course_lib.basics.arguments import finite_array, whole_number


class Turn(NamedTuple):
    """Where the alternation stands: coefficients (count, n), trajectory (T, n), and two estimates of σ_p.

    sigma_p counts the spread of the trajectory and is used in the next turn; sigma_p_point takes the trajectory for the truth.
    """

    coefficients: np.ndarray
    trajectory: np.ndarray
    sigma_p: float
    sigma_p_point: float


def polynomial(coefficients: np.ndarray, dt: float) -> Linearised:
    """The model with these coefficients in the form that weak-constraint 4D-Var asks for.

    Equation: eq-polynomial-tendency
    """
    return lambda x: step_derivatives(coefficients, x, dt, by_coefficients=False)[:2]


def learn(
    window: Window, first_guess: ArrayLike, coefficients: ArrayLike, dt: float, turns: int, free: ArrayLike | None = None
) -> list[Turn]:
    """Assimilate and regress in turns.

    Parameters
    ----------
    window : the observations.
    first_guess : of the trajectory, shape (T, n).
    coefficients : values of those that are not learned; the others are regressed on the first guess to begin with.
    dt : time between observations.
    turns : number of turns, at least 0.
    free : which coefficients are learned, booleans; all by default.

    Returns
    -------
    turns + 1 entries, the regression on the first guess at first.

    Equations: eq-trajectory-cost, eq-coefficient-regression, eq-total-variance
    """
    x = finite_array("first_guess", first_guess, (None, None))
    A = regress(coefficients, x, dt, free, steps=10)
    sigma_p = float(np.sqrt(np.mean((x[1:] - polynomial_step(A, x[:-1], dt)) ** 2)))
    path = [Turn(A, x, sigma_p, sigma_p)]
    for _ in range(whole_number("turns", turns, least=0)):
        model = polynomial(A, dt)
        x = most_probable(model, x, window, sigma_p, steps=3)
        spread = uncertainty(model, x, window, sigma_p)
        A = regress(A, x, dt, free, steps=2)
        point, variance = model_error_moments(polynomial(A, dt), spread)
        sigma_p = float(np.sqrt(point + variance))
        path.append(Turn(A, x, sigma_p, float(np.sqrt(point))))
    return path


def forecast_error(coefficients: ArrayLike, truth: ArrayLike, dt: float, leads: int) -> np.ndarray:
    """Root mean square over starts of the distance between forecasts and a true trajectory, one for each lead 1, …, leads.

    Parameters
    ----------
    coefficients : of the learned model.
    truth : trajectories, shape (B, T, n) with T > leads; forecasts start from the first state of each.
    dt : time between states.
    leads : number of forecast steps.

    Returns
    -------
    Array of shape (leads,); infinity from where a forecast has left the range of numbers.

    Equation: eq-forecast-error
    """
    truth = finite_array("truth", truth, (None, None, None))
    x, errors = truth[:, 0], np.full(whole_number("leads", leads, least=1), np.inf)
    if truth.shape[1] <= leads:
        raise ValueError(f"truth: {leads} leads need at least {leads + 1} times, got {truth.shape[1]}")
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(leads):
            x = polynomial_step(coefficients, x, dt)
            if not np.isfinite(x).all():
                break
            errors[k] = np.sqrt(np.mean(np.sum((x - truth[:, k + 1]) ** 2, axis=-1)))
    return errors
