import numpy as np
import pytest

from course_lib.invariance.textures import TEXTURES, cut, parts, texture_patches


def test_no_pixel_is_in_a_patch_to_learn_from_and_in_one_to_test_on():
    column = np.tile(np.arange(512), (512, 1))
    left, right = parts(column, 64)
    assert left.max() + 64 < right.min()
    assert left.shape == right.shape == (512, 224)


def test_patches_of_all_textures_are_standardised_and_from_their_own_photograph():
    patches = texture_patches(64)
    assert patches.train.shape == patches.test.shape == (3 * 24, 64, 64)
    for images, labels in (patches[:2], patches[2:]):
        np.testing.assert_array_equal(labels, np.repeat([0, 1, 2], 24))
        np.testing.assert_allclose(images.mean(axis=(1, 2)), 0, atol=1e-12)
        np.testing.assert_allclose(images.std(axis=(1, 2)), 1, rtol=1e-12)
    first = TEXTURES["grass"]()[:64, :64].astype(float)
    assert np.corrcoef(patches.train[24].ravel(), first.ravel())[0, 1] == pytest.approx(1, abs=1e-12)
    last = TEXTURES["gravel"]()[448:, 288 + 128 : 288 + 192].astype(float)
    assert np.corrcoef(patches.test[-1].ravel(), last.ravel())[0, 1] == pytest.approx(1, abs=1e-12)


def test_squares_are_cut_row_by_row_without_overlap():
    image = np.arange(35.0).reshape(5, 7)
    squares = cut(image, 2)
    assert len(squares) == 6
    corners = image[:4:2, :6:2].ravel()
    spread = image[:2, :2].std()
    np.testing.assert_allclose(
        (corners - np.array([image[i : i + 2, j : j + 2].mean() for i in (0, 2) for j in (0, 2, 4)])) / spread, squares[:, 0, 0]
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cut(np.arange(9.0).reshape(3, 3), 4), "size: expected at most 3"),
        (lambda: cut(np.ones((4, 4)), 2), "image: expected no square of it to be constant"),
        (lambda: cut(np.full((4, 4), np.nan), 2), "image: expected finite numbers"),
        (lambda: cut(np.ones((4, 4)), 1), "size: expected a whole number"),
        (lambda: parts(np.ones((4, 4)), -1), "margin: expected a whole number"),
        (lambda: parts(np.ones((4, 4)), 4), "margin: expected less than the 4 columns"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
