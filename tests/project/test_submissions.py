import hashlib
import json
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from course_lib.project.energy_table import energy_table
from course_lib.project.submissions import check_ids, read_submission, score_submission
from course_lib.project.truth import Truth, checksum_of, read_truth, verify, write_commitment, write_truth

TRUTH = Truth(
    public={"m1": -10.0, "m2": -20.0, "m3": -30.0},
    private={"m4": -40.0, "m5": -50.0},
    copies=(("translation", "m1", "m6"), ("rotation", "m1", "m7"), ("reflection", "m2", "m8"), ("permutation", "m2", "m9")),
    pairs=(("pair-1", "m1", "m2"), ("pair-2", "m2", "m1"), ("pair-3", "m1", "m2")),
    settings={"a_day": 5, "split": "composition", "test": 0.25},
)
RIGHT = {**TRUTH.public, **TRUTH.private, "m6": -10.0, "m7": -10.0, "m8": -20.0, "m9": -20.0}
PAIRS = {"pair-1": -30.0, "pair-2": -30.0, "pair-3": -30.0}


def text(table):
    return "id,energy\n" + "".join(f"{name},{energy!r}\n" for name, energy in table.items())


def test_the_truth_itself_has_no_error_and_breaks_nothing():
    score = score_submission(RIGHT | PAIRS, TRUTH)
    assert (score.public_rmse, score.public_mae, score.private_rmse, score.private_mae) == (0, 0, 0, 0)
    assert (score.physics.symmetry, score.physics.extensivity) == (0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_errors_are_those_of_scikit_learn_and_copies_do_not_count(seed):
    rng = np.random.default_rng(seed)
    table = {name: energy + rng.normal() for name, energy in (RIGHT | PAIRS).items()}
    score = score_submission(table, TRUTH)
    for part, rmse, mae in (
        (TRUTH.public, score.public_rmse, score.public_mae),
        (TRUTH.private, score.private_rmse, score.private_mae),
    ):
        right, predicted = list(part.values()), [table[name] for name in part]
        assert rmse == pytest.approx(root_mean_squared_error(right, predicted))
        assert mae == pytest.approx(mean_absolute_error(right, predicted))
    other = table | {"m6": 0.0} | dict.fromkeys(PAIRS, 5.0)
    changed = score_submission(other, TRUTH)
    assert (changed.public_rmse, changed.private_rmse) == (score.public_rmse, score.private_rmse)
    assert changed.physics.translation == pytest.approx(abs(table["m1"]))
    assert changed.physics.rotation == score.physics.rotation
    assert changed.physics.extensivity == pytest.approx(abs(5 - table["m1"] - table["m2"]))


def test_pairs_may_be_left_out():
    check_ids(RIGHT, TRUTH)
    assert np.isnan(score_submission(RIGHT, TRUTH).physics.extensivity)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {k: v for k, v in RIGHT.items() if k not in ("m4", "m6")},
            "^submission: 2 of 9 molecules are missing, the first is m4",
        ),
        (RIGHT | {"m99": -1.0, "m98": -1.0}, "^submission: 2 ids are not in the test, the first is m98; leave them out"),
        (RIGHT | {"pair-1": -1.0}, "^submission: 2 of 3 pairs are missing, the first is pair-2; give all of them, or none"),
        ({}, "^submission: 9 of 9 molecules are missing"),
    ],
)
def test_other_ids_are_refused(table, message):
    with pytest.raises(ValueError, match=message):
        check_ids(table, TRUTH)


def test_a_submission_is_read_from_a_file_whatever_its_order(tmp_path):
    names = np.random.default_rng(0).permutation(list(RIGHT)).tolist()
    (tmp_path / "s.csv").write_text(text({name: RIGHT[name] for name in names}))
    assert read_submission(tmp_path / "s.csv", TRUTH) == RIGHT


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_submission_is_refused_or_valid_and_nothing_else(data):
    content = bytearray(text(RIGHT | PAIRS).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        i = data.draw(st.integers(0, len(content) - 1))
        content[i : i + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        table = energy_table(bytes(content))
        check_ids(table, TRUTH)
    except ValueError:
        return
    score = score_submission(table, TRUTH)
    numbers = [score.public_rmse, score.public_mae, score.private_rmse, score.private_mae, score.physics.symmetry]
    assert np.isfinite(numbers).all()


def test_a_truth_comes_back_as_it_was_written(tmp_path):
    checksum = write_truth(tmp_path / "truth.json", TRUTH)
    assert read_truth(tmp_path / "truth.json") == TRUTH
    assert checksum == hashlib.sha256((tmp_path / "truth.json").read_bytes()).hexdigest()


def test_a_truth_that_json_cannot_write_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_truth(tmp_path / "truth.json", replace(TRUTH, private={"m4": float("nan"), "m5": -50.0}))
    assert list(tmp_path.iterdir()) == []


def test_the_commitment_tells_the_truth_from_any_other_and_coreutils_agree(tmp_path):
    truth, commitment = tmp_path / "truth.json", tmp_path / "COMMITMENT.txt"
    write_commitment(commitment, write_truth(truth, TRUTH), truth)
    verify(truth, commitment)
    assert subprocess.run(["sha256sum", "--check", "COMMITMENT.txt"], cwd=tmp_path, capture_output=True).returncode == 0
    truth.write_text(truth.read_text().replace("-50.0", "-50.1"))
    with pytest.raises(ValueError, match="it is not the truth of the beginning"):
        verify(truth, commitment)
    assert subprocess.run(["sha256sum", "--check", "COMMITMENT.txt"], cwd=tmp_path, capture_output=True).returncode == 1
    with pytest.raises(ValueError, match=r"^verify: a file cannot be read"):
        verify(truth, tmp_path / "absent")
    for other in (64 * "0", 64 * "f", ""):
        commitment.write_text(other)
        with pytest.raises(ValueError, match="it is not the truth of the beginning"):
            verify(truth, commitment)


def test_the_same_truth_has_another_checksum_each_time_so_that_guesses_cannot_be_tested(tmp_path):
    first, second = (write_truth(tmp_path / name, TRUTH) for name in ("a.json", "b.json"))
    assert first != second
    assert len(json.loads((tmp_path / "a.json").read_text())["salt"]) == 64
    assert checksum_of(tmp_path / "a.json") == first


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", "[" * 100_000, '{"public": 1}', "\x00"])
def test_a_file_that_is_no_truth_is_refused(tmp_path, content):
    (tmp_path / "truth.json").write_text(content)
    with pytest.raises(ValueError, match="expected the truth that `prepare` wrote"):
        read_truth(tmp_path / "truth.json")
    with pytest.raises(ValueError, match="expected the truth"):
        read_truth(tmp_path / "absent.json")
