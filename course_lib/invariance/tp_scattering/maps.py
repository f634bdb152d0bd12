"""Question of the exercise sheet: images that are mirrored at their border, filtered, and stripped of their phase."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.invariance.tp_scattering.direct import moduli
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    N, margin = int(rng.integers(6, 9)), int(rng.integers(2, 4))
    M = N + 2 * margin
    return {"images": numbers(rng, 2, N, N), "psi": numbers(rng, 2, 3, M, M) / 2}


def passed(
    images: np.ndarray,
    psi: np.ndarray,
    mode: str = "reflect",
    modulus: Callable[[np.ndarray], np.ndarray] = np.abs,
    **options: Any,
) -> np.ndarray:
    """The answer, with a mistake in how images are continued or in what is made of the filtered ones, or with none."""
    N, M = images.shape[-1], psi.shape[-1]
    margin = (M - N) // 2
    larger = np.pad(images, ((0, 0), (margin, margin), (margin, margin)), mode=mode, **options)
    filtered = np.fft.ifft2(np.fft.fft2(larger)[:, None, None] * psi)
    return modulus(filtered)[..., margin : margin + N, margin : margin + N]


def _of_spectrum(images: np.ndarray, psi: np.ndarray, finish: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """The modulus of `finish(spectrum times filter)`, cut in the middle."""
    N, M = images.shape[-1], psi.shape[-1]
    margin = (M - N) // 2
    larger = np.pad(images, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    return np.abs(finish(np.fft.fft2(larger)[:, None, None] * psi))[..., margin : margin + N, margin : margin + N]


def _corner(images: np.ndarray, psi: np.ndarray) -> np.ndarray:
    N, M = images.shape[-1], psi.shape[-1]
    margin = (M - N) // 2
    larger = np.pad(images, ((0, 0), (margin, margin), (margin, margin)), mode="reflect")
    return np.abs(np.fft.ifft2(np.fft.fft2(larger)[:, None, None] * psi))[..., :N, :N]


@np.errstate(all="ignore")
def _fault(images: np.ndarray, psi: np.ndarray, maps: np.ndarray) -> str | None:
    if (maps < 0).any():
        return "a modulus is never negative; some of your values are."
    expected = moduli(images, psi)
    if (place := differs(maps, expected)) is None:
        return None
    b, j, k, r, c = place
    where = f"maps[{b}, {j}, {k}] at the pixel ({r}, {c})"
    return (
        f"{where} should be {expected[place]:.5g}; it is {maps[place]:.5g}. Does image {b} meet the filter psi[{j}, {k}] there?"
    )


QUESTIONS = {
    "modulus-maps": Question(
        function="modulus_maps(images, psi)",
        draw=_draw,
        returns={"the maps": lambda images, psi: (len(images), *psi.shape[:2], *images.shape[1:])},
        fault=_fault,
        misconceptions={
            "the filter wraps round: pixels at one border see those of the opposite one. Mirror the image before you filter.": (
                lambda images, psi: passed(images, psi, "wrap")
            ),
            "the image is continued by zeros, so that its border becomes an edge, and wavelets answer to edges. Mirror it.": (
                lambda images, psi: passed(images, psi, "constant")
            ),
            "the image is continued by its outermost pixels, repeated. Mirror it.": lambda images, psi: passed(
                images, psi, "edge"
            ),
            "the mirror stands beyond the outermost pixels, so that these come twice. It should stand on them.": (
                lambda images, psi: passed(images, psi, "symmetric")
            ),
            "the modulus is missing: this is the real part. It oscillates with the wave, and its mean over the pixels is next "
            "to nothing.": lambda images, psi: passed(images, psi, modulus=np.real),
            "this is the modulus of the real part. It still oscillates with the wave; that of the complex number does not.": (
                lambda images, psi: passed(images, psi, modulus=lambda z: np.abs(z.real))
            ),
            "the modulus is squared.": lambda images, psi: passed(images, psi, modulus=lambda z: np.abs(z) ** 2),
            "the way back from frequencies to pixels is missing: the modulus is that of the spectrum.": (
                lambda images, psi: _of_spectrum(images, psi, lambda spectrum: spectrum)
            ),
            "you transform forth twice. The way back is `np.fft.ifft2`.": (
                lambda images, psi: _of_spectrum(images, psi, np.fft.fft2)
            ),
            "the frequencies are shuffled: psi has the frequency zero at [0, 0] already, and needs no `fftshift`.": (
                lambda images, psi: passed(images, np.fft.fftshift(psi, axes=(-2, -1)))
            ),
            "the maps are cut at the corner [0, 0], where the margin is. The image begins `margin` pixels later.": _corner,
            "rows and columns of the filters have changed places.": lambda images, psi: passed(
                images, np.swapaxes(psi, -1, -2)
            ),
        },
        praise="Every image met every filter, nothing wraps round, and the phase is gone.",
    ),
}
