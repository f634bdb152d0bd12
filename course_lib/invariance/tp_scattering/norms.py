"""Question of the exercise sheet: mean modulus and root mean square, for each scale and angle."""

from __future__ import annotations

import numpy as np

from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question

Pair = tuple[np.ndarray, np.ndarray]


def _draw(rng: np.random.Generator) -> Arguments:
    B, J, L = (int(n) for n in rng.permutation([2, 3, 4]))
    return {"maps": np.abs(numbers(rng, B, J, L, 5, 5))}


def _over(axes: tuple[int, ...]) -> object:
    return lambda maps: (maps.mean(axis=axes), np.sqrt((maps**2).mean(axis=axes)))


def _pixels(maps: np.ndarray) -> np.ndarray:
    return maps.reshape(*maps.shape[:3], -1)


@np.errstate(all="ignore")
def _fault(maps: np.ndarray, first: np.ndarray, second: np.ndarray) -> str | None:
    """The mean is checked as the value about which deviations add up to zero, the root mean square by its square."""
    pixels = _pixels(maps)
    if (place := differs(np.sum(pixels - first[..., None], axis=-1), np.zeros(first.shape))) is not None:
        return f"l1{list(place)} should be the mean over the pixels of maps{list(place)}; yours is {first[place]:.5g}."
    if (second < 0).any():
        return "l2 is a root mean square, and never negative."
    if (place := differs(np.sum(pixels**2 - second[..., None] ** 2, axis=-1), np.zeros(second.shape))) is not None:
        return (
            f"l1 is right. The square of l2{list(place)} should be the mean of the squares of maps{list(place)}; yours is "
            f"{second[place] ** 2:.5g}."
        )
    return None


QUESTIONS = {
    "scale-norms": Question(
        function="scale_norms(maps)",
        draw=_draw,
        returns={"l1": lambda maps: maps.shape[:3], "l2": lambda maps: maps.shape[:3]},
        fault=_fault,
        misconceptions={
            "the average is taken over the wrong axes: images are mixed, or scales, or angles. The pixels are the last two "
            "axes.": _over((0, 1)),
            "the average is taken over scales and angles. Keep these apart, and average over the pixels.": _over((1, 2)),
            "the average is taken over the columns only. An image has rows too.": _over((-1,)),
            "the square root is missing in l2: it is the mean of the squares.": lambda maps: (
                maps.mean(axis=(-2, -1)),
                (maps**2).mean(axis=(-2, -1)),
            ),
            "these are sums. With means, images of different sizes can be compared.": lambda maps: (
                maps.sum(axis=(-2, -1)),
                np.sqrt((maps**2).sum(axis=(-2, -1))),
            ),
            "l1 is a mean, l2 is divided by nothing. Take the mean of the squares before the root.": lambda maps: (
                maps.mean(axis=(-2, -1)),
                np.sqrt((maps**2).sum(axis=(-2, -1))),
            ),
            "l2 is the standard deviation of the map. Its mean belongs to the norm: take nothing off.": lambda maps: (
                maps.mean(axis=(-2, -1)),
                maps.std(axis=(-2, -1)),
            ),
            "the root is taken before the mean, which gives l1 once more.": lambda maps: (maps.mean(axis=(-2, -1)),) * 2,
            "these are the norms of the map as a matrix. Take it as a list of pixels.": lambda maps: (
                np.linalg.norm(maps, 1, axis=(-2, -1)),
                np.linalg.norm(maps, 2, axis=(-2, -1)),
            ),
            "l1 and l2 have changed places.": lambda maps: _over((-2, -1))(maps)[::-1],
        },
        praise="One number for each image, scale and angle, twice.",
    ),
}
