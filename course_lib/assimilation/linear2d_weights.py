"""The networks for the linear 2-d system that come with the course, as ``train_linear2d`` stored them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from course_lib.assimilation.dan import DAN, gaussian_dan
from course_lib.assimilation.dan_weights import load_weights, read_record
from course_lib.assimilation.linear2d_network import MEMORY

FILES = {name: Path(__file__).with_name(f"linear2d_{name}.npz") for name in ("trained", "plain")}


def shipped(name: str = "trained") -> tuple[DAN, dict[str, Any]]:
    """A network that comes with the course, and the record of its training.

    Parameters
    ----------
    name : "trained", or "plain" for the one of `train_plain`.

    Raises
    ------
    ValueError
        If there is no such network.
    """
    if name not in FILES:
        raise ValueError(f"name: expected one of {', '.join(FILES)}, got {name!r}")
    blocks = read_record(FILES[name])["blocks"]
    dan = gaussian_dan(2, 2, MEMORY, blocks, 2, torch.Generator())
    return dan, load_weights(FILES[name], dan)
