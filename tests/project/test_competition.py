import json
import re
import stat
from functools import reduce

import numpy as np
import pytest

from course_lib.project.__main__ import main
from course_lib.project.competition import divide, truth_of
from course_lib.project.energy_table import read_energy_table
from course_lib.project.handout import write_competition
from course_lib.project.leaderboard import read_board
from course_lib.project.molecules import compositions, heavy_atoms, join
from course_lib.project.motions import MOTIONS
from course_lib.project.readers import read_folder
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.splits import same_molecules
from course_lib.project.submissions import check_ids, read_submission, score_submission
from course_lib.project.truth import read_truth, verify
from course_lib.project.writers import write_energy_table, write_extxyz, write_folder

SOME = small_qm9().select(np.random.default_rng(0).permutation(3921)[:300])
SETTINGS = {"split": "composition", "test": 0.3, "a_day": 3, "seed": 1, "source": "embedded"}


def parts(split="composition", seed=0, molecules=SOME):
    return divide(molecules, np.random.default_rng(seed), split, test=0.3, checked=8)


@pytest.fixture(scope="module")
def competition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("competition")
    write_competition(folder, parts(), SETTINGS)
    return folder


@pytest.mark.parametrize("split", ["composition", "random", "size"])
@pytest.mark.parametrize("seed", range(3))
def test_each_molecule_is_in_one_part_with_its_energy_in_another_pose(split, seed):
    made = parts(split, seed)
    sides = reduce(join, (made.train, made.public, made.private))
    assert sorted(made.sources.values()) == sorted(SOME.ids)
    assert set(made.sources) == set(sides.ids)
    where = [SOME.ids.index(made.sources[name]) for name in sides.ids]
    np.testing.assert_array_equal(sides.energies, SOME.energies[where])
    assert {(i, where[i]) for i in range(len(sides))} <= set(same_molecules(sides, SOME))
    assert not any(np.array_equal(sides.atoms(i)[1], SOME.atoms(where[i])[1]) for i in range(len(sides)))


@pytest.mark.parametrize("seed", range(3))
def test_parts_share_no_composition_and_larger_molecules_are_in_the_test_where_asked(seed):
    made = parts("composition", seed)
    train, public, private = (set(compositions(part)) for part in (made.train, made.public, made.private))
    assert not train & public
    assert not train & private
    assert not public & private
    shifted = parts("size", seed)
    assert heavy_atoms(shifted.train).max() < min(heavy_atoms(shifted.public).min(), heavy_atoms(shifted.private).min())
    assert not set(compositions(shifted.public)) & set(compositions(shifted.private))


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_larger_molecules_are_in_the_test_down_to_the_size_whose_share_is_closest(share):
    made = divide(SOME, np.random.default_rng(0), "size", share, checked=8)
    sizes = heavy_atoms(SOME)
    possible = np.array([np.mean(sizes > bound) for bound in range(sizes.min(), sizes.max())])
    found = 1 - len(made.train) / len(SOME)
    assert abs(found - share) == pytest.approx(np.abs(possible - share).min())


def test_copies_are_the_first_public_molecules_after_their_motion_and_pairs_are_made_of_them():
    made = parts()
    chosen = made.public.select(np.arange(8))
    for motion in MOTIONS:
        assert {(i, i) for i in range(8)} <= set(same_molecules(chosen, made.copies[motion]))
        np.testing.assert_array_equal(made.copies[motion].energies, chosen.energies)
    truth = truth_of(made, SETTINGS)
    assert len(truth.copies) == 32
    assert not set(truth.public) & {copy for _, _, copy in truth.copies}
    energies = dict(zip(made.public.ids, made.public.energies, strict=True))
    for name, energy in zip(made.pairs.ids, made.pairs.energies, strict=True):
        _, a, b = next(pair for pair in truth.pairs if pair[0] == name)
        assert energy == energies[a] + energies[b]


def test_ids_are_drawn_anew_and_do_not_tell_a_copy_from_an_original():
    """The numbers of copies are spread like those of originals: their mean rank differs by less than four standard errors."""
    made = divide(SOME, np.random.default_rng(0), "composition", test=0.25, checked=30)
    copies = [int(name[1:]) for batch in made.copies.values() for name in batch.ids]
    originals = [int(name[1:]) for name in made.public.ids]
    count = 300 + 120
    others = [int(name[1:]) for part in (made.train, made.private) for name in part.ids]
    assert sorted(copies + originals + others) == list(range(1, count + 1))
    error = count / np.sqrt(12) * np.sqrt(1 / len(copies) + 1 / len(originals))
    assert abs(np.mean(copies) - np.mean(originals)) < 4 * error
    assert set(made.train.ids).isdisjoint(SOME.ids)


