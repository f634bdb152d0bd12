"""Trains the Lorenz-63 emulators that the book loads: ``python -m course_lib.assimilation.emulator_weights`` (a few minutes).

The file beside this module holds the weights as plain arrays, the settings, and the scores on runs that no training saw.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from torch import nn

from course_lib.assimilation import lorenz63
from course_lib.assimilation.climate import valid_time
from course_lib.assimilation.emulator import FORMS, Emulator, forecast, stepper, train_emulator
from course_lib.assimilation.recurrent_emulator import RecurrentEmulator, train_recurrent
from course_lib.basics.stored import read_arrays

FILE = Path(__file__).with_name("emulator_weights.npz")
SETTINGS = {
    "training_steps": 5000,
    "training_seed": 1,
    "test_seed": 2,
    "width": 32,
    "batch_size": 250,
    "learning_rate": 0.01,
    "epochs": 300,
    "seeds": 4,
    "memory": 32,
    "recurrent_epochs": 150,
    "recurrent_seeds": 2,
}

# Fixes the shapes of a model whose scales are about to be read from the file.
_ANY_RUN = np.array([[0.0], [1.0], [3.0]]) * np.ones(3)


def training_run() -> np.ndarray:
    """The run of Lorenz-63 that all emulators learn from, shape (5001, 3), a state each `lorenz63.DT`."""
    return lorenz63.trajectory(SETTINGS["training_steps"], 1, np.random.default_rng(SETTINGS["training_seed"]))[0]


def unseen_runs(steps: int = 400, size: int = 300) -> np.ndarray:
    """Runs that no training sees, shape (size, steps + 1, 3)."""
    return lorenz63.trajectory(steps, size, np.random.default_rng(SETTINGS["test_seed"]))


def load_emulator(form: str = "residual", seed: int = 0) -> Emulator:
    """The stored emulator of a form, "direct" or "residual", and a seed, 0 to 3.

    Raises
    ------
    ValueError
        If there is none of this form and seed, or its weights belong to another architecture.
    """
    model = Emulator(form, _ANY_RUN, SETTINGS["width"], torch.Generator())
    return _filled(model, f"{form}-{seed}")


def load_recurrent(seed: int = 0) -> RecurrentEmulator:
    """The stored recurrent emulator of the first coordinate, of a seed, 0 or 1.

    Raises
    ------
    ValueError
        If there is none of this seed, or its weights belong to another architecture.
    """
    model = RecurrentEmulator(_ANY_RUN[:, :1], SETTINGS["memory"], torch.Generator())
    return _filled(model, f"recurrent-{seed}")


def scores(model: Emulator, runs: np.ndarray) -> dict[str, float]:
    """Root mean square error of one step, and median valid time in Lyapunov times, on unseen runs."""
    spread = float(np.sqrt(runs.var(axis=(0, 1)).sum()))
    found = forecast(stepper(model), runs[:, 0], runs.shape[1] - 1)
    first = float(np.sqrt(np.mean((found[:, 0] - runs[:, 1]) ** 2)))
    times = valid_time(found, runs[:, 1:], spread, lorenz63.DT) * lorenz63.LYAPUNOV
    return {"one_step": first, "valid_time": float(np.median(times))}


def stored(file: Path = FILE) -> tuple[dict[str, dict[str, np.ndarray]], dict]:
    """The weights of each model by name, and settings with scores.

    Raises
    ------
    ValueError
        If the file was not written by this module.
    """
    arrays = read_arrays(file)
    if "report" not in arrays:
        raise ValueError(f"file: {file} holds no report; expected one written by {__name__}")
    weights: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        if name != "report":
            weights.setdefault(name.split("/")[0], {})[name.split("/")[1]] = array
    return weights, json.loads(str(arrays["report"]))


def fill(model: nn.Module, weights: dict[str, np.ndarray]) -> nn.Module:
    """Give a model stored weights, in place; returns it in evaluation mode.

    Raises
    ------
    ValueError
        If names or shapes are those of another architecture.
    """
    expected = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    given = {name: value.shape for name, value in weights.items()}
    if expected != given:
        raise ValueError(f"weights: these belong to another architecture: expected shapes {expected}, got {given}")
    model.load_state_dict({name: torch.as_tensor(value) for name, value in weights.items()})
    return model.eval()


def main(file: Path = FILE) -> None:
    """Train all emulators and write the file."""
    torch.set_num_threads(1)
    run, runs = training_run(), unseen_runs()
    models: dict[str, nn.Module] = {}
    options = {key: SETTINGS[key] for key in ("epochs", "width", "batch_size", "learning_rate")}
    for seed in range(SETTINGS["seeds"]):
        for form in FORMS:
            models[f"{form}-{seed}"] = train_emulator(form, run, seed, **options)[0]
            print(form, seed, scores(models[f"{form}-{seed}"], runs), flush=True)
    report = {"settings": SETTINGS, "scores": {name: scores(model, runs) for name, model in models.items()}}
    for seed in range(SETTINGS["recurrent_seeds"]):
        recurrent, history = train_recurrent(run[:, :1], seed, SETTINGS["recurrent_epochs"], SETTINGS["memory"])
        models[f"recurrent-{seed}"] = recurrent
        print("recurrent", seed, history.loss[-1], flush=True)
    arrays = {f"{name}/{key}": value.numpy() for name, model in models.items() for key, value in model.state_dict().items()}
    np.savez_compressed(file, report=json.dumps(report), **arrays)


def _filled(model: nn.Module, name: str) -> nn.Module:
    weights = stored()[0]
    if name not in weights:
        raise ValueError(f"seed: no weights called {name}; there are {', '.join(weights)}")
    return fill(model, weights[name])


if __name__ == "__main__":
    main()
