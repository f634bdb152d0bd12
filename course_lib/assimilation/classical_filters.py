"""The classical filters of the table on Lorenz-95, and how each is tuned: on sequences of its own, never on the test's.

Each filter starts from the climate; the first cycles do not count.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from course_lib.assimilation import lorenz95
from course_lib.assimilation.ensemble_updates import etkf_update, perturbed_update
from course_lib.assimilation.ensembles import Update, draw_ensemble, ensemble_filter
from course_lib.assimilation.estimates import Estimates, score
from course_lib.assimilation.extended_kalman import extended_kalman_filter
from course_lib.assimilation.local_ensembles import letkf
from course_lib.assimilation.localization import localized_covariance, ring_taper
from course_lib.assimilation.scores import rmse
from course_lib.assimilation.static import optimal_interpolation, second_moment, tuned_background
from course_lib.assimilation.systems import Experiment
from course_lib.basics.gaussians import Gaussian

TUNING_SEED, TUNING_SEQUENCES, TUNING_CYCLES = 7, 8, 400
FILTER_SEED = 40  #: of the filters' own random numbers while they are tuned


class Filter(NamedTuple):
    """A filter of the table: how it is called, its ensemble's size, and the settings that are tried."""

    label: str
    kind: str
    members: int = 0
    inflations: tuple[float, ...] = (1.0,)
    radii: tuple[float, ...] = ()


FILTERS = {
    "climate": Filter("climate, no filter", "climate"),
    "oi": Filter("optimal interpolation", "oi"),
    "enkf_40": Filter("EnKF, perturbed observations, N = 40", "enkf", 40, (1.04, 1.08, 1.12, 1.16, 1.2, 1.25)),
    "etkf_20": Filter("ETKF, N = 20", "etkf", 20, (1.06, 1.1, 1.15, 1.2, 1.25, 1.3, 1.4)),
    "etkf_40": Filter("ETKF, N = 40", "etkf", 40, (1.0, 1.02, 1.04, 1.06, 1.08, 1.1, 1.15)),
    "etkf_200": Filter("ETKF, N = 200", "etkf", 200, (1.0, 1.01, 1.02, 1.03)),
    "letkf_40": Filter("LETKF, N = 40", "letkf", 40, (1.0, 1.01, 1.02, 1.04), (3.0, 4.0, 6.0)),
    "extended": Filter("extended Kalman filter", "extended", 0, (1.0, 1.01, 1.02, 1.04)),
}
#: Radii of the taper and shares of a static covariance that are tried where a sample covariance has to serve as a density.
DENSITY_RADII, DENSITY_WEIGHTS = (2.0, 3.0, 4.0, 6.0, 8.0, 10.0), (0.0, 0.1, 0.2, 0.35, 0.5)


def tuning_experiment(observed: str) -> Experiment:
    """The sequences on which settings are chosen."""
    return lorenz95.experiment(observed, TUNING_CYCLES, TUNING_SEQUENCES, np.random.default_rng(TUNING_SEED))


def estimate(method: Filter, choice: dict[str, Any], observed: str, y: np.ndarray, seed: int) -> Estimates:
    """Run one filter over observations, shape (B, T, p), with the settings of `choice`."""
    system, climate = lorenz95.system(observed), lorenz95.climate()
    if method.kind == "climate":
        mean = np.broadcast_to(climate.mean, (*y.shape[:2], lorenz95.SIZE))
        return Estimates(mean, climate.covariance, mean, climate.covariance)
    if method.kind == "oi":
        return optimal_interpolation(system, y, climate.mean, choice["B"])
    inflation = choice["inflation"]
    if method.kind == "extended":
        return extended_kalman_filter(system, lorenz95.tangent_linear, y, climate, inflation)
    rng = np.random.default_rng(seed)
    ensemble = draw_ensemble(*climate, (len(y), method.members), rng)
    return ensemble_filter(system, y, ensemble, _update(method, choice, observed, rng), rng, inflation)


