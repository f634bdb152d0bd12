"""Question of the exercise sheet: local averages, of which every 2^J-th is kept."""

from __future__ import annotations

import numpy as np

from course_lib.invariance.tp_scattering.direct import filtered
from course_lib.invariance.tp_scattering.gabor import wave
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    J = int(rng.integers(2, 4))  # with J = 1, every J-th pixel would be every pixel
    N = 2**J * 3
    return {"maps": np.abs(numbers(rng, 2, 3, N, N)), "phi": wave(N, 0.8 * 2 ** (J - 1), 0.0, 0.0, 1.0), "J": J}


def blurred(maps: np.ndarray, phi: np.ndarray) -> np.ndarray:
    """Maps convolved with phi, at every pixel."""
    return np.fft.ifft2(np.fft.fft2(maps) * phi).real


def _sampled_first(maps: np.ndarray, phi: np.ndarray, J: int) -> np.ndarray:
    """Mistake: the filter meets a map of which most pixels are gone already."""
    return blurred(maps[..., :: 2**J, :: 2**J], phi[:: 2**J, :: 2**J])


def _sampled_first_low(maps: np.ndarray, phi: np.ndarray, J: int) -> np.ndarray:
    """The same, with the lowest frequencies of the filter."""
    kept = np.r_[0 : phi.shape[0] : 2**J].size
    low = np.rint(kept * np.fft.fftfreq(kept)).astype(int)
    return blurred(maps[..., :: 2**J, :: 2**J], phi[np.ix_(low, low)])


def _blocks(maps: np.ndarray, phi: np.ndarray, J: int) -> np.ndarray:
    """Mistake: means over blocks of pixels instead of averages weighted by phi."""
    *front, N, _ = maps.shape
    return maps.reshape(*front, N // 2**J, 2**J, N // 2**J, 2**J).mean(axis=(-3, -1))


@np.errstate(all="ignore")
def _fault(maps: np.ndarray, phi: np.ndarray, J: int, averages: np.ndarray) -> str | None:
    expected = filtered(maps, phi[None, None])[:, :, 0, 0].real[..., :: 2**J, :: 2**J]
    if (place := differs(averages, expected)) is None:
        return None
    b, p, r, c = place
    return (
        f"averages[{b}, {p}, {r}, {c}] should be the average of maps[{b}, {p}], weighted by φ, around the pixel "
        f"({2**J * r}, {2**J * c}): {expected[place]:.5g}. Yours is {averages[place]:.5g}."
    )


def _shape(maps: np.ndarray, phi: np.ndarray, J: int) -> tuple[int, ...]:
    return *maps.shape[:2], maps.shape[-2] // 2**J, maps.shape[-1] // 2**J


QUESTIONS = {
    "local-averages": Question(
        function="local_averages(maps, phi, J)",
        draw=_draw,
        returns={"averages": _shape},
        fault=_fault,
        misconceptions={
            "pixels are dropped before the average is taken, so those in between never count, and fast variations pass for "
            "slow ones: aliasing. Average first.": _sampled_first,
            "pixels are dropped before the average is taken. What φ should have removed has been folded onto slow variations "
            "by then: aliasing. Average first.": _sampled_first_low,
            "every 2^J-th pixel is kept, and nothing is averaged.": lambda maps, phi, J: maps[..., :: 2**J, :: 2**J],
            "these are means over blocks of pixels. Such a window has sharp edges; here the weights are those of φ.": _blocks,
            "all averages are kept. Neighbours say almost the same: keep every 2^J-th, in both directions.": (
                lambda maps, phi, J: blurred(maps, phi)
            ),
            "every J-th average is kept, not every 2^J-th.": lambda maps, phi, J: blurred(maps, phi)[..., ::J, ::J],
            "the first pixel that is kept should be [0, 0]; yours is half a step later.": lambda maps, phi, J: blurred(
                maps, phi
            )[..., 2 ** (J - 1) :: 2**J, 2 ** (J - 1) :: 2**J],
            "phi is taken for a window in space. It is a Fourier transform already.": lambda maps, phi, J: np.abs(
                np.fft.ifft2(np.fft.fft2(maps) * np.fft.fft2(phi))
            )[..., :: 2**J, :: 2**J],
            "phi is applied twice.": lambda maps, phi, J: blurred(maps, phi**2)[..., :: 2**J, :: 2**J],
        },
        praise="Averages first, and then only as many as they are worth.",
    ),
}
