"""What one build has worked out and the next one need not, because the files that it comes from are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from sphinx.environment import BuildEnvironment

ROOT = Path(__file__).parents[2]

Worked = TypeVar("Worked")


def digest_of(files: Iterable[Path], root: Path = ROOT) -> str:
    """Changes when one of the files changes, in name or content."""
    parts = hashlib.sha256()
    for file in files:
        parts.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return parts.hexdigest()[:16]


def library_and_tests(root: Path = ROOT) -> list[Path]:
    """The files of the library, data included, and those of the tests, in the order of their names."""
    found = [*(root / "course_lib").rglob("*"), *(root / "tests").rglob("test_*.py")]
    return sorted(file for file in found if file.is_file() and file.suffix != ".pyc")


def remembered(env: BuildEnvironment, name: str, state: str, work_out: Callable[[], Worked]) -> Worked:
    """What `work_out` returns; it is called only if `state`, a digest of all that it reads, is not that of the last time."""
    if not hasattr(env, "course_remembered"):
        env.course_remembered = {}
    if env.course_remembered.get(name, ("", None))[0] != state:
        env.course_remembered[name] = (state, work_out())
    return env.course_remembered[name][1]