def as_density(estimates: Estimates, choice: dict[str, Any]) -> Estimates:
    """The same means with the covariances by which a filter's negative log-likelihood is judged."""
    if "forecast_moment" not in choice:
        return estimates
    forecast, analysis = choice["forecast_moment"], choice["analysis_moment"]
    if "density_radius" not in choice:
        return estimates._replace(forecast_covariance=forecast, analysis_covariance=analysis)
    taper, weight = ring_taper(lorenz95.SIZE, choice["density_radius"]), choice["density_weight"]
    return estimates._replace(
        forecast_covariance=localized_covariance(estimates.forecast_covariance, taper, forecast, weight),
        analysis_covariance=localized_covariance(estimates.analysis_covariance, taper, analysis, weight),
    )


def tune(method: Filter, observed: str) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """The settings with the smallest analysis error on the tuning sequences, and every trial.

    Then, for ensembles, the taper and the share of the static covariance with the smallest sum of negative log-likelihoods.
    """
    if method.kind == "climate":
        return {}, []
    experiment, period = tuning_experiment(observed), lorenz95.SPACING[observed]
    late = slice(lorenz95.BURN_IN, None)
    truth, y = experiment.states, experiment.observations
    if method.kind == "oi":
        extended = estimate(FILTERS["extended"], {"inflation": 1.0}, observed, y, 0)
        start = Gaussian(lorenz95.climate().mean, second_moment((extended.forecast_mean - truth)[:, late], period))
        B, forecast, analysis = tuned_background(lorenz95.system(observed), y, truth, start, period)
        return {"B": B, "forecast_moment": forecast, "analysis_moment": analysis}, []
    trials, best = [], None
    for settings in _candidates(method, trials):
        try:
            found = estimate(method, settings, observed, y, FILTER_SEED)
            trials.append({**settings, "rmse_a": float(rmse(found.analysis_mean[:, late], truth[:, late]))})
        except ValueError as error:
            if "forecast of cycle" not in str(error):
                raise
            trials.append({**settings, "rmse_a": float("inf")})
        if trials[-1]["rmse_a"] == min(trial["rmse_a"] for trial in trials):
            choice, best = dict(settings), found
    if method.members:
        choice |= {
            "forecast_moment": second_moment((best.forecast_mean - truth)[:, late], period),
            "analysis_moment": second_moment((best.analysis_mean - truth)[:, late], period),
        }
        choice |= _tuned_density(best, choice, truth)
    return choice, trials


def _update(method: Filter, choice: dict[str, Any], observed: str, rng: np.random.Generator) -> Update:
    if method.kind == "letkf":
        return letkf(ring_taper(lorenz95.SIZE, choice["radius"], lorenz95.system(observed).H))
    return partial(perturbed_update, rng=rng) if method.kind == "enkf" else etkf_update


def _candidates(method: Filter, trials: list[dict[str, float]]) -> Iterator[dict[str, float]]:
    """Inflations; for the LETKF first radii at a small inflation, then inflations at the best radius."""
    if not method.radii:
        yield from ({"inflation": inflation} for inflation in method.inflations)
        return
    first = method.inflations[1]
    yield from ({"inflation": first, "radius": radius} for radius in method.radii)
    radius = min(trials, key=lambda trial: trial["rmse_a"])["radius"]
    yield from ({"inflation": inflation, "radius": radius} for inflation in method.inflations if inflation != first)


def _tuned_density(estimates: Estimates, choice: dict[str, Any], states: np.ndarray) -> dict[str, float]:
    grid = [{"density_radius": r, "density_weight": w} for r, w in product(DENSITY_RADII, DENSITY_WEIGHTS)]
    # Every fourth cycle is enough to choose by: neighbouring ones say nearly the same.
    late = slice(lorenz95.BURN_IN, None, 4)
    thinned = Estimates(*(record[:, late] for record in estimates))
    found = [score(as_density(thinned, {**choice, **settings}), states[:, late]) for settings in grid]
    return min(zip(grid, found, strict=True), key=lambda pair: pair[1].nll_b + pair[1].nll_a)[0]
