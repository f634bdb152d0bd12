"""The page for teachers keeps its word: its commands, run one after the other, lead from the molecules to the ranking."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from course_lib.project.__main__ import main
from course_lib.project.competition import SPLITS
from course_lib.project.energy_table import MOST_BYTES
from course_lib.project.leaderboard import read_board
from course_lib.project.molecules import Molecules
from course_lib.project.physical_score import physical_score
from course_lib.project.readers import read_folder
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.splits import split_by_size
from course_lib.project.truth import read_truth

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "book" / "project" / "running-the-competition.md").read_text()
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S) for line in block.splitlines()]
GRID = (ROOT / "course_lib" / "project" / "handout_texts" / "MARKING.md").read_text()


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The folder above the one in which somebody has followed the page."""
    root = tmp_path_factory.mktemp("teacher")
    (root / "course").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root / "course")
        for command in COMMANDS:
            program, dash_m, module, *arguments = shlex.split(command)
            assert (program, dash_m) == (".venv/bin/python", "-m")
            if module == "course_lib.project":
                main([*arguments, *["--seed", "0"] * (arguments[0] == "prepare")])
            else:
                assert module == "zipfile"
    return root


def test_the_pages_commands_lead_from_molecules_to_the_ranking(followed):
    assert len(COMMANDS) == 9
    (entry,), damaged = read_board(followed / "competition" / "teacher" / "board.jsonl")
    assert (entry.team, damaged) == ("Team Noether", [])
    assert entry.public_rmse < 2
    assert "private" not in re.sub(r"private part", "", (followed / "competition" / "board.html").read_text())
    assert f"{entry.private_rmse:.4f}" in (followed / "competition" / "final.html").read_text()


def test_numbers_of_the_page_are_those_of_the_program(followed):
    truth = read_truth(followed / "competition" / "teacher" / "truth.json")
    assert truth.settings["split"] == "composition"
    assert truth.settings["test"] == 0.25
    assert truth.settings["a_day"] == 5
    assert len(truth.copies) == 4 * 20
    assert "of 20 public" in PAGE.replace("\n", " ")
    assert all(abs(len(part) - 490) < 60 for part in (truth.public, truth.private))
    assert f"more than {MOST_BYTES // 10**6} MB" in PAGE
    assert f"{len(small_qm9())} small molecules" in PAGE
    assert len(split_by_size(small_qm9(), 6)[1]) == 3138
    assert all(f"`--split {split}`" in PAGE for split in SPLITS)


def test_the_grid_of_the_page_is_the_one_that_teachers_get():
    rows = re.findall(r"^\| \*\*(.*?)\*\* \| (\d+) \|", GRID, re.M)
    assert rows == re.findall(r"^\| ([A-Z][\w ]+) \| (\d+) \|$", PAGE, re.M)
    assert (
        re.findall(r"^## ", (ROOT / "course_lib" / "project" / "handout_texts" / "REPORT.md").read_text(), re.M) == ["## "] * 7
    )


def test_the_mean_breaks_no_invariance_and_fails_extensivity_by_what_the_page_says(followed):
    handout = followed / "competition" / "handout"
    mean = read_folder(handout / "train", handout / "train.csv").energies.mean()

    def predict(molecules: Molecules):
        return np.full(len(molecules), mean)

    found = physical_score(predict, read_folder(handout / "public"), np.random.default_rng(7))
    assert found.symmetry == 0
    assert 55 < found.extensivity < 65


def test_chance_in_the_error_of_half_the_test_is_about_what_the_page_says(followed):
    """The composition baseline's residuals on the private half, drawn anew a thousand times."""
    truth = read_truth(followed / "competition" / "teacher" / "truth.json")
    lines = (followed / "noether.csv").read_text().splitlines()[1:]
    predicted = {name: float(energy) for name, energy in (line.split(",") for line in lines)}
    residuals = np.array([predicted[name] - energy for name, energy in truth.private.items()])
    draws = np.random.default_rng(0).choice(residuals, size=(1000, len(residuals)))
    errors = np.sqrt(np.mean(draws**2, axis=1))
    assert 0.02 < errors.std() / errors.mean() < 0.1
