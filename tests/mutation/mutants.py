"""Which mutants are tried, by which tests, and what came of it. `run.py` makes the mutants, with cosmic-ray.

A mutant is a module with one small fault, such as + for −. It is killed if a test then fails, and survives if none does.
"""

import ast
import csv
import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RATES = HERE / "kill_rates.csv"
EQUIVALENT = HERE / "equivalent.csv"

# Numbers have no bits to shift or mask, and identity of numbers is nobody's question: a test fails at once, and says nothing.
BITS = {"RShift", "LShift", "BitOr", "BitAnd", "BitXor"}
IDENTITY = {"Is", "IsNot"}


class Row(NamedTuple):
    """A line of the table: what became of the mutants drawn from all possible ones of a module."""

    module: str
    possible: int
    drawn: int
    killed: int
    timed_out: int
    survived: int
    equivalent: int


class Change(NamedTuple):
    """A mutant as a reader sees it: a line of a module, before and after."""

    module: str
    before: str
    after: str


def modules(names: Iterable[str], root: Path = ROOT) -> list[str]:
    """Modules ``part/name`` of course_lib; a part alone stands for all of its modules that have a test file of their own."""
    found = []
    for name in names:
        if (root / "course_lib" / f"{name}.py").is_file():
            found.append(name)
        elif (root / "course_lib" / name).is_dir():
            sources = sorted((root / "course_lib" / name).glob("*.py"))
            found += [f"{name}/{file.stem}" for file in sources if (root / "tests" / name / f"test_{file.stem}.py").is_file()]
        else:
            raise ValueError(f"{name!r} is neither a part nor a module of course_lib; write it like basics or basics/em")
    return list(dict.fromkeys(found))


def files_testing(module: str, root: Path = ROOT) -> list[str]:
    """The files with tests of a module: its mirror, else those of its part that name it; and the module, for its doctests.

    A module that no test names serves others of its part: then it is tested by the mirrors of those that name it.
    """
    part, name = module.rsplit("/", 1)
    mirror = root / "tests" / part / f"test_{name}.py"
    dotted = "course_lib." + module.replace("/", ".")
    naming = re.compile(rf"{re.escape(dotted)}\b|^from {re.escape(dotted.rsplit('.', 1)[0])} import .*\b{name}\b", re.MULTILINE)
    tests, sources = (sorted((root / folder / part).glob("*.py")) for folder in ("tests", "course_lib"))
    named = [file for file in tests if file.name.startswith("test_") and naming.search(file.read_text())]
    served = [root / "tests" / part / f"test_{file.name}" for file in sources if naming.search(file.read_text())]
    files = [mirror] if mirror.is_file() else named or [file for file in served if file.is_file()]
    if not files:
        raise ValueError(f"no test in tests/{part} names {dotted}")
    return [file.relative_to(root).as_posix() for file in files] + [f"course_lib/{module}.py"]


def digest(module: str, root: Path = ROOT) -> str:
    """A mark of the module and its tests: another one, and earlier results no longer hold."""
    return hashlib.sha256(b"\0".join((root / file).read_bytes() for file in files_testing(module, root))).hexdigest()[:12]


def annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Start and end, as (line, column), of each annotation in a source."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation]
    found = [node.annotation for node in nodes]
    found += [node.returns for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef) and node.returns]
    return [((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)) for node in found]


def is_telling(operator: str, position: tuple[int, int], notes: list) -> bool:
    """Whether to try a mutant: not one in an annotation, nor one that puts an operator of another kind."""
    _, _, exchanged = operator.partition("Operator_")
    before, _, after = exchanged.partition("_")
    of_one_kind = all((before in kind) == (after in kind) for kind in (BITS, IDENTITY)) or not after
    return of_one_kind and not any(start <= tuple(position) < end for start, end in notes)


