"""Marks one submission with nbgrader, in a process of its own: ``python marker.py FOLDER SHEET SECONDS [CELL …]``.

The folder is a course folder of nbgrader with a single student in it. Cells whose numbers are given are left out. What happens
is told on the output, in lines that `marker_steps` describes.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

#: Bytes of address space and of a file, for each process that marks (PyTorch alone maps some gigabytes), and processes.
MEMORY, FILE, PROCESSES = 16 * 2**30, 256 * 2**20, 500


def limit(seconds: float) -> None:
    """Limit what this process and all that it starts may take, where the system can."""
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {"RLIMIT_AS": MEMORY, "RLIMIT_FSIZE": FILE, "RLIMIT_CPU": int(seconds) + 1, "RLIMIT_CORE": 0}
    if sys.platform.startswith("linux"):
        limits["RLIMIT_NPROC"] = _threads_of_this_user() + PROCESSES
    for name, most in limits.items():
        hard = resource.getrlimit(getattr(resource, name))[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with suppress(ValueError, OSError):  # macOS knows some of the names only
            resource.setrlimit(getattr(resource, name), (most, most))


def _threads_of_this_user() -> int:
    count = 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            count += len(list((process / "task").iterdir())) if process.stat().st_uid == os.getuid() else 0
    return count


def main() -> None:
    """Command line."""
    folder, sheet, seconds, *left_out = sys.argv[1:]
    told = os.dup(1)  # the lines go where the output went;
    os.dup2(2, 1)  # what anything else prints goes to the errors, which are logged
    logging.basicConfig(level=logging.INFO)
    warnings.simplefilter("ignore")  # of nbgrader's own making
    limit(float(seconds))
    os.chdir(folder)
    from marker_steps import mark

    mark(sheet, told, {int(cell) for cell in left_out})


if __name__ == "__main__":
    main()
