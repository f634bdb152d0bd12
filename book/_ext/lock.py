"""Solve the versions of everything that pyproject.toml asks for, and write them down where they are read.

``requirements.lock`` serves `make`, and so the book, the tests and CI; ``environment.yml`` repeats it for conda and Binder,
which take Python, NumPy and a CPU build of PyTorch from conda-forge. Run it with Python 3.11, the oldest that is supported.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]

LOCK_HEADER = """\
# Exact versions for the book, the tests, CI and Binder. Written by `make lock`; change pyproject.toml, not this file.
"""

ENVIRONMENT_HEADER = """\
# For conda and Binder; written by `make lock` from requirements.lock.
# PyTorch comes from conda-forge as a CPU build, a tenth of the size of the one with CUDA; NumPy comes with it, so that both are
# built against each other. Everything else is the lock's.
name: course
channels: [conda-forge, nodefaults]
dependencies:
"""

# What conda provides: the version range that the course works with, or None for the lock's exact version.
CONDA = {"pytorch-cpu": ">=2.8,<3", "numpy": None}
FROM_CONDA = {"torch", "numpy"}


def solve() -> dict[str, str]:
    """Install the project with all its extras into an empty environment and read what came: name → version."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        subprocess.run([python, "-m", "pip", "install", "-q", f"{ROOT}[book,test]"], check=True)
        frozen = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout
    return pins(frozen)


def pins(text: str) -> dict[str, str]:
    r"""The exact versions in a requirements file, by lower-case name, without what only some machines need.

    Raises
    ------
    ValueError
        If a line is neither a comment nor ``name==version``.

    >>> pins("# exact\nTorch==2.13.0+cpu\nnvidia-cublas==13.0\n")
    {'torch': '2.13.0'}
    """
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith(("#", "course-lib")):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^+\s]+)(\+\S+)?", line.strip())
        if not match:
            raise ValueError(f"not an exact version: {line!r}")
        name = re.sub(r"[._-]+", "-", match[1]).lower()
        if not name.startswith(("nvidia-", "cuda-", "triton")):
            found[name] = match[2]
    return found


def environment(versions: dict[str, str]) -> str:
    """The text of environment.yml for a set of versions."""
    conda = ["python=3.11", "pip", *(f"{name}{bounds or '=' + versions[name]}" for name, bounds in CONDA.items())]
    pip = [f"{name}=={version}" for name, version in versions.items() if name not in FROM_CONDA]
    lines = [*(f'  - "{entry}"' for entry in conda), "  - pip:", *(f"      - {entry}" for entry in pip)]
    return ENVIRONMENT_HEADER + "\n".join(lines) + "\n"


def main() -> None:
    """Write both files."""
    if sys.version_info[:2] != (3, 11):
        raise SystemExit(f"Solve with Python 3.11, the oldest that is supported; this is {sys.version.split()[0]}.")
    versions = solve()
    lines = "".join(f"{name}=={version}\n" for name, version in versions.items())
    (ROOT / "requirements.lock").write_text(LOCK_HEADER + lines, encoding="utf8")
    (ROOT / "environment.yml").write_text(environment(versions), encoding="utf8")
    print(f"{len(versions)} versions written to requirements.lock and environment.yml")


if __name__ == "__main__":
    main()
