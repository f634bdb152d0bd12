"""Question of the exercise sheet: a bank of Morlet filters and its low-pass filter."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.invariance.tp_scattering.direct import gabor_from_space, morlet_from_space
from course_lib.invariance.tp_scattering.gabor import wave
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question

Pair = tuple[np.ndarray, np.ndarray]


def _draw(rng: np.random.Generator) -> Arguments:
    return {"N": int(rng.integers(12, 17)), "J": int(rng.integers(2, 4)), "L": int(rng.choice([2, 6]))}


def _corrected(N: int, sigma: float, xi: float, theta: float, slant: float) -> np.ndarray:
    plain, window = wave(N, sigma, xi, theta, slant), wave(N, sigma, 0.0, theta, slant)
    return plain - window * plain[0, 0] / window[0, 0]


def built(
    N: int,
    J: int,
    L: int,
    one: Callable[..., np.ndarray] = _corrected,
    width: Callable[[int], float] = lambda j: 0.8 * 2**j,
    frequency: Callable[[int], float] = lambda j: 0.75 * np.pi / 2**j,
    angle: Callable[[int, int], float] = lambda k, L: (L / 2 - 1 - k) * np.pi / L,
    slant: Callable[[int], float] = lambda L: 4 / L,
    blur: Callable[[int], float] = lambda J: 0.8 * 2 ** (J - 1),
) -> Pair:
    """The answer, with mistakes or none."""
    psi = [[one(N, width(j), frequency(j), angle(k, L), slant(L)) for k in range(L)] for j in range(J)]
    return np.array(psi), wave(N, blur(J), 0.0, 0.0, 1.0)


def _without_zero(N: int, *given: float) -> np.ndarray:
    plain = wave(N, *given)
    plain[0, 0] = 0
    return plain


@np.errstate(all="ignore")
def _fault(N: int, J: int, L: int, psi: np.ndarray, phi: np.ndarray) -> str | None:
    at_zero = np.abs(psi[:, :, 0, 0])
    if at_zero.max() > 1e-9:
        j, k = np.unravel_index(np.argmax(at_zero), (J, L))
        return f"a constant image should pass no wavelet, but psi[{j}, {k}, 0, 0] is {psi[j, k, 0, 0]:.3g}."
    for j, k in np.ndindex(J, L):
        theta = (L / 2 - 1 - k) * np.pi / L
        expected = morlet_from_space(N, 0.8 * 2**j, 0.75 * np.pi / 2**j, theta, 4 / L)
        if (place := differs(psi[j, k], expected)) is not None:
            return (
                f"the wavelet psi[{j}, {k}] has σ = {0.8 * 2**j:g}, ξ = {0.75 * np.pi / 2**j:.3f} and θ = {theta:.3f}. Its "
                f"entry {list(place)} should be {expected[place]:.5g}, and yours is {psi[j, k][place]:.5g}."
            )
    expected = gabor_from_space(N, 0.8 * 2 ** (J - 1), 0.0, 0.0, 1.0)
    if (place := differs(phi, expected)) is not None:
        return (
            f"the wavelets are right. phi is a round Gaussian window without a wave; its entry {list(place)} should be "
            f"{expected[place]:.5g}, and yours is {phi[place]:.5g}."
        )
    return None


QUESTIONS = {
    "build-bank": Question(
        function="build_bank(N, J, L)",
        draw=_draw,
        returns={"psi": lambda N, J, L: (J, L, N, N), "phi": lambda N, J, L: (N, N)},
        fault=_fault,
        misconceptions={
            "the mean is not taken off: these are Gabor filters, and a constant image passes them.": (
                lambda N, J, L: built(N, J, L, wave)
            ),
            "only the frequency zero is put right. The frequencies next to it still pass, so a slow trend does, and in space "
            "every pixel was changed by the same amount, however far from the filter.": (
                lambda N, J, L: built(N, J, L, _without_zero)
            ),
            "the whole window is taken off. Only the share K of it makes the mean zero.": lambda N, J, L: built(
                N, J, L, lambda N, sigma, xi, theta, slant: wave(N, sigma, xi, theta, slant) - wave(N, sigma, 0.0, theta, slant)
            ),
            "the mean of the Fourier transform is taken off. That is the filter's value at one pixel; its mean over the pixels "
            "is the Fourier transform at frequency zero.": lambda N, J, L: built(
                N, J, L, lambda *given: wave(*given) - wave(*given).mean()
            ),
            "the angles go round the whole circle. A real image has the same modulus for θ and θ + π, so half of it is "
            "enough: π/L apart.": lambda N, J, L: built(N, J, L, angle=lambda k, L: (L / 2 - 1 - k) * 2 * np.pi / L),
            "the angles begin at 0 and rise. Here they begin at (L/2 − 1)π/L and fall, as in the chapter.": (
                lambda N, J, L: built(N, J, L, angle=lambda k, L: k * np.pi / L)
            ),
            "the wavelets of all scales have the same frequency. One that is twice as long is half as fast.": (
                lambda N, J, L: built(N, J, L, frequency=lambda j: 0.75 * np.pi)
            ),
            "the frequency doubles from scale to scale. A wavelet that is twice as long is half as fast.": (
                lambda N, J, L: built(N, J, L, frequency=lambda j: 0.75 * np.pi * 2**j)
            ),
            "the windows of all scales have the same width.": lambda N, J, L: built(N, J, L, width=lambda j: 0.8),
            "the scales begin at j = 1. The finest wavelet, j = 0, is missing.": lambda N, J, L: built(
                N, J, L, width=lambda j: 1.6 * 2**j, frequency=lambda j: 0.375 * np.pi / 2**j
            ),
            "the windows are round: slant should be 4/L.": lambda N, J, L: built(N, J, L, slant=lambda L: 1.0),
            "phi is twice too wide. It is as wide as the largest wavelet, 0.8 · 2^(J − 1).": lambda N, J, L: built(
                N, J, L, blur=lambda J: 0.8 * 2**J
            ),
        },
        praise="Every wavelet has its scale, its angle and no mean, and phi takes what is slower than all of them.",
        seconds=30,
        cases=3,
    ),
}
