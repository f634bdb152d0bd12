"""Weights of a data assimilation network in a file: plain arrays, and beside them how they came about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course_lib.basics.stored import read_arrays

_RECORD = "record"


def save_weights(file: Path | str, model: torch.nn.Module, record: Mapping[str, Any]) -> None:
    """Store the weights of a network as an npz of arrays of doubles.

    Parameters
    ----------
    file : where; its name should end with .npz.
    model : network.
    record : settings, seeds and scores: anything that JSON can hold.
    """
    arrays = {name: value.detach().cpu().double().numpy() for name, value in model.state_dict().items()}
    np.savez_compressed(file, **{_RECORD: np.array(json.dumps(dict(record)))}, **arrays)


def read_record(file: Path | str) -> dict[str, Any]:
    """What was stored beside the weights.

    Raises
    ------
    ValueError
        If the file holds no record.
    """
    stored = read_arrays(file)
    if _RECORD not in stored:
        raise ValueError(f"file: {Path(file).name} holds no record of a network, only {', '.join(stored)}")
    return json.loads(str(stored[_RECORD]))


def load_weights(file: Path | str, model: torch.nn.Module) -> dict[str, Any]:
    """Give a network the weights of a file, in place, and return the record stored beside them.

    Parameters
    ----------
    file : as `save_weights` wrote it; nothing in it is executed.
    model : network of the architecture that was stored.

    Raises
    ------
    ValueError
        If names or shapes of the weights are those of another architecture; the network is then left as it was.
    """
    record = read_record(file)
    arrays = {name: torch.tensor(array) for name, array in read_arrays(file).items() if name != _RECORD}
    wanted = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    found = {name: tuple(value.shape) for name, value in arrays.items()}
    differ = [name for name in {**wanted, **found} if wanted.get(name) != found.get(name)]
    if differ:
        name = differ[0]
        raise ValueError(
            f"file: {Path(file).name} holds the weights of another architecture; {len(differ)} arrays differ, such as "
            f"{name}: expected shape {wanted.get(name, 'none')}, got {found.get(name, 'none')}"
        )
    model.load_state_dict(arrays)
    return record
