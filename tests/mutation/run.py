"""Mutation testing: ``make mutants MODULES="basics/em learning" SAMPLE=12``.

cosmic-ray lists a module's mutants and writes them into a copy of the project. For each mutant of a seeded sample the module's
tests run in a fork of this process, which has loaded NumPy, PyTorch and pytest once: to start them costs more than most tests.
Results are kept in _build/mutants as they come, so a run that was interrupted goes on where it stopped.
"""

import argparse
import contextlib
import fcntl
import gc
import importlib
import math
import multiprocessing
import os
import resource
import shutil
import signal
import sys
from pathlib import Path

import cosmic_ray.plugins
import hypothesis
import mutants
import pytest
from cosmic_ray.commands import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.work_db import use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkResult

BUILD = mutants.ROOT / "_build" / "mutants"
TREE = BUILD / "tree"
LOADED_ONCE = (
    "_pytest.doctest",
    "ase.io",
    "hypothesis.extra.numpy",
    "joblib",
    "kymatio.numpy",
    "matplotlib.pyplot",
    "scipy.linalg",
    "scipy.optimize",
    "scipy.stats",
    "skimage.io",
    "sklearn.linear_model",
    "sklearn.mixture",
    "torch",
)
MEMORY = 16 * 2**30  # of addresses, of which PyTorch reserves many


def copy_project() -> None:
    """A fresh copy of what tests read: the sources themselves are never touched."""
    shutil.rmtree(TREE, ignore_errors=True)
    for folder in ("course_lib", "tests", "book", "benchmarks"):
        shutil.copytree(mutants.ROOT / folder, TREE / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "_toc.yml"):
        shutil.copy(mutants.ROOT / file, TREE)


def _tests(files: list[str], seconds: int, cached: bool) -> None:
    """In the fork: run the tests and leave with pytest's exit code."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    os.chdir(TREE)
    log = os.open(BUILD / "tests.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1), os.dup2(log, 2)
    # Two mutants written within a second have the same date and may have the same length: Python would take one for the other.
    sys.dont_write_bytecode = not cached
    # To shrink a counterexample takes long, and nobody looks at it.
    phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutants", phases=phases, derandomize=True, database=None)
    hypothesis.settings.load_profile("mutants")
    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files]))


def outcome(files: list[str], seconds: int, cached: bool = False) -> str:
    """What becomes of the copy as it now stands: "killed", "survived" or, after so much CPU time, "timed out"."""
    process = multiprocessing.get_context("fork").Process(target=_tests, args=(files, seconds, cached))
    process.start()
    try:
        process.join(20 * seconds)  # a machine that is busy gives less than its whole time; a fork that sleeps takes none
    finally:
        if process.is_alive():
            with contextlib.suppress(ProcessLookupError):  # it has not come to its setsid yet
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        process.join()
    if process.exitcode in (-signal.SIGXCPU, -signal.SIGKILL):
        return "timed out"
    return "survived" if process.exitcode == 0 else "killed"


def seconds_allowed(files: list[str]) -> int:
    """Twice the CPU time of the tests without a mutation, and two seconds more; an error if they fail then."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    if outcome(files, 600, cached=True) != "survived":
        raise RuntimeError(f"the tests fail without any mutation; see {BUILD / 'tests.log'}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return math.ceil(2 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)) + 2


def drawn(database, module: str, size: int) -> tuple[list, int]:
    """The mutants to try, in the order of the source, and how many there are to draw from."""
    source = (TREE / "course_lib" / f"{module}.py").read_text()
    notes, lines = mutants.annotations(source), source.splitlines()

    def worth_a_try(mutation) -> bool:
        (row, first), (_, last) = mutation.start_pos, mutation.end_pos
        operator = mutation.operator_name
        return mutants.is_telling(operator, (row, first), notes) and mutants.can_be_made(operator, lines[row - 1][first:last])

    items = sorted(database.work_items, key=lambda item: (item.mutations[0].operator_name, item.mutations[0].occurrence))
    telling = [(item.mutations[0].start_pos, item) for item in items if worth_a_try(item.mutations[0])]
    found = mutants.sample(telling, size, f"0 {module}")
    return [item for _, item in sorted(found, key=lambda pair: pair[0])], len(telling)


def try_out(database, module: str, pending: list) -> None:
    """Run the tests for each mutant, and store each result at once."""
    files = mutants.files_testing(module, TREE)
    seconds = seconds_allowed(files)
    for cached in (TREE / "course_lib" / module).parent.glob(f"__pycache__/{Path(module).name}.*"):
        cached.unlink()
    for i, item in enumerate(pending, 1):
        mutation = item.mutations[0]
        operator = cosmic_ray.plugins.get_operator(mutation.operator_name)(**mutation.operator_args)
        with use_mutation(mutation.module_path, operator, mutation.occurrence) as (before, after):
            word = outcome(files, seconds)
        line, change = mutants.change(module, before, after)
        print(f"{module} {i}/{len(pending)}: {word}, line {line}: {change.before}  ->  {change.after}", flush=True)
        found = TestOutcome.SURVIVED if word == "survived" else TestOutcome.KILLED
        database.set_result(item.job_id, WorkResult(WorkerOutcome.NORMAL, word, found, "\n".join(change)))


def measure(module: str, size: int) -> mutants.Row:
    """The row of a module; mutants that were tried before, with the same module and tests, are not tried again."""
    file = BUILD / f"{module.replace('/', '.')}.{mutants.digest(module, TREE)}.sqlite"
    if not file.exists():
        unfinished = file.with_suffix(".new")  # a list that was interrupted is not taken for a list
        with use_db(str(unfinished)) as database:
            init([TREE / "course_lib" / f"{module}.py"], database, {})
        unfinished.rename(file)
    with use_db(str(file)) as database:
        items, possible = drawn(database, module, size)
        known = {job for job, _ in database.results}
        if pending := [item for item in items if item.job_id not in known]:
            try_out(database, module, pending)
        results = dict(database.results)
    tried = [results[item.job_id] for item in items]
    outcomes = [(result.output, mutants.Change(*result.diff.split("\n"))) for result in tried]
    return mutants.row(module, possible, outcomes, mutants.equivalents())


def main(argv: list[str] | None = None) -> int:
    """Measure the modules named, or those in the table; store and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", help="basics or basics/em; none: those in the table")
    parser.add_argument("--sample", type=int, default=12, help="mutants of a module, at most (12)")
    wanted = parser.parse_args(argv)
    stored = mutants.rates() if mutants.RATES.exists() else {}
    names = mutants.modules(wanted.modules or stored)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a fork does not outlive us
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "MPLBACKEND": "agg", "PYTHONPATH": str(TREE), "OMP_NUM_THREADS": "1"}
    BUILD.mkdir(parents=True, exist_ok=True)
    lock = (BUILD / "lock").open("w")  # held until this process ends
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another run is changing {TREE}: wait until it ends")
    for name in LOADED_ONCE:
        importlib.import_module(name)
    gc.freeze()  # pytest collects garbage at its end, which in a fork would copy all that is loaded
    copy_project()
    failed = 0
    for module in names:
        try:
            stored[module] = measure(module, wanted.sample)
        except (RuntimeError, ValueError) as problem:  # its tests fail without a mutation, or there are none
            failed = 1
            print(f"{module}: {problem}", flush=True)
        mutants.write(stored.values())
    print(mutants.as_text(stored[module] for module in names if module in stored))
    return failed


if __name__ == "__main__":
    sys.exit(main())
