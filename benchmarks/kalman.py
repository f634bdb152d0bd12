"""Time of the Kalman filter, the smoother and EM, beside pykalman, filterpy and statsmodels, one thread.

A turning point, M = 0.99 times a rotation by π/100, observed with noise. One sequence of 1000 steps for filter, smoother and
50 steps of EM, which learns M, Q, R and the first state; 1000 sequences of 50 steps for the filter on a batch, which the
other libraries do one after the other. All get the same data and the same model, and must find the same log-likelihood.

The first state x_0 is not observed here, but it is in pykalman: there a first observation is put in front and masked;
statsmodels starts with the forecast of x_1. filterpy and pykalman are slow on the batch, so they get a share of the sequences
and their time is scaled up. Times are seconds of the processor, which other programs on the machine disturb less.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from statistics import median
from time import process_time

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
from statsmodels.tsa.statespace.kalman_smoother import KalmanSmoother
from statsmodels.tsa.statespace.mlemodel import MLEModel

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the peers are not ours to mend
    import filterpy.kalman
    import pykalman

from course_lib.assimilation.kalman import LinearGaussian, kalman_filter
from course_lib.assimilation.smoother import smoother
from course_lib.assimilation.state_space_em import fit
from course_lib.assimilation.systems import System, simulate

LENGTH, STEPS, TURNS = 1000, 50, 3
BATCH, BATCH_LENGTH, SHARE = 1000, 50, 10
TURN = 0.1


def problem() -> LinearGaussian:
    """The model that made the data."""
    angle, eye = np.pi / 100, np.eye(2)
    M = 0.99 * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return LinearGaussian(M, 0.1**2 * eye, eye, 0.5**2 * eye, np.zeros(2), eye)


def first_guess() -> LinearGaussian:
    """Where EM starts."""
    eye = np.eye(2)
    return LinearGaussian(eye, 0.1 * eye, eye, eye, np.zeros(2), eye)


def data(model: LinearGaussian, steps: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Observations, shape (size, steps, 2)."""
    M, Q, H, R, mean, covariance = model
    return simulate(System(lambda x: x @ M.T, H, Q, R, mean, covariance), steps, size, rng).observations


def pykalmans(model: LinearGaussian) -> pykalman.KalmanFilter:
    """The model in pykalman's words; EM learns the five parts that ours learns."""
    return pykalman.KalmanFilter(
        transition_matrices=model.M,
        transition_covariance=model.Q,
        observation_matrices=model.H,
        observation_covariance=model.R,
        initial_state_mean=model.mean,
        initial_state_covariance=model.covariance,
        em_vars=[
            "transition_matrices",
            "transition_covariance",
            "observation_covariance",
            "initial_state_mean",
            "initial_state_covariance",
        ],
    )


def masked(y: np.ndarray) -> np.ma.MaskedArray:
    """The observations with a masked one in front, for the time 0."""
    longer = np.ma.array(np.concatenate([np.zeros_like(y[:1]), y]))
    longer[0] = np.ma.masked
    return longer


def filterpys(model: LinearGaussian, y: np.ndarray) -> tuple[filterpy.kalman.KalmanFilter, float, list[np.ndarray]]:
    """A filter after the last observation, by filterpy; log-likelihood; analysis means and covariances."""
    M, Q, H, R, mean, covariance = model
    theirs = filterpy.kalman.KalmanFilter(dim_x=len(M), dim_z=len(H))
    theirs.F, theirs.Q, theirs.H, theirs.R, theirs.x, theirs.P = M, Q, H, R, mean.copy(), covariance.copy()
    total, means, covariances = 0.0, [], []
    for observation in y:
        theirs.predict()
        theirs.update(observation)
        total += float(theirs.log_likelihood)
        means.append(theirs.x)
        covariances.append(theirs.P)
    return theirs, total, [np.array(means), np.array(covariances)]


def statsmodels(model: LinearGaussian, y: np.ndarray) -> KalmanSmoother:
    """Model and observations in statsmodels' words; a second sequence needs a new object, or the first is filtered again."""
    M, Q, H, R, mean, covariance = model
    theirs = MLEModel(y, k_states=len(M))
    theirs["transition"], theirs["state_cov"], theirs["selection"] = M, Q, np.eye(len(M))
    theirs["design"], theirs["obs_cov"] = H, R
    theirs.ssm.initialize_known(M @ mean, M @ covariance @ M.T + Q)
    return theirs.ssm


def filters(model: LinearGaussian, y: np.ndarray) -> dict[str, Callable[[], float]]:
    """The filter on one sequence; each run returns the log-likelihood."""
    theirs, longer = pykalmans(model), masked(y)
    return {
        "ours": lambda: float(kalman_filter(model, y).log_likelihood),
        "statsmodels": lambda: statsmodels(model, y).filter().llf,
        "filterpy": lambda: filterpys(model, y)[1],
        "pykalman": lambda: theirs.loglikelihood(longer),
    }


