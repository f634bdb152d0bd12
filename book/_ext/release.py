"""The course as one file to hand on, which needs no network to be read: ``make release``.

``python book/_ext/release.py`` packs what ``make book students pdf`` has built into ``_build/course-VERSION.zip``: the pages,
the PDF, the students' notebooks with the library and its data, the library as a wheel, and the checksums of all of it. The same
files give the same zip, byte by byte.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from archive import write_zip
from atomic import whole_file
from editions import SHOW_SOLUTION

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build"

#: What may still be sent by mail to a class, or read from a slow memory stick.
LIMIT_MB = 60

#: What a build leaves among the pages and no page links to.
NO_PAGES = ("html/reports/",)

# The scripts and style sheets of others, in which any short path may stand by chance.
_OF_OTHERS = "html/_static/"

README = """\
Machine learning under physical constraints, version {version}

To read, without a network:
    html/index.html     open it in a browser: the whole course, with sliders that move
    course.pdf          the same on paper

To compute:
    notebooks/          every chapter and every exercise sheet as a notebook, with the library that they import, its data, and
                        the environment; notebooks/README.md says how to install it (that step needs a network)
    {wheel}
                        the library alone, data included:
                        pip install -c notebooks/requirements.lock {wheel}

SHA256SUMS has the checksums of all files: sha256sum -c SHA256SUMS

Code: BSD 3-Clause. Text and figures: CC BY 4.0. Both licences are in notebooks/.
"""


def version(root: Path = ROOT) -> str:
    """The version of the course, from pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))["project"]["version"]


def files_in(folder: Path, below: str) -> dict[str, bytes]:
    """The files of a folder, under the names that they get below `below`; hidden ones are left out."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {f"{below}/{file.relative_to(folder).as_posix()}": file for file in found}
    return {name: file.read_bytes() for name, file in names.items() if "/." not in name and not name.startswith(NO_PAGES)}


def wheel(root: Path = ROOT) -> tuple[str, bytes]:
    """The library as a wheel: its file name and its content. Built from a copy, so that nothing old gets into it."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder, "source"), Path(folder, "out")
        shutil.copytree(root / "course_lib", source / "course_lib", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(root / name, source / name)
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-index", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", str(out), str(source)]
        fixed = {"SOURCE_DATE_EPOCH": str(315532800), "PYTHONHASHSEED": "0"}  # 1980, where zip's calendar begins
        subprocess.run(command, check=True, env={**os.environ, **fixed})
        (built,) = out.iterdir()
        return built.name, built.read_bytes()


def contents(built: Path = BUILT, root: Path = ROOT) -> dict[str, bytes]:
    """Name → content of every file of the release, checksums last.

    Raises
    ------
    ValueError
        If something is not built, a page shows solutions, or a file says where on this machine it was made.
    """
    for name, made_by in {"html/index.html": "book", "students/README.md": "students", "course.pdf": "pdf"}.items():
        if not (built / name).exists():
            raise ValueError(f"built: there is no {built / name}; run `make {made_by}`")
    name, data = wheel(root)
    files = {
        **files_in(built / "html", "html"),
        **files_in(built / "students", "notebooks"),
        "course.pdf": (built / "course.pdf").read_bytes(),
        name: data,
        "README.txt": README.format(version=version(root), wheel=name).encode(),
    }
    if solved := [name for name, data in files.items() if name.endswith(".html") and SHOW_SOLUTION.encode() in data]:
        raise ValueError(f"files: {solved[0]} shows solutions, as `make book EDITION=teachers` does; run `make clean book`")
    if found := traces(files, [root.resolve(), Path.home()]):
        raise ValueError(f"files: they name folders of this machine: {'; '.join(found[:5])}")
    return {**files, "SHA256SUMS": checksums(files)}


def checksums(files: dict[str, bytes]) -> bytes:
    """What ``sha256sum -c`` reads.

    >>> checksums({"b": b"", "a": b""}).decode().split()[1::2]
    ['a', 'b']
    """
    return "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())).encode()


def traces(files: dict[str, bytes], folders: Iterable[Path]) -> list[str]:
    """``name: folder`` for each file that names something in one of the folders.

    >>> traces({"a.html": b"made in /home/anna/course/x", "b.html": b"/home/annabel"}, [Path("/home/anna")])
    ['a.html: /home/anna']
    """
    sought = {folder: f"{folder}/".encode() for folder in folders}
    own = {name: data for name, data in files.items() if not name.startswith(_OF_OTHERS)}
    return [f"{name}: {folder}" for name, data in own.items() for folder, path in sought.items() if path in data]


def pack(files: dict[str, bytes], target: Path, limit_mb: float = LIMIT_MB) -> float:
    """Write a zip file, in a folder of its name, that depends on nothing but the files; returns its size in megabytes.

    Raises
    ------
    ValueError
        If it is larger than `limit_mb`; the message says what weighs most. Then, as after any other error, nothing new bears
        the name `target`.
    """
    with whole_file(target) as file:
        packed = write_zip(file, {f"{target.stem}/{name}": data for name, data in files.items()})
        size = file.tell() / 1e6
        if size > limit_mb:
            raise ValueError(f"files: {size:.1f} MB, more than {limit_mb} MB; most of it: {heaviest(packed)}")
    return size


def heaviest(packed: dict[str, int], count: int = 3) -> str:
    """The parts of the release that weigh most, with their megabytes.

    >>> heaviest({"course/html/a": 3_000_000, "course/html/b": 1_000_000, "course/course.pdf": 2_000_000}, count=1)
    'html 4.0 MB'
    """
    weights: Counter[str] = Counter()
    for name, size in packed.items():
        weights[name.split("/")[1]] += size
    return ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in weights.most_common(count))


def main() -> None:
    """Command line."""
    target = BUILT / f"course-{version()}.zip"
    try:
        files = contents()
        size = pack(files, target)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        sys.exit(f"No release was written: {error}")
    print(f"{target}: {len(files)} files, {size:.1f} MB")


if __name__ == "__main__":
    main()
