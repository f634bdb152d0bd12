"""Photographs of three textures, cut into patches, so that no part of a picture is both learned from and tested on.

There is one photograph of each texture. Its left part is for learning, its right part for testing, and a strip between them is
left out. So a test patch is new ground, but of the same wall, under the same light: this measures how well a texture is told
from two others, not how well all brickwork is recognised.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from skimage import data

from course_lib.basics.arguments import finite_array, whole_number

#: Name of a texture → function that returns its photograph, 512 × 512 grey values; shipped with scikit-image.
TEXTURES: dict[str, Callable[[], np.ndarray]] = {"brick": data.brick, "grass": data.grass, "gravel": data.gravel}


class Patches(NamedTuple):
    """Patches to learn from and to test on, shapes (n, size, size) and (m, size, size), with their labels, (n,) and (m,)."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray


def cut(image: np.ndarray, size: int) -> np.ndarray:
    """Squares side by side from the upper left corner of an image, without overlap, each with mean 0 and standard deviation 1.

    Parameters
    ----------
    image : shape (rows, columns).
    size : pixels along a side of a square.

    Returns
    -------
    array of shape (number of squares, size, size), row by row.

    Raises
    ------
    ValueError
        If no square fits into the image, or one is constant.
    """
    image = finite_array("image", image, (None, None))
    down, across = (length // whole_number("size", size, least=2) for length in image.shape)
    if not down or not across:
        raise ValueError(f"size: expected at most {min(image.shape)}, the least side of the image, got {size}")
    squares = image[: down * size, : across * size].reshape(down, size, across, size).swapaxes(1, 2).reshape(-1, size, size)
    deviation = squares.std(axis=(1, 2), keepdims=True)
    if not deviation.all():
        raise ValueError("image: expected no square of it to be constant")
    return (squares - squares.mean(axis=(1, 2), keepdims=True)) / deviation


def parts(image: np.ndarray, margin: int) -> tuple[np.ndarray, np.ndarray]:
    """The left and the right part of an image; a strip of `margin` columns in the middle belongs to neither.

    Raises
    ------
    ValueError
        If `margin` is not a whole number, or leaves nothing.
    """
    half = (image.shape[1] - whole_number("margin", margin, least=0)) // 2
    if half < 1:
        raise ValueError(f"margin: expected less than the {image.shape[1]} columns of the image, got {margin}")
    return image[:, :half], image[:, image.shape[1] - half :]


def texture_patches(size: int = 64, margin: int = 64) -> Patches:
    """Patches of all textures, those to learn from and those to test on from parts that are `margin` pixels apart.

    Parameters
    ----------
    size : pixels along a side of a patch.
    margin : width of the strip between the parts.

    Returns
    -------
    Patches; a label is the texture's place in :data:`TEXTURES`.

    Raises
    ------
    ValueError
        If a number is not whole, or no patch fits.
    """
    sides = [parts(photograph() / 255, margin) for photograph in TEXTURES.values()]
    (train, test) = ([cut(part, size) for part in side] for side in zip(*sides, strict=True))
    labels = [np.repeat(np.arange(len(TEXTURES)), len(part[0])) for part in (train, test)]
    return Patches(np.concatenate(train), labels[0], np.concatenate(test), labels[1])