def test_students_get_molecules_without_the_energies_of_the_test(competition):
    handout, truth = competition / "handout", read_truth(competition / "teacher" / "truth.json")
    train = read_folder(handout / "train", handout / "train.csv")
    public, private, pairs = (read_folder(handout / part) for part in ("public", "private", "pairs"))
    assert public.energies is private.energies is pairs.energies is None
    assert set(public.ids) | set(private.ids) == truth.required
    assert set(pairs.ids) == truth.optional
    assert len(train) + len(truth.public) + len(truth.private) == 300
    secret = [repr(energy) for part in (truth.public, truth.private) for energy in part.values()]
    known = {repr(energy) for energy in train.energies.tolist()}
    text = "".join(file.read_text() for file in handout.rglob("*") if file.is_file())
    assert not [energy for energy in secret if energy not in known and energy[:12] in text]
    assert not any(name in text for name in SOME.ids)


def test_numbers_in_the_files_have_equally_many_digits_in_copies_and_originals(competition):
    lines = [line for file in (competition / "handout" / "public").iterdir() for line in file.read_text().splitlines()[2:]]
    assert {len(number.split(".")[1]) for line in lines for number in line.split()[1:]} == {8}


def test_the_teachers_folder_is_closed_to_others_and_the_commitment_is_its_truths(competition):
    assert stat.S_IMODE((competition / "teacher").stat().st_mode) == 0o700
    verify(competition / "teacher" / "truth.json", competition / "handout" / "COMMITMENT.txt")


def test_the_example_is_a_valid_submission_and_the_mean_breaks_no_symmetry(competition):
    truth = read_truth(competition / "teacher" / "truth.json")
    score = score_submission(read_submission(competition / "handout" / "example.csv", truth), truth)
    assert score.physics.symmetry == 0
    assert score.private_rmse > 1


def test_texts_are_filled_in(competition):
    handout, teacher = competition / "handout", competition / "teacher"
    for file in (handout / "README.md", handout / "REPORT.md", teacher / "MARKING.md"):
        assert "$" not in file.read_text()
    count = len(read_energy_table(handout / "train.csv"))
    assert f"{count} molecules" in (handout / "README.md").read_text()
    assert "3 times a day" in (handout / "README.md").read_text()


def test_points_of_the_marking_grid_add_up_to_twenty(competition):
    grid = (competition / "teacher" / "MARKING.md").read_text()
    points = [int(number) for number in re.findall(r"^\| \*\*.*?\*\* \| (\d+) \|", grid, re.M)]
    assert len(points) == 7
    assert sum(points) == 20
    assert "Twenty points" in grid


def test_a_competition_is_never_written_over(competition):
    before = (competition / "teacher" / "truth.json").read_bytes()
    with pytest.raises(ValueError, match=r"^out: .*handout is there already"):
        write_competition(competition, parts(), SETTINGS)
    assert (competition / "teacher" / "truth.json").read_bytes() == before


@pytest.mark.parametrize(
    ("molecules", "split", "test", "checked", "message"),
    [
        (SOME.without_energies(), "random", 0.3, 8, r"^molecules: expected energies"),
        (SOME, "colour", 0.3, 8, r"^split: 'colour' is not known; expected one of composition, random, size"),
        (SOME, "random", 1.5, 8, r"^test: expected a share"),
        (SOME, "random", 0.3, 1, r"^checked: expected a whole number, at least 2"),
        (SOME.select(heavy_atoms(SOME) == 7), "size", 0.3, 8, r"^split: expected molecules of different sizes"),
        (SOME.select([0, 1]), "random", 0.5, 8, r"^test: expected molecules on both sides"),
    ],
)
def test_impossible_competitions_are_refused(molecules, split, test, checked, message):
    with pytest.raises(ValueError, match=message):
        divide(molecules, np.random.default_rng(0), split, test, checked)


