"""A book of two chapters, built with the project's own extension and settings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.book.sources import FRONT_MATTER

ROOT = Path(__file__).parents[2]

CHAPTER = (
    FRONT_MATTER
    + """
# {title}

```{{code-cell}} ipython3
:tags: [hide-input]
{code}
```
"""
)

# A chapter notes each execution in a file.
PROBE = """from course_lib.{part} import {module}
with open(r'{log}', 'a') as log:
    print('{name}', file=log)
print('done')"""

#: `shapes` uses `numbers_` through its package; `other` stands alone.
LIBRARY = {
    "requirements.lock": "numpy==2.2.6\n",
    "course_lib/__init__.py": "",
    "course_lib/part/__init__.py": "",
    "course_lib/part/shapes.py": "from course_lib.part import numbers_\nfrom . import style\n",
    "course_lib/part/numbers_.py": "import math\nTWO = 2\n",
    "course_lib/part/style.py": "",
    "course_lib/part/weights.csv": "1,2\n",
    "course_lib/elsewhere/__init__.py": "",
    "course_lib/elsewhere/other.py": "THREE = 3\n",
}


def write_library(root: Path) -> Path:
    """A small library, below `root`."""
    for name, text in LIBRARY.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def write_book(root: Path, executed: tuple[str, ...] = ("one", "two")) -> Path:
    """Two chapters beside a library: `one` imports `shapes`, `two` imports `other`.

    To execute a chapter takes seconds: one that is not among those to be `executed` is a page without code.
    """
    shutil.copytree(ROOT / "book" / "_ext", root / "book" / "_ext", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "book" / "assets").mkdir()
    for name in ("status", "equations"):
        (root / "book" / f"{name}.md").write_text(f"# {name}\n")
    uses = {"one": ("part", "shapes"), "two": ("elsewhere", "other")}
    for name in uses.keys() - set(executed):
        (root / "book" / f"{name}.md").write_text(f"# {name}\n")
    for name in executed:
        part, module = uses[name]
        cell = PROBE.format(part=part, module=module, name=name, log=root / "log")
        (root / "book" / f"{name}.md").write_text(CHAPTER.format(title=name, code=cell))
    entries = "".join(f"      - file: book/{name}\n" for name in ("two", "status", "equations"))
    (root / "_toc.yml").write_text(f"format: jb-book\nroot: book/one\nparts:\n  - chapters:\n{entries}")
    (root / "_config.yml").write_text(
        "title: Small\nonly_build_toc_files: true\nexecute: {execute_notebooks: cache}\nsphinx:\n"
        "  recursive_update: true\n  local_extensions: {course_site: book/_ext}\n  config: {intersphinx_mapping: {}}\n"
    )
    return root


def run_build(root: Path, **options) -> subprocess.CompletedProcess[str]:
    """Build, whatever comes of it; the options are those of `subprocess.run`."""
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(root), "-W", "-n", "--keep-going"]
    environment = {**os.environ, "PYTHONPATH": str(root), **options.pop("env", {})}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, **options)


def build(root: Path) -> set[str]:
    """Build, and tell which chapters were executed."""
    log = root / "log"
    log.unlink(missing_ok=True)
    done = run_build(root)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(log.read_text().split()) if log.exists() else set()
