"""Work on many molecules, in chunks that can go to several processes.

joblib runs the chunks. Its default starts processes on this machine; within ``joblib.parallel_config(backend="dask")``, or with
Ray's back end, they go to a cluster instead.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from joblib import Parallel, delayed

from course_lib.basics.arguments import whole_number
from course_lib.project.molecules import Molecules

#: Called after each chunk with the number of molecules done and of all.
Progress = Callable[[int, int], None]
AT_ONCE = 32


class Running(NamedTuple):
    """How a computation is run; it does not show in the result.

    `jobs` is the number of processes, −1 for as many as there are cores; `cache` is a folder for results, or None; `progress`
    is called after each chunk, or None.
    """

    jobs: int = 1
    cache: str | pathlib.Path | None = None
    progress: Progress | None = None


#: One process, nothing kept, no reports.
PLAINLY = Running()


def in_chunks(function: Callable[..., np.ndarray], molecules: Molecules, how: Running, *, at_once: int = AT_ONCE) -> np.ndarray:
    """What a function makes of all molecules, chunk by chunk, joined along the first axis.

    Parameters
    ----------
    function : of the charges (b, n) and positions (b, n, 3) of some molecules; returns an array.
    molecules : B molecules.
    how : processes and reports.
    at_once : molecules in a chunk.

    Raises
    ------
    ValueError
        If the number of jobs is neither positive nor −1, or the progress cannot be called.
    """
    if how.jobs != -1:
        whole_number("jobs", how.jobs, 1)
    if how.progress is not None and not callable(how.progress):
        raise ValueError(f"progress: expected a function of the numbers done and in all, or None, got {how.progress!r}")
    starts = range(0, len(molecules), at_once)
    work = (delayed(function)(*_chunk(molecules, slice(start, start + at_once))) for start in starts)
    results = []
    for start, result in zip(starts, Parallel(n_jobs=how.jobs, return_as="generator")(work), strict=True):
        results.append(result)
        if how.progress is not None:
            how.progress(min(start + at_once, len(molecules)), len(molecules))
    return np.concatenate(results)


def _chunk(molecules: Molecules, part: slice) -> tuple[np.ndarray, np.ndarray]:
    """The charges and positions of a few molecules, with no more filling than they need."""
    charges = molecules.charges[part]
    most = int(np.count_nonzero(charges, axis=1).max())
    return charges[:, :most], molecules.positions[part, :most]