def smoothers(model: LinearGaussian, y: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Filter and smoother on one sequence; each run returns the means of x_1, ..., x_T given all observations."""

    def by_filterpy() -> np.ndarray:
        last, _, moments = filterpys(model, y)
        return last.rts_smoother(*moments)[0]

    theirs, longer = pykalmans(model), masked(y)
    return {
        "ours": lambda: smoother(model, kalman_filter(model, y)).mean,
        "statsmodels": lambda: statsmodels(model, y).smooth().smoothed_state.T,
        "filterpy": by_filterpy,
        "pykalman": lambda: theirs.smooth(longer)[0][1:],
    }


def learning(start: LinearGaussian, y: np.ndarray, steps: int) -> dict[str, Callable[[], float]]:
    """EM on one sequence; each run returns the log-likelihood after the steps."""

    def by_pykalman() -> float:
        theirs = pykalmans(start).em(masked(y), n_iter=steps)
        learned = start._replace(
            M=theirs.transition_matrices,
            Q=theirs.transition_covariance,
            R=theirs.observation_covariance,
            mean=theirs.initial_state_mean,
            covariance=theirs.initial_state_covariance,
        )
        return float(kalman_filter(learned, y).log_likelihood)

    return {
        "ours": lambda: float(fit(y, start, max_steps=steps, tolerance=0).log_likelihoods[-1]),
        "pykalman": by_pykalman,
    }


def many_sequences(model: LinearGaussian, y: np.ndarray, share: int) -> dict[str, Callable[[], np.ndarray]]:
    """The filter on a batch; each run returns a log-likelihood for each sequence that it was given."""
    theirs, longer = pykalmans(model), [masked(sequence) for sequence in y[::share]]
    return {
        "ours": lambda: kalman_filter(model, y).log_likelihood,
        "statsmodels": lambda: np.array([statsmodels(model, sequence).filter().llf for sequence in y]),
        "filterpy": lambda: np.array([filterpys(model, sequence)[1] for sequence in y[::share]]),
        "pykalman": lambda: np.array([theirs.loglikelihood(sequence) for sequence in longer]),
    }


def measure(runs: dict[str, Callable], turns: int) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Median of the processor seconds of a run, and what it returns; the libraries take turns, after one run of ours.

    A turn makes as many runs as fit into `TURN` seconds, at least one, so that short runs are not measured by chance.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    found = {}
    np.empty(4_000_000)  # once so much was freed, the C library keeps freed memory instead of fetching it anew at each run
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs["ours"]()
        for _ in range(turns):
            for name, run in runs.items():
                count, start = 0, process_time()
                while not count or process_time() - start < TURN:
                    found[name], count = run(), count + 1
                times[name].append((process_time() - start) / count)
    return {name: median(values) for name, values in times.items()}, found


def difference(found: dict[str, np.ndarray], share: int = 1) -> float:
    """The largest difference between ours and another library's result; some have treated only each `share`-th sequence."""
    ours = np.asarray(found["ours"])
    return max(np.abs((ours if np.size(other) == ours.size else ours[::share]) - other).max() for other in found.values())


def main() -> None:
    """Measure, check, print."""
    model, rng = problem(), np.random.default_rng(0)
    y, batch = data(model, LENGTH, 1, rng)[0], data(model, BATCH_LENGTH, BATCH, rng)
    tasks = {
        f"filter, T = {LENGTH}": filters(model, y),
        f"filter and smoother, T = {LENGTH}": smoothers(model, y),
        f"EM, {STEPS} steps, T = {LENGTH}": learning(first_guess(), y, STEPS),
        f"filter, {BATCH} sequences, T = {BATCH_LENGTH}": many_sequences(model, batch, SHARE),
    }
    ratios, differences = {}, {}
    print(f"{'median time of a run':38}{'library':14}{'time':>11}{'relative':>11}{'difference':>13}")
    for (task, runs), share in zip(tasks.items(), (1, 1, 1, SHARE), strict=True):
        times, found = measure(runs, TURNS)
        if share > 1:
            times = {name: value * (share if name in ("filterpy", "pykalman") else 1) for name, value in times.items()}
        differences[task] = difference(found, share)
        for name, seconds in times.items():
            ratios[task, name] = seconds / times["ours"]
            apart = difference({"ours": found["ours"], name: found[name]}, share)
            print(f"{task:38}{name:14}{1000 * seconds:8.1f} ms{ratios[task, name]:11.1f}{apart:13.1e}")
    if not max(differences.values()) < 1e-6:
        raise SystemExit(f"the results differ by more than 1e-6: {differences}")

    filtering, _, em, many = tasks
    result = {
        "loglik_difference": float(max(differences[task] for task in (filtering, em, many))),
        "em_speedup_pykalman": round(ratios[em, "pykalman"], 1),
        "batch_speedup_statsmodels": round(ratios[many, "statsmodels"], 1),
    }
    print(f"filterpy and pykalman were timed on every {SHARE}th sequence of the batch, and their time multiplied by {SHARE}.")
    print(f"Log-likelihood after {STEPS} steps of EM: {found_after(tasks[em]):.4f}.")
    print(json.dumps(result))


def found_after(runs: dict[str, Callable[[], float]]) -> float:
    """Our result of a task."""
    return runs["ours"]()


if __name__ == "__main__":
    main()
