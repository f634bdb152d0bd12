import numpy as np

from course_lib.project.chunks import PLAINLY, in_chunks
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
