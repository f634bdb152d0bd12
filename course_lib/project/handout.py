"""The folders of a competition: ``handout``, which students get, and ``teacher``, which nobody else must see."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from string import Template

import numpy as np

from course_lib.project.competition import Parts, energies_of, truth_of
from course_lib.project.molecules import Molecules, join
from course_lib.project.truth import write_commitment, write_truth
from course_lib.project.writers import write_energy_table, write_folder

TEXTS = Path(__file__).with_name("handout_texts")


def write_competition(out: Path, parts: Parts, settings: dict[str, str | int | float]) -> None:
    """Write both folders below `out`.

    Parameters
    ----------
    out : where; made if it is not there.
    parts : from :func:`~course_lib.project.competition.divide`.
    settings : how they were made: kept with the truth, and filled into the texts.

    Raises
    ------
    ValueError
        If one of the folders is there already: a truth that teams work on is never written over.
    """
    handout, teacher = out / "handout", out / "teacher"
    for folder in (handout, teacher):
        if folder.exists():
            raise ValueError(f"out: {folder} is there already; choose another folder, or delete it if nobody uses it")
    teacher.mkdir(parents=True, mode=0o700)
    handout.mkdir()
    write_folder(handout / "train", _by_id(parts.train))
    write_energy_table(handout / "train.csv", energies_of(parts.train))
    write_folder(handout / "public", _by_id(reduce(join, parts.copies.values(), parts.public)))
    write_folder(handout / "private", _by_id(parts.private))
    write_folder(handout / "pairs", parts.pairs)
    truth = truth_of(parts, settings)
    write_energy_table(handout / "example.csv", dict.fromkeys(sorted(truth.required), float(parts.train.energies.mean())))
    write_commitment(handout / "COMMITMENT.txt", write_truth(teacher / "truth.json", truth), teacher / "truth.json")
    lines = ["id,source", *(f"{new},{old}" for new, old in sorted(parts.sources.items()))]
    (teacher / "sources.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _write_texts(handout, teacher, parts, settings)


def _by_id(molecules: Molecules) -> Molecules:
    """Sorted by id, energies left out, so that neither the order nor the time of writing tells a copy from its original."""
    return molecules.without_energies().select(np.argsort(molecules.ids))


def _write_texts(handout: Path, teacher: Path, parts: Parts, settings: dict[str, str | int | float]) -> None:
    counts = {"train": len(parts.train), "test": len(parts.public) + len(parts.private) + sum(map(len, parts.copies.values()))}
    for folder, name in ((handout, "README.md"), (handout, "REPORT.md"), (teacher, "MARKING.md")):
        text = Template((TEXTS / name).read_text(encoding="utf-8"))
        (folder / name).write_text(text.substitute(counts, pairs=len(parts.pairs), **settings), encoding="utf-8")
