"""Runs a command on strangers' code: a clean environment, a limit of time, and an end of everything that it started.

That is no sandbox: the code may read what the teacher may read, and reach the network. `bubblewrap` makes one, on Linux.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parents[3]

#: What a program needs to know of the teacher's environment; everything else, keys and passwords above all, stays out.
PASSED_ON = {
    *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "CONDA_PREFIX"),
    *("SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT", "NUMBER_OF_PROCESSORS"),
}

#: Every process that a command starts inherits this variable, and is found by it.
MARK = "COURSE_MARKING"

#: What of the system is seen in the sandbox.
SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts"),
    *("/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd"),
)


class Ended(NamedTuple):
    """How a command ended: what it printed, and its exit code, or None when its time was up."""

    output: str
    code: int | None


def environment(home: Path) -> dict[str, str]:
    """The environment of a command that shall see nothing of the teacher's, with a home of its own."""
    passed_on = {name: value for name, value in os.environ.items() if name.upper() in PASSED_ON}
    own = {name: str(home) for name in ("HOME", "USERPROFILE", "TMPDIR", "TMP", "TEMP")}
    return {**passed_on, **own, "PATH": path(), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}


def path() -> str:
    """Where programs are looked for: first beside this Python, where nbgrader needs to find alembic."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def run(command: list[str], folder: Path, seconds: float, log: Path, variables: Mapping[str, str]) -> Ended:
    """Run a command in a folder, for a limited time; nothing that it started is left when this returns or raises."""
    mark = secrets.token_hex(16)
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**variables, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C reaches this process only, which then ends the other
        )
        try:
            output, _ = process.communicate(timeout=seconds)
            code = process.returncode
        except subprocess.TimeoutExpired:
            end(process, mark)
            output, code = process.communicate()[0], None
        finally:
            end(process, mark)
    return Ended(output.decode("utf8", "replace"), code)


def end(process: subprocess.Popen[bytes], mark: str) -> None:
    """End a process, its group, and all processes that carry the mark, whatever group they have moved to."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.poll() is None:
        process.kill()
    for _ in range(20):  # one of them may start another meanwhile
        marked = [other for other in psutil.process_iter() if _carries(other, mark)]
        if not marked:
            break
        for other in marked:
            with suppress(psutil.Error):
                other.kill()
        psutil.wait_procs(marked, timeout=0.2)
    process.wait()


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def bubblewrap(command: list[str], folder: Path) -> list[str]:
    """The same command in a sandbox: no network, no other process, and of the files only Python, the library and `folder`.

    Raises
    ------
    ValueError
        If the system has no bubblewrap.
    """
    program = shutil.which("bwrap")
    if not program:
        raise ValueError("the sandbox needs bubblewrap, which exists on Linux: apt install bubblewrap")
    readable = [*SYSTEM, sys.base_prefix, sys.prefix, str(ROOT / "course_lib"), str(ROOT / "book" / "_ext")]
    seen = [part for place in readable for part in ("--ro-bind-try", place, place)]
    apart = ["--unshare-all", "--die-with-parent", "--new-session", "--proc", "/proc", "--dev", "/dev"]
    return [program, *apart, *seen, "--bind", str(folder), str(folder), "--chdir", str(folder), "--", *command]
