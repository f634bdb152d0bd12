"""The emulators of the column that come with the course, as ``train_column`` stored them: plain arrays in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib.basics.arguments import one_of
from course_lib.basics.stored import read_arrays
from course_lib.trust.emulators import Emulator, Units

FILE = Path(__file__).with_name("column_emulators.npz")


def save_emulators(
    file: Path | str, units: Units, trained: Mapping[str, Sequence[Emulator]], record: Mapping[str, Any]
) -> None:
    """Store emulators as an npz of arrays; those of one name, which differ in their seeds, are stacked.

    Parameters
    ----------
    file : where; its name should end with .npz.
    units : of all emulators.
    trained : name → emulators of one architecture.
    record : settings, seeds and scores: anything that JSON can hold; ``record["models"][name]`` says how they are built.
    """
    arrays = {f"units/{field}": value.numpy() for field, value in units._asdict().items()}
    for name, emulators in trained.items():
        states = [emulator.state_dict() for emulator in emulators]
        arrays |= {f"{name}/{key}": torch.stack([state[key] for state in states]).numpy() for key in states[0]}
    np.savez_compressed(file, record=np.array(json.dumps(dict(record))), **arrays)


def load_emulators(file: Path | str = FILE) -> tuple[dict[str, list[Emulator]], dict[str, Any]]:
    """Emulators as `save_emulators` stored them, by name and seed, in single precision, and their record.

    Raises
    ------
    ValueError
        If the file holds something else.
    """
    arrays = read_arrays(file)
    wanted = {"record", *(f"units/{field}" for field in Units._fields)}
    if missing := sorted(wanted - set(arrays)):
        raise ValueError(f"file: {Path(file).name} holds no emulators of the column; {', '.join(missing)} are missing")
    units = Units(*(torch.tensor(arrays[f"units/{field}"]) for field in Units._fields))
    record = json.loads(str(arrays["record"]))
    return {name: _rebuilt(name, how, units, arrays) for name, how in record["models"].items()}, record


def shipped(name: str) -> list[Emulator]:
    """The emulators of one name that come with the course, one for each seed.

    Raises
    ------
    ValueError
        If there are none of this name.
    """
    return one_of("name", name, load_emulators()[0])


def _rebuilt(name: str, how: Mapping[str, Any], units: Units, arrays: Mapping[str, np.ndarray]) -> list[Emulator]:
    own = {key.split("/", 1)[1]: torch.tensor(value) for key, value in arrays.items() if key.startswith(f"{name}/")}
    emulators = [Emulator(units, how["kind"], torch.Generator(), how["residual"]) for _ in range(len(next(iter(own.values()))))]
    for seed, emulator in enumerate(emulators):
        expected = {key: tuple(value.shape) for key, value in emulator.state_dict().items()}
        found = {key: tuple(value.shape[1:]) for key, value in own.items()}
        if expected != found:
            raise ValueError(
                f"file: the weights of {name!r} are those of another architecture: expected {expected}, got {found}"
            )
        emulator.load_state_dict({key: value[seed] for key, value in own.items()})
    return emulators


def chosen_penalty(record: Mapping[str, Any], allowed: float = 1.05) -> str:
    """Name of the emulator with the strongest penalty whose mean validation error is at most `allowed` times that without one.

    Raises
    ------
    ValueError
        If even the weakest penalty costs more.
    """
    errors = {name: float(np.mean(scores["error"])) for name, scores in record["validation"].items()}
    strengths = {name: how["alpha"] for name, how in record["models"].items() if how["alpha"] > 0}
    affordable = [name for name in strengths if errors[name] <= allowed * errors["none"]]
    if not affordable:
        raise ValueError(f"allowed: expected more than {allowed:g}: every penalty costs more than that")
    return max(affordable, key=strengths.__getitem__)
