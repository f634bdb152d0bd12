"""Question of the exercise sheet: scattering coefficients of order two."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.invariance.tp_scattering.direct import moduli as by_sums
from course_lib.invariance.tp_scattering.maps import passed
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    return {"images": numbers(rng, 2, 6, 6), "psi": numbers(rng, 3, 2, 8, 8) / 2}


def second(
    images: np.ndarray,
    psi: np.ndarray,
    taken: Callable[[int, int], bool] = lambda j1, j2: j1 < j2,
    inner: Callable[[np.ndarray], np.ndarray] = np.abs,
    outer: Callable[[np.ndarray], np.ndarray] = np.abs,
    average: Callable[[np.ndarray], np.ndarray] = lambda maps: maps.mean(axis=(-2, -1)),
) -> np.ndarray:
    """The answer, with a mistake or with none."""
    J, L = psi.shape[:2]
    found = np.zeros((len(images), J, L, J, L))
    first = passed(images, psi, modulus=inner)
    for j1, k in np.ndindex(J, L):
        for j2 in filter(lambda j2: taken(j1, j2), range(J)):
            found[:, j1, k, j2] = average(passed(first[:, j1, k], psi[j2 : j2 + 1], modulus=outer))[:, 0]
    return found


def _of_the_image(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    """Mistake: the second filter meets the image."""
    first = passed(images, psi).mean(axis=(-2, -1))
    J, L = psi.shape[:2]
    above = np.triu(np.ones((J, J)), 1)[:, None, :, None]
    return above * np.broadcast_to(first[:, None, None], (len(images), J, L, J, L))


def _swapped(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    return np.moveaxis(second(images, psi), (1, 2, 3, 4), (3, 4, 1, 2))


@np.errstate(all="ignore")
def _fault(images: np.ndarray, psi: np.ndarray, found: np.ndarray) -> str | None:
    J = psi.shape[0]
    for j1, j2 in np.ndindex(J, J):
        if j2 <= j1 and found[:, j1, :, j2].any():
            return f"entries with j2 ≤ j1 should stay zero; with j1 = {j1} and j2 = {j2} some of yours are not."
    first = by_sums(images, psi)
    for j1 in range(J - 1):
        expected = by_sums(first[:, j1], psi[j1 + 1 :]).mean(axis=(-2, -1))
        if (place := differs(found[:, j1, :, j1 + 1 :], expected)) is not None:
            b, k1, step, k2 = place
            j2 = j1 + 1 + step
            return (
                f"S2[{b}, {j1}, {k1}, {j2}, {k2}] should be {expected[place]:.5g}: the modulus map of psi[{j1}, {k1}] is "
                f"filtered by psi[{j2}, {k2}]. Yours is {found[b, j1, k1, j2, k2]:.5g}."
            )
    return None


def _but(**mistakes: object) -> Callable[..., np.ndarray]:
    return lambda images, psi: second(images, psi, **mistakes)


def _shape(images: np.ndarray, psi: np.ndarray) -> tuple[int, ...]:
    return len(images), *psi.shape[:2], *psi.shape[:2]


QUESTIONS = {
    "order-two": Question(
        function="order_two(images, psi)",
        draw=_draw,
        returns={"S2": _shape},
        fault=_fault,
        misconceptions={
            "all pairs of scales are there. Keep those with j2 > j1: the others say next to nothing of the image, as the next "
            "exercise shows.": _but(taken=lambda j1, j2: True),
            "pairs of equal scales are there too. Keep those with j2 > j1.": _but(taken=lambda j1, j2: j1 <= j2),
            "these are the pairs with j2 < j1. The second wavelet is the larger one.": _but(taken=lambda j1, j2: j1 > j2),
            "the first and the second wavelet have changed places in the table: S2[b, j1, k1, j2, k2].": _swapped,
            "the first modulus is missing. Two filters one after the other are one linear filter: nothing new is seen.": _but(
                inner=lambda z: z.real
            ),
            "the first modulus is squared.": _but(inner=lambda z: np.abs(z) ** 2),
            "the second modulus is missing, and the mean of what a wavelet leaves says nothing.": _but(outer=lambda z: z.real),
            "the second wavelet meets the image. It should meet the modulus map of the first.": _of_the_image,
            "these are sums over the pixels; here means.": _but(average=lambda maps: maps.sum(axis=(-2, -1))),
            "these are root mean squares; here means.": _but(average=lambda maps: np.sqrt((maps**2).mean(axis=(-2, -1)))),
        },
        praise="What one wavelet finds, a larger one has looked at.",
        seconds=30,  # the picture takes a while
    ),
}