def test_a_competition_from_a_file_is_played_to_the_end(tmp_path, capsys):
    write_extxyz(tmp_path / "own.extxyz", SOME)
    folder, board = tmp_path / "c", tmp_path / "c" / "teacher" / "board.jsonl"
    source = ["--data", str(tmp_path / "own.extxyz")]
    main(["prepare", "--out", str(folder), *source, *["--seed", "3", "--checked", "4", "--a-day", "2"]])
    handout = ["--handout", str(folder / "handout")]
    model, answer = str(tmp_path / "model.npz"), str(tmp_path / "answer.csv")
    main(["fit", *handout, "--recipe", "composition", "--model", model])
    main(["predict", *handout, "--model", model, "--out", answer])
    main(["physics", *handout, "--model", model])
    teacher = ["--competition", str(folder)]
    main(["score", answer, *teacher])
    assert not board.exists()
    for file in (answer, str(folder / "handout" / "example.csv")):
        main(["score", file, *teacher, "--team", "Noether"])
    main(["board", *teacher, "--out", str(tmp_path / "board.html"), "--reveal"])
    main(["verify", str(folder / "teacher" / "truth.json"), *handout])
    printed = capsys.readouterr().out
    assert "without pairs" not in printed
    assert printed.count("not given") == 1  # the example has no pairs
    assert "unchanged since the competition was prepared" in printed
    composition, mean = read_board(board)[0]
    assert composition.public_rmse < 0.3 * mean.public_rmse
    assert max(composition.symmetry, composition.extensivity) < 1e-6
    assert mean.extensivity is None
    with pytest.raises(SystemExit, match=r"^error: team: Noether has made 2 submissions today, of 2"):
        main(["score", answer, *teacher, "--team", "Noether"])


def test_a_bad_submission_ends_with_one_line_and_leaves_the_board_alone(competition, tmp_path):
    good = competition / "handout" / "example.csv"
    main(["score", str(good), "--competition", str(competition), "--team", "Curie"])
    board = competition / "teacher" / "board.jsonl"
    before = board.read_bytes()
    for content in (b"", b"\x00\xff", good.read_bytes()[:-5] + b"=cmd|x", good.read_bytes() + b"m999999,-1\n"):
        (tmp_path / "bad.csv").write_bytes(content)
        with pytest.raises(SystemExit, match=r"^error: [^\n]+$"):
            main(["score", str(tmp_path / "bad.csv"), "--competition", str(competition), "--team", "Noether"])
    with pytest.raises(SystemExit, match=r"^error: team: expected a name"):
        main(["score", str(good), "--competition", str(competition), "--team", "\n"])
    assert board.read_bytes() == before


def test_board_of_a_folder_without_a_competition_does_not_replace_a_page(tmp_path):
    (tmp_path / "board.html").write_text("Monday's board")
    with pytest.raises(SystemExit, match=r"^error: .*truth\.json: expected the truth that `prepare` wrote"):
        main(["board", "--competition", str(tmp_path / "nowhere"), "--out", str(tmp_path / "board.html")])
    assert (tmp_path / "board.html").read_text() == "Monday's board"


def test_unreadable_lines_of_the_board_are_reported(competition, tmp_path, capsys):
    board = competition / "teacher" / "board.jsonl"
    board.write_bytes(b"{\n")
    main(["board", "--competition", str(competition), "--out", str(tmp_path / "board.html")])
    main(["score", str(competition / "handout" / "example.csv"), "--competition", str(competition), "--team", "Noether"])
    assert capsys.readouterr().out.count("warning: a line of the board cannot be read, and is kept: b'{'") == 2


def test_the_seed_gives_the_same_molecules_and_another_salt(tmp_path):
    found = []
    for name in ("a", "b"):
        write_competition(tmp_path / name, parts(seed=5), SETTINGS)
        found.append(json.loads((tmp_path / name / "teacher" / "truth.json").read_text()))
    assert found[0].pop("salt") != found[1].pop("salt")
    assert found[0] == found[1]


def test_a_folder_with_its_table_is_a_source_too(tmp_path, capsys):
    write_folder(tmp_path / "m", SOME)
    write_energy_table(tmp_path / "e.csv", dict(zip(SOME.ids, SOME.energies, strict=True)))
    source = ["--data", str(tmp_path / "m"), "--energies", str(tmp_path / "e.csv")]
    main(["prepare", "--out", str(tmp_path / "c"), *source, "--split", "size"])
    assert "note:" not in capsys.readouterr().out
    with pytest.raises(SystemExit, match=r"^error: .*expected an ordinary file"):
        main(["prepare", "--out", str(tmp_path / "d"), "--data", str(tmp_path / "absent.extxyz")])
    check_ids(
        read_energy_table(tmp_path / "c" / "handout" / "example.csv"), read_truth(tmp_path / "c" / "teacher" / "truth.json")
    )
