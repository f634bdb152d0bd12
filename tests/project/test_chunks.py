import numpy as np
import pytest
from joblib import parallel_config

from course_lib.project.chunks import PLAINLY, Running, in_chunks
from course_lib.project.small_qm9 import small_qm9

MOLECULES = small_qm9().select(range(50))


def test_chunks_are_joined_in_order_and_have_no_more_filling_than_they_need():
    shapes = []

    def count(charges, positions):
        shapes.append(charges.shape)
        assert positions.shape == (*charges.shape, 3)
        return np.count_nonzero(charges, axis=1)

    found = in_chunks(count, MOLECULES, PLAINLY, at_once=20)
    np.testing.assert_array_equal(found, np.count_nonzero(MOLECULES.charges, axis=1))
    assert [rows for rows, _ in shapes] == [20, 20, 10]
    assert [most for _, most in shapes] == [found[i : i + 20].max() for i in (0, 20, 40)]


def atoms(charges, positions):
    return np.count_nonzero(charges, axis=1)


@pytest.mark.parametrize("jobs", [2, -1])
def test_several_jobs_and_as_many_as_there_are_cores_give_what_one_gives(jobs):
    with parallel_config(backend="threading"):
        found = in_chunks(atoms, MOLECULES, Running(jobs), at_once=20)
    np.testing.assert_array_equal(found, np.count_nonzero(MOLECULES.charges, axis=1))


def test_progress_is_told_after_each_chunk_how_many_are_done_and_of_how_many():
    seen = []
    in_chunks(atoms, MOLECULES, Running(progress=lambda done, of: seen.append((done, of))), at_once=20)
    assert seen == [(20, 50), (40, 50), (50, 50)]


@pytest.mark.parametrize(
    ("running", "message"),
    [
        (Running(jobs=0), "jobs: expected a whole number, at least 1"),
        (Running(jobs=-2), "jobs: expected a whole number, at least 1"),
        (Running(progress=3), "progress: expected a function"),
    ],
)
def test_other_numbers_of_jobs_and_a_progress_that_cannot_be_called_are_refused(running, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        in_chunks(atoms, MOLECULES, running)
