"""Weights of trained ring networks in files: plain arrays, with the architecture, the training and its scores beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch

from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_settings import RingSettings
from course_lib.basics.stored import read_arrays

_RECORD = "record"


def save_ring(file: str | Path | BinaryIO, network: RingDAN, record: Mapping[str, Any]) -> None:
    """Store a network as an npz of float32 arrays.

    Parameters
    ----------
    file : path or open file.
    network : its weights and `settings` are stored.
    record : what else belongs to it (training, seed, scores): anything that JSON can hold.
    """
    arrays = {name: value.detach().cpu().numpy().astype(np.float32) for name, value in network.state_dict().items()}
    text = json.dumps({**record, "architecture": vars(network.settings)})
    np.savez(file, **{_RECORD: np.array(text)}, **arrays)


def load_ring(file: str | Path | BinaryIO, settings: RingSettings | None = None) -> tuple[RingDAN, dict[str, Any]]:
    """A stored network and its record.

    Parameters
    ----------
    file : path or open file, as `save_ring` wrote it.
    settings : the architecture that the weights must have; by default the stored one.

    Raises
    ------
    ValueError
        If the file is something else, or its weights do not fit the architecture.
    """
    stored = read_arrays(file)
    if _RECORD not in stored:
        raise ValueError(f"file: expected an npz with a record of its architecture, got arrays {', '.join(stored)}")
    record = json.loads(str(stored[_RECORD]))
    arrays = {name: torch.from_numpy(array) for name, array in stored.items() if name != _RECORD}
    network = RingDAN(settings or RingSettings(**record["architecture"]), torch.Generator())
    try:
        network.load_state_dict(arrays)
    except RuntimeError as other:
        raise ValueError(f"file: its weights do not fit the architecture {vars(network.settings)}: {other}") from other
    if (settings or network.settings) != RingSettings(**record["architecture"]):
        raise ValueError(f"settings: the file holds {record['architecture']}, asked for {vars(settings)}")
    return network.eval(), record


def shipped(observed: str = "all", dynamics: str = "known") -> tuple[RingDAN, dict[str, Any]]:
    """The network that comes with the course, trained by ``train_lorenz95``, and its record.

    Raises
    ------
    ValueError
        If there is none for this case.
    """
    file = files("course_lib.assimilation") / "weights" / f"lorenz95-{observed}-{dynamics}.npz"
    if not file.is_file():
        raise ValueError(f"observed, dynamics: no weights are shipped for {observed!r}, {dynamics!r}")
    with file.open("rb") as stream:
        return load_ring(stream)
