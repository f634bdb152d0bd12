import numpy as np
import pytest

from course_lib.invariance.images import square_images


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (4, 3, 2)])
def test_images_that_are_not_square_are_refused(shape):
    with pytest.raises(ValueError, match=rf"x: expected square images, shape \(\.\.\., N, N\), got \({shape[0]}, "):
        square_images("x", np.ones(shape))


def test_another_size_than_the_one_asked_for_is_refused():
    assert square_images("x", np.ones((5, 4, 4)), 4).shape == (5, 4, 4)
    with pytest.raises(ValueError, match=r"x: expected shape \(\.\.\., 3, 3\), got \(5, 4, 4\)"):
        square_images("x", np.ones((5, 4, 4)), 3)
