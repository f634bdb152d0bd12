"""Question of the exercise sheet: an experiment on where the energy of the second order is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.invariance.tp_scattering.direct import moduli as by_sums
from course_lib.invariance.tp_scattering.maps import passed
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    return {"images": numbers(rng, 3, 6, 6), "psi": numbers(rng, 3, 2, 8, 8) / 2}


def energies(images: np.ndarray, psi: np.ndarray, power: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Energy of the first maps, shape (B, J, L), and of the second, shape (B, J, L, J, L): sums of a power over the pixels."""
    J, L = psi.shape[:2]
    first = passed(images, psi)
    second = [passed(first[:, j, k], psi) for j, k in np.ndindex(J, L)]
    after = (np.stack(second, axis=1) ** power).sum(axis=(-2, -1))
    return (first**power).sum(axis=(-2, -1)), after.reshape(len(images), J, L, J, L)


def _shares(images: np.ndarray, psi: np.ndarray, power: int = 2) -> np.ndarray:
    before, after = energies(images, psi, power)
    return after.sum(axis=(0, 2, 4)) / before.sum(axis=(0, 2))[:, None]


def _mean_of_ratios(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    before, after = energies(images, psi)
    return (after.sum(axis=4) / before[..., None]).mean(axis=(0, 2))


def _ratios_by_image(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    before, after = energies(images, psi)
    return (after.sum(axis=(2, 4)) / before.sum(axis=2)[..., None]).mean(axis=0)


def _mean_angle(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    return _shares(images, psi) / psi.shape[1]


def _of_images(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    return energies(images, psi)[1].sum(axis=(0, 2, 4)) / np.sum(images**2)


def _of_second_scale(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    before, after = energies(images, psi)
    return after.sum(axis=(0, 2, 4)) / before.sum(axis=(0, 2))


def _of_all(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    after = energies(images, psi)[1].sum(axis=(0, 2, 4))
    return after / after.sum(axis=1, keepdims=True)


@np.errstate(all="ignore")
def _fault(images: np.ndarray, psi: np.ndarray, found: np.ndarray) -> str | None:
    first = by_sums(images, psi)
    for j1 in range(len(psi)):
        expected = np.sum(by_sums(first[:, j1], psi) ** 2, axis=(0, 1, 3, 4, 5))
        before = np.sum(first[:, j1] ** 2)
        if (place := differs(found[j1] * before, expected)) is not None:
            j2 = place[0]
            return (
                f"the first maps of scale {j1} have the energy {before:.5g} in all images, angles and pixels together; those "
                f"that psi[{j2}] makes of them have {expected[j2]:.5g}. E[{j1}, {j2}] is the ratio, not {found[j1, j2]:.5g}."
            )
    return None


def _transposed(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    return _shares(images, psi).T


def _amplitudes(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    return _shares(images, psi, power=1)


def _upper(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    return np.triu(_shares(images, psi), 1)


MISCONCEPTIONS: dict[str, Callable[..., np.ndarray]] = {
    "the rows belong to j1 and the columns to j2; yours are transposed.": _transposed,
    "these are shares of amplitude. Energy is the sum of squares.": _amplitudes,
    "the pairs with j2 ≤ j1 are left out. They are what this experiment is about.": _upper,
    "the energy is averaged over the second angle. It is shared out among the angles: add it up.": _mean_angle,
    "the energy is compared with that of the images. Compare it with that of the first maps of scale j1.": _of_images,
    "the energy is divided by that of the first maps of scale j2. They went into the maps of scale j1.": _of_second_scale,
    "the shares of each row add up to one. What the average keeps and no wavelet sees is missing from them; divide by the "
    "energy of the first maps.": _of_all,
    "this is a mean of ratios, in which dark images and empty directions count as much as all others. Divide the sums.": (
        _mean_of_ratios
    ),
    "this is a mean of the ratios of single images. Add the energies of all images up, then divide.": _ratios_by_image,
}

QUESTIONS = {
    "second-energies": Question(
        function="second_energies(images, psi)",
        draw=_draw,
        returns={"E": lambda images, psi: (len(psi), len(psi))},
        fault=_fault,
        misconceptions=MISCONCEPTIONS,
        praise="Your table says, for each pair of scales, which share of the energy goes on.",
        seconds=30,  # the picture takes a while
    ),
}
