"""Question of the exercise sheet: the Fourier transform of a Gaussian window times a wave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.invariance.tp_scattering.direct import gabor_from_space
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "N": int(rng.integers(8, 13)),
        "sigma": float(rng.choice([0.8, 0.9, 1.0])),
        "xi": float(rng.choice([1.8, 2.0, 2.2, 2.4])),
        "theta": float(rng.choice([-0.5, 0.3, 0.4, 1.2, 2.0])),
        "slant": float(rng.choice([0.5, 0.6, 0.7])),
    }


def gaussians(
    N: int,
    sigma: float,
    center: tuple[float, float],
    theta: float,
    stretch: float,
    *,
    copies: int = 2,
    turn: float = 2 * np.pi,
    half: float = 0.5,
) -> np.ndarray:
    """Gaussians around a frequency, summed over aliases; `stretch` is how much wider they are across than along."""
    omega = np.add.outer(np.arange(-copies, copies + 1), np.fft.fftfreq(N)) * turn
    row, column = omega[:, None, :, None] - center[0], omega[None, :, None] - center[1]
    along, across = row * np.cos(theta) + column * np.sin(theta), column * np.cos(theta) - row * np.sin(theta)
    return np.exp(-half * sigma**2 * (along**2 + (across * stretch) ** 2)).sum(axis=(0, 1))


def wave(N: int, sigma: float, xi: float, theta: float, slant: float, **mistakes: Any) -> np.ndarray:
    """The answer, with mistakes or none."""
    return gaussians(N, sigma, (xi * np.cos(theta), xi * np.sin(theta)), theta, 1 / slant, **mistakes)


@np.errstate(all="ignore")
def _fault(N: int, sigma: float, xi: float, theta: float, slant: float, found: np.ndarray) -> str | None:
    expected = gabor_from_space(N, sigma, xi, theta, slant)
    if (place := differs(found, expected)) is None:
        return None
    omega = 2 * np.pi * np.fft.fftfreq(N)
    peaks = [np.unravel_index(np.argmax(values), (N, N)) for values in (found, expected)]
    if peaks[0] != peaks[1]:
        (r, c), (row, column) = ((omega[i], omega[j]) for i, j in peaks)
        return (
            f"your filter lets the frequency ({r:.2f}, {c:.2f}) pass best. On this grid it should be the one closest to "
            f"(ξ cos θ, ξ sin θ) = ({xi * np.cos(theta):.2f}, {xi * np.sin(theta):.2f}), which is ({row:.2f}, {column:.2f})."
        )
    r, c = place
    return (
        f"your filter is largest at the right frequency. At ({omega[r]:.2f}, {omega[c]:.2f}), the entry [{r}, {c}], it should "
        f"be {expected[place]:.5g}, and yours is {found[place]:.5g}. Look at the widths along and across."
    )


def _turned(angle: Callable[[float], float]) -> Callable[..., np.ndarray]:
    return lambda N, sigma, xi, theta, slant: wave(N, sigma, xi, angle(theta), slant)


def _stretched(stretch: Callable[[float], float]) -> Callable[..., np.ndarray]:
    return lambda N, sigma, xi, theta, slant: wave(N, sigma, xi, theta, stretch(slant))


QUESTIONS = {
    "gabor": Question(
        function="gabor(N, sigma, xi, theta, slant)",
        draw=_draw,
        returns={"the filter": lambda N, *others: (N, N)},
        fault=_fault,
        misconceptions={
            "rows and columns have changed places: θ is measured from the axis of the rows, so the wave's first component "
            "is ξ cos θ.": _turned(lambda theta: np.pi / 2 - theta),
            "the filter is turned the wrong way: by −θ. Look at the sign of sin θ in p and in q.": _turned(
                lambda theta: -theta
            ),
            "the wave runs the other way: the Gaussian sits at −ξ.": _turned(lambda theta: theta + np.pi),
            "the aliases are missing. On pixels, ω and ω + 2π are the same wave, and what lies beyond π is folded back.": (
                lambda *given: wave(*given, copies=0)
            ),
            "the frequencies are in cycles per pixel. A cycle is 2π radians.": lambda *given: wave(*given, turn=1.0),
            "the frequencies are whole numbers of waves per image. Here they are in radians per pixel.": (
                lambda *given: wave(*given, turn=float(given[0]), copies=0)
            ),
            "slant stretches the wrong way. A small slant makes the window long across the wave; what is long in space is "
            "narrow in frequency, so q is divided by slant.": _stretched(lambda slant: 1 / slant),
            "the Gaussian is round: slant is not used.": _stretched(lambda slant: 1.0),
            "the factor 1/2 in the exponent is missing.": lambda *given: wave(*given, half=1.0),
            "the frequency zero is in the middle of your array. `np.fft` has it at [0, 0], as `np.fft.fftfreq` does.": (
                lambda *given: np.fft.fftshift(wave(*given))
            ),
            "the window is Gaussian with σ in frequency. A window that is σ pixels wide is 1/σ wide in frequency.": (
                lambda N, sigma, xi, theta, slant: wave(N, 1 / sigma, xi, theta, slant)
            ),
        },
        praise="It is the Fourier transform of the window and wave that were asked for, as pixels see them.",
    ),
}
