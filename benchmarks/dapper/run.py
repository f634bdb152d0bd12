"""DAPPER's filters on our sequences: ``python run.py INPUT.npz OUTPUT.json``, in an environment of its own.

Input: arrays `states` (S, T, n), `initial` (S, n), `observations` (S, T, n) of the test sequences, the same three with the
prefix `tuning_`, the climate's `mean` and `covariance`, and the numbers `time_step`, `model_noise` (standard deviation a step),
`observation_noise`, `burn_in` and `seed`. Output: settings, trials and scores; nothing of DAPPER's own plotting or storing.

It imports nothing of this project, so that its packages may be as old as DAPPER wants them.
"""

import json
import os
import platform
import sys
from importlib.metadata import version

os.environ["MPLBACKEND"] = "agg"
os.environ.setdefault("OMP_NUM_THREADS", "1")

import dapper.da_methods as da
import dapper.mods as modelling
import dapper.tools.progressbar as progressbar
import numpy as np
from dapper.mods.Lorenz96 import dstep_dx, step
from dapper.tools.localization import nd_Id_localization
from dapper.tools.seeding import set_seed

CANDIDATES = {
    "extended": [{"infl": 1.0}],
    "etkf_20": [{"infl": infl} for infl in (1.1, 1.2, 1.3)],
    "etkf_40": [{"infl": infl} for infl in (1.02, 1.05, 1.1)],
    "letkf_40": [{"infl": infl, "loc_rad": radius} for radius in (4, 7) for infl in (1.0, 1.02)],
}


def method(name: str, settings: dict):
    """A filter of DAPPER under the name that our table uses."""
    if name == "extended":
        return da.ExtKF(**settings)
    if name.startswith("letkf"):
        return da.LETKF(N=int(name[6:]), **settings)
    return da.EnKF("Sqrt", N=int(name[5:]), **settings)


def model(data, cycles: int):
    """Lorenz-96 as in DAPPER, with our noise: its process noise is a variance per unit of time."""
    n = data["states"].shape[-1]
    dt = float(data["time_step"])
    dynamics = {"M": n, "model": step, "linear": dstep_dx, "noise": float(data["model_noise"]) ** 2 / dt}
    observed = modelling.partial_Id_Obs(n, np.arange(n))
    observed["noise"] = float(data["observation_noise"]) ** 2
    observed["localizer"] = nd_Id_localization((n,), (1,))
    times = modelling.Chronology(dt, dko=1, K=cycles, BurnIn=0)
    start = modelling.GaussRV(mu=data["mean"], C=data["covariance"])
    return modelling.HiddenMarkovModel(dynamics, observed, times, start)


def scores(data, prefix: str, name: str, settings: dict) -> list[list[float]]:
    """RMSE of forecasts and analyses for each sequence: means over the cycles after the burn-in of ‖error‖/√n."""
    sequences = zip(*(data[prefix + key] for key in ("initial", "states", "observations")), strict=True)
    found = []
    for k, (initial, states, y) in enumerate(sequences):
        set_seed(int(data["seed"]) + k)
        experiment = method(name, settings)
        truth = np.concatenate([initial[None], states])
        experiment.assimilate(model(data, len(states)), truth, y, liveplots=False, fail_gently=False)
        rms, late = experiment.stats.err.rms, slice(int(data["burn_in"]), None)
        found.append([float(np.mean(rms.f[late])), float(np.mean(rms.a[late]))])
    return found


def main() -> None:
    """Tune on the tuning sequences, score on the others, write."""
    progressbar.disable_progbar = True
    data, result = np.load(sys.argv[1], allow_pickle=False), {}
    for name, candidates in CANDIDATES.items():
        trials = []
        for settings in candidates if len(candidates) > 1 else []:
            trials.append({**settings, "rmse_a": float(np.mean(scores(data, "tuning_", name, settings), axis=0)[1])})
        best = candidates[int(np.argmin([trial["rmse_a"] for trial in trials]))] if trials else candidates[0]
        found = scores(data, "", name, best)
        rmse_b, rmse_a = np.mean(found, axis=0)
        result[name] = {"rmse_b": rmse_b, "rmse_a": rmse_a, "settings": best, "trials": trials, "sequences": found}
        print(f"{name:10} {best}  rmse_b {rmse_b:.3f}  rmse_a {rmse_a:.3f}", flush=True)
    versions = {package: version(package) for package in ("dapper", "numpy", "scipy")} | {"python": platform.python_version()}
    with open(sys.argv[2], "w") as file:
        json.dump({"versions": versions, "filters": result}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
