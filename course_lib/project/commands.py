"""The steps of a competition: what ``python -m course_lib.project`` does, as functions that return what is to be printed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path

import numpy as np

from course_lib.basics.arguments import whole_number
from course_lib.project.board_page import board_page
from course_lib.project.competition import divide
from course_lib.project.entries import entry
from course_lib.project.handout import write_competition
from course_lib.project.leaderboard import append, read_board
from course_lib.project.molecules import join
from course_lib.project.physical_score import PhysicalScore, physical_score
from course_lib.project.readers import read_folder, read_molecules
from course_lib.project.submissions import read_submission, score_submission
from course_lib.project.truth import checksum_of, read_truth, verify
from course_lib.project.writers import write_energy_table

MOST_FOR_PHYSICS = 50


def prepare(out: Path, data: str, energies: Path | None, seed: int, split: str, test: float, checked: int, a_day: int) -> str:
    """Make both folders from a source of molecules; see :func:`~course_lib.project.competition.divide`."""
    molecules = read_molecules(data, energies)
    parts = divide(molecules, np.random.default_rng(seed), split, test, checked)
    settings = {"split": split, "test": test, "a_day": whole_number("a_day", a_day, 1), "seed": seed, "source": Path(data).name}
    write_competition(out, parts, settings)
    counts = f"{len(parts.train)} for training, {len(parts.public)} public, {len(parts.private)} private"
    lines = [f"{out / 'handout'}: for the students ({counts})", f"{out / 'teacher'}: for you alone; make a backup"]
    if data == "embedded":
        lines.append("note: everyone who has the course has these energies; where marks hang on the rank, use --data")
    return "\n".join(lines)


def fit(handout: Path, recipe: str, model: Path, seed: int, jobs: int) -> str:
    """Train a recipe of the course on the training molecules, and store it."""
    from course_lib.project import recipes  # it imports PyTorch, which the other commands do without

    molecules = read_folder(handout / "train", handout / "train.csv")
    recipes.fit(molecules, recipe, rng=np.random.default_rng(seed), jobs=jobs, progress=_progress).save(model)
    return f"{model}: {recipe}, trained on {len(molecules)} molecules"


def predict(handout: Path, model: Path, out: Path, jobs: int) -> str:
    """Write a submission: a stored model's energies of all molecules of the test, and of the pairs if it takes them."""
    from course_lib.project import recipes

    stored, molecules = recipes.load(model), reduce(join, (read_folder(handout / part) for part in ("public", "private")))
    table = dict(zip(molecules.ids, stored.predict(molecules, jobs=jobs).tolist(), strict=True))
    pairs = read_folder(handout / "pairs")
    try:
        table |= dict(zip(pairs.ids, stored.predict(pairs, jobs=jobs).tolist(), strict=True))
        note = f"and {len(pairs)} pairs"
    except ValueError as error:
        note = f"without pairs, which this model does not take ({error})"
    write_energy_table(out, dict(sorted(table.items())))
    return f"{out}: {len(molecules)} molecules, {note}"


def physics(handout: Path, model: Path, seed: int, jobs: int) -> str:
    """What a stored model breaks of physics, on public molecules that are moved, turned, mirrored, renumbered and paired."""
    from course_lib.project import recipes

    stored, molecules = recipes.load(model), read_folder(handout / "public")
    rng = np.random.default_rng(seed)
    chosen = molecules.select(rng.permutation(len(molecules))[:MOST_FOR_PHYSICS])
    return _physics(physical_score(lambda batch: stored.predict(batch, jobs=jobs), chosen, rng))


def score(submission: Path, competition: Path, team: str | None) -> str:
    """Errors and physical score of a submission; with a team's name it is added to the board."""
    truth = read_truth(competition / "teacher" / "truth.json")
    found = score_submission(read_submission(submission, truth), truth)
    lines = [
        f"public   RMSE {found.public_rmse:.4f} eV  MAE {found.public_mae:.4f} eV  ({len(truth.public)} molecules)",
        f"private  RMSE {found.private_rmse:.4f} eV  MAE {found.private_mae:.4f} eV  ({len(truth.private)} molecules)",
        _physics(found.physics),
    ]
    if team is not None:
        new = entry(team, datetime.now(UTC), checksum_of(submission), found)
        damaged = append(competition / "teacher" / "board.jsonl", new, int(truth.settings["a_day"]))
        lines += [*_damaged(damaged), f"added to the board for {new.team}"]
    return "\n".join(lines)


def board(competition: Path, out: Path, title: str, reveal: bool) -> str:
    """Write the page of the leaderboard; without a competition in that folder, an earlier page stays as it is."""
    read_truth(competition / "teacher" / "truth.json")
    entries, damaged = read_board(competition / "teacher" / "board.jsonl")
    out.write_text(board_page(entries, title, reveal), encoding="utf-8")
    return "\n".join([*_damaged(damaged), f"{out}: {len(entries)} submissions"])


def check(truth: Path, handout: Path) -> str:
    """Check a published truth against the checksum that was handed out."""
    verify(truth, handout / "COMMITMENT.txt")
    return f"{truth}: unchanged since the competition was prepared"


def _progress(done: int, count: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {count}", end="\n" if done == count else "", file=sys.stderr, flush=True)


def _physics(found: PhysicalScore) -> str:
    kinds = ("translation", "rotation", "reflection", "permutation", "extensivity")
    return "physics  " + "  ".join(f"{kind} {getattr(found, kind):.2g} eV" for kind in kinds).replace("nan eV", "not given")


def _damaged(lines: list[bytes]) -> list[str]:
    return [f"warning: a line of the board cannot be read, and is kept: {line[:60]!a}" for line in lines]
