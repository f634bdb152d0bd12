"""Checks of images: square, finite, real arrays whose last two axes are the row and the column."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array


def square_images(name: str, value: ArrayLike, size: int | None = None) -> np.ndarray:
    """Images as an array of doubles, shape (..., N, N).

    Parameters
    ----------
    name : the argument's name, for the message.
    value : what came.
    size : the expected N; None stands for any.

    Raises
    ------
    ValueError
        If `value` is not numeric, is empty, has fewer than two axes, is not square or of another size, or is not finite.

    Examples
    --------
    >>> square_images("images", [[1, 2, 3], [4, 5, 6]])
    Traceback (most recent call last):
        ...
    ValueError: images: expected square images, shape (..., N, N), got (2, 3)
    """
    images = finite_array(name, value, (..., size, size))
    if images.shape[-1] != images.shape[-2]:
        raise ValueError(f"{name}: expected square images, shape (..., N, N), got {images.shape}")
    return images