def can_be_made(operator: str, replaced: str) -> bool:
    """Whether cosmic-ray can put something in place of this text: it breaks off at a dotted name in a tuple of exceptions."""
    return replaced == "." or "." not in replaced or not operator.endswith("ExceptionReplacer")


def sample(mutants: list[tuple], size: int, seed: str) -> list[tuple]:
    """At most `size` of the mutants ``(place, …)``, from as many places as possible; a smaller sample is part of a larger one.

    One plus sign has seven mutants, and a test that notices one of them mostly notices all.
    """
    rounds, times = [], Counter()
    for mutant in random.Random(seed).sample(mutants, len(mutants)):  # noqa: S311 (no secret)
        rounds.append((times[mutant[0]], mutant))
        times[mutant[0]] += 1
    return [mutant for _, mutant in sorted(rounds, key=lambda pair: pair[0])][:size]


def change(module: str, before: str, after: str) -> tuple[int, Change]:
    """The number of the first line that differs, and the lines that differ, without indentation."""
    old, new = before.splitlines(), after.splitlines()
    same = next((i for i, lines in enumerate(zip(old, new, strict=False)) if lines[0] != lines[1]), min(len(old), len(new)))
    rest = 0
    while rest < min(len(old), len(new)) - same and old[-1 - rest] == new[-1 - rest]:
        rest += 1
    texts = (" ".join(line.strip() for line in lines[same : len(lines) - rest]) for lines in (old, new))
    return same + 1, Change(module, *texts)


def equivalents(file: Path = EQUIVALENT) -> dict[Change, str]:
    """The mutants that were read and judged to do the same as the original, with the reason."""
    with file.open(newline="") as lines:
        return {Change(row["module"], row["before"], row["after"]): row["reason"] for row in csv.DictReader(lines)}


def row(module: str, possible: int, outcomes: list[tuple[str, Change]], judged: Iterable[Change]) -> Row:
    """The counts of a module. An outcome is ``("killed" | "timed out" | "survived", change)``."""
    words = [word for word, _ in outcomes]
    equivalent = sum(word == "survived" and change in judged for word, change in outcomes)
    survived = words.count("survived") - equivalent
    return Row(module, possible, len(words), words.count("killed"), words.count("timed out"), survived, equivalent)


def rates(file: Path = RATES) -> dict[str, Row]:
    """The table as it is stored, by module."""
    with file.open(newline="") as lines:
        return {line[0]: Row(line[0], *map(int, line[1:-1])) for line in list(csv.reader(lines))[1:-1]}


def write(rows: Iterable[Row], file: Path = RATES) -> None:
    """Store the table as the book shows it: in the order of the modules' names, each with its kill rate, and all together."""
    rows = sorted(rows)
    total = Row("all", *(sum(counts) for counts in list(zip(*rows, strict=True))[1:]))
    with file.open("w", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([*(field.replace("_", " ") for field in Row._fields), "rate"])
        writer.writerows([*row, f"{kill_rate([row]):.0%}"] for row in [*rows, total])


def kill_rate(rows: Iterable[Row]) -> float:
    """Killed and timed-out mutants, as a share of those drawn that are not equivalent; NaN if there are none."""
    rows = list(rows)
    tried = sum(row.drawn - row.equivalent for row in rows)
    return sum(row.killed + row.timed_out for row in rows) / tried if tried else float("nan")


def as_text(rows: Iterable[Row]) -> str:
    """The table for a terminal, with the kill rate of each module and of all."""
    rows = sorted(rows)
    lines = ["module                                drawn  killed  timed out  survived  equivalent    rate"]
    for row in rows:
        counts = f"{row.drawn:6}{row.killed:8}{row.timed_out:11}{row.survived:10}{row.equivalent:12}"
        lines.append(f"{row.module:37}{counts}{kill_rate([row]):8.0%}")
    return "\n".join([*lines, f"all: {kill_rate(rows):.1%} killed of {sum(row.drawn - row.equivalent for row in rows)}"])
