"""Whether the chapters' claims hold on other processors too.

``python tests/elsewhere.py [PAGE …]`` executes chapters, all by default, as processors with other instructions would: they add
numbers in another order, and in a long training the last digit of a sum becomes the second digit of an error. What a chapter
asserts has to hold there as well. Every cell is executed, also after one that failed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import nbclient

ROOT = Path(__file__).parents[1]
TOOLS = str(ROOT / "book/_ext")
sys.path.insert(0, TOOLS)

import notebooks  # noqa: E402 (it lies in the folder that was just added)

_AVX512 = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR"

#: How each library is told not to use what the processor could do. The last kind stands for those that are no Intel ones, too.
KINDS = {
    "as it is": {},
    "two threads": {"OMP_NUM_THREADS": "2"},
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": _AVX512,
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
    },
    "SSE": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_CBWR": "COMPATIBLE",
        "NPY_DISABLE_CPU_FEATURES": f"AVX F16C FMA3 AVX2 {_AVX512}",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
    },
}


def failures(source: Path, kind: str) -> list[str]:
    """The cells of a page that fail on a processor of a kind, each with what it says."""
    # Of this process, which is for one page alone. A sheet's cells import what writes its solutions.
    os.environ.update({"OMP_NUM_THREADS": "1", "PYTHONPATH": TOOLS, **KINDS[kind]})
    notebook = nbclient.execute(notebooks.as_executed(source), cwd=str(source.parent), timeout=600, allow_errors=True)
    errors = ((cell, output) for cell in notebook.cells for output in cell.get("outputs", []) if output.output_type == "error")
    return [f"{cell.source}\n→ {error.ename}: {error.evalue}\n{error.traceback[-2]}" for cell, error in errors]


def main(pages: list[Path], kinds: list[str], processes: int) -> int:
    """Print what fails; return how many pages do, over all kinds."""
    failed = 0
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, fresh, max_tasks_per_child=1) as pool:
        tasks = {pool.submit(failures, page, kind): (page, kind) for kind, page in product(kinds, pages)}
        for task, (page, kind) in tasks.items():
            found = task.result()
            failed += bool(found)
            print(f"{os.path.relpath(page, ROOT)}, {kind}:", "\n".join(found) or "holds", flush=True)
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="*", type=lambda page: Path(page).resolve(), help="sources, e.g. book/basics/em.md")
    parser.add_argument("--kind", action="append", choices=KINDS, help="kind of processor, once or more; all by default")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if strangers := [str(page) for page in options.pages if page not in notebooks.sources()]:
        parser.error(f"no chapter of the book is executed from {', '.join(strangers)}")
    sys.exit(1 if main(options.pages or notebooks.sources(), options.kind or [*KINDS], options.processes) else 0)
