"""What the fronts to kymatio share: checks of their arguments, work in batches with reports, results kept on disk."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array, whole_number
from course_lib.invariance.feature_cache import cached, content_key
from course_lib.invariance.kymatio_objects import Transform

#: Large enough that kymatio's own cost for each call does not show, and small enough for a processor's cache.
NUMBERS_AT_ONCE = 2**17

#: Called after each batch with the number of signals done and the number of all.
Progress = Callable[[int, int], None]


class Running(NamedTuple):
    """How a transform is run; none of it but the device's rounding shows in the result.

    `batch` is how many signals go through at once, None for as many as hold about :data:`NUMBERS_AT_ONCE` numbers; `device` is
    None for NumPy, "cpu" or "cuda" for torch; `cache` is a folder for results, or None; `progress` is called after each batch
    with the numbers done and in all, or None.
    """

    batch: int | None
    device: str | None
    cache: str | pathlib.Path | None
    progress: Progress | None


def run(signals: np.ndarray, build: Callable[[str | None], Transform], settings: dict[str, Any], how: Running) -> np.ndarray:
    """All signals through a transform, batch by batch, unless the result is stored.

    Parameters
    ----------
    signals : shape (B, ...).
    build : makes the transform for a device; called only if the result is not stored.
    settings : what names the transform, for the name under which the result is stored.
    how : batches, device, cache and reports.

    Raises
    ------
    ValueError
        If the batch is no positive number, the device is not there, or the progress cannot be called.
    """
    batch = max(1, NUMBERS_AT_ONCE // signals[0].size) if how.batch is None else whole_number("batch", how.batch, 1)
    device = checked_device(how.device)
    if how.progress is not None and not callable(how.progress):
        raise ValueError(f"progress: expected a function of the numbers done and in all, or None, got {how.progress!r}")

    def compute() -> np.ndarray:
        return _in_batches(build(device), signals, batch, how.progress)

    if how.cache is None:
        return compute()
    return cached(how.cache, content_key(signals, {**settings, "device": device, "kymatio": version("kymatio")}), compute)


def single_precision(name: str, value: ArrayLike, axes: int) -> np.ndarray:
    """A non-empty batch in single precision, which kymatio's filters have too.

    Raises
    ------
    ValueError
        If `value` is no finite array with so many axes, or too large for single precision.
    """
    signals = finite_array(name, value, (None,) * axes)
    if (largest := np.abs(signals).max()) > 1e18:  # its square must still be a number
        raise ValueError(f"{name}: expected numbers up to 1e18 in size, for single precision, got {largest:.3g}")
    return np.ascontiguousarray(signals, np.float32)


def checked_scales(J: int, size: int) -> int:
    """A number of scales of which the largest, 2^J, fits into the signal.

    Raises
    ------
    ValueError
        If J is not a whole number, at least 1, or too large.
    """
    if 2 ** whole_number("J", J, 1) > size:
        raise ValueError(f"J: 2^J must not exceed the size {size}; expected at most {size.bit_length() - 1}, got {J}")
    return J


def checked_order(max_order: int) -> int:
    """An order that kymatio computes.

    Raises
    ------
    ValueError
        If it is not 1 or 2.
    """
    if whole_number("max_order", max_order, 1) > 2:
        raise ValueError(f"max_order: expected 1 or 2, got {max_order}")
    return max_order


def checked_device(device: str | None) -> str | None:
    """A device that is there.

    Raises
    ------
    ValueError
        If it is not None, "cpu" or, with a GPU, "cuda".
    """
    if device is None:
        return None
    import torch  # only here: NumPy alone starts faster

    try:
        kind = torch.device(device).type
    except (RuntimeError, TypeError) as error:
        raise ValueError(f"device: expected None, 'cpu' or 'cuda', got {device!r}") from error
    if kind not in {"cpu", "cuda"} or (kind == "cuda" and not torch.cuda.is_available()):
        raise ValueError(f"device: {device!r} is not available here; expected None, 'cpu' or, with a GPU, 'cuda'")
    return str(device)


def _in_batches(transform: Transform, signals: np.ndarray, batch: int, progress: Progress | None) -> np.ndarray:
    values = None
    for start in range(0, len(signals), batch):
        part = transform(signals[start : start + batch])
        values = np.empty((len(signals), *part.shape[1:]), np.float32) if values is None else values
        values[start : start + len(part)] = part
        if progress is not None:
            progress(start + len(part), len(signals))
    return values
