"""Time of expectation–maximisation: six Gaussians with full covariances in four dimensions, 100 000 points, one thread.

Ours and scikit-learn's GaussianMixture get the same first guess and make the same number of steps, without the small number
that scikit-learn otherwise adds to each variance. Both must reach the same log-likelihood. Their runs take turns, so that a
busy moment of the machine hits both.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable
from statistics import median
from time import perf_counter

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy starts its threads

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from course_lib.basics import em
from course_lib.basics.mixture import Mixture, log_likelihood
from course_lib.basics.starts import spread_start

N, D, K = 100_000, 4, 6
STEPS, TURNS = 20, 5


def problem(rng: np.random.Generator) -> tuple[np.ndarray, Mixture]:
    """Points from overlapping Gaussians of different shapes, and the first guess that both libraries get."""
    centres, shapes = 2 * rng.normal(size=(K, D)), rng.normal(size=(K, D, D))
    z = rng.integers(K, size=N)
    x = centres[z] + np.einsum("nij,nj->ni", shapes[z], rng.normal(size=(N, D)))
    return x, spread_start(x, K, rng)


def ours(x: np.ndarray, start: Mixture) -> Callable[[], Mixture]:
    """What is timed: it returns θ after so many steps."""
    return lambda: em.fit(x, start, max_steps=STEPS, tolerance=0).theta


def sklearns(x: np.ndarray, start: Mixture) -> Callable[[], Mixture]:
    """The same by scikit-learn, which takes precisions, the inverses of the covariances."""
    precisions = np.linalg.inv(start.covariances)

    def run() -> Mixture:
        model = GaussianMixture(
            len(start.weights),
            reg_covar=0,
            tol=0,
            max_iter=STEPS,
            weights_init=start.weights,
            means_init=start.means,
            precisions_init=precisions,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it is told to stop after so many steps
            model.fit(x)
        if model.n_iter_ != STEPS:
            raise SystemExit(f"scikit-learn made {model.n_iter_} steps, not {STEPS}")
        return Mixture(model.weights_, model.means_, model.covariances_)

    return run


def measure(runs: dict[str, Callable], turns: int) -> dict[str, list[float]]:
    """Seconds of one run in each turn; the libraries take turns."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(turns):
        for name, run in runs.items():
            start = perf_counter()
            run()
            times[name].append(perf_counter() - start)
    return times


def main() -> None:
    """Check, measure, print."""
    x, start = problem(np.random.default_rng(0))
    runs = {"ours": ours(x, start), "scikit-learn": sklearns(x, start)}
    found = {name: log_likelihood(run(), x) / len(x) for name, run in runs.items()}
    difference = abs(found["ours"] - found["scikit-learn"])
    if not difference < 1e-8:
        raise SystemExit(f"the log-likelihoods per point differ by {difference:.1e}: {found}")

    times = measure(runs, TURNS)
    theirs = median(times["scikit-learn"])
    print(f"{STEPS} EM steps, {K} Gaussians with full covariances, {len(x)} points in {D} dimensions, one thread.")
    print(f"Log-likelihood per point: {log_likelihood(start, x) / len(x):.6f} at the start,", end=" ")
    print(f"{found['ours']:.9f} after the steps; the two differ by {difference:.1e}.")
    print(f"{'library':14}{'median':>11}{'least':>11}{'most':>11}{'relative':>10}")
    for name, values in times.items():
        cells = "".join(f"{value:9.3f} s" for value in (median(values), min(values), max(values)))
        print(f"{name:14}{cells}{median(values) / theirs:10.2f}")
    print(json.dumps({"loglik_difference": difference, "time_ratio": round(median(times["ours"]) / theirs, 4)}))


if __name__ == "__main__":
    main()
