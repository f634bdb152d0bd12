"""Question of the exercise sheet: a picture with the same power spectrum and other phases."""

from __future__ import annotations

import numpy as np

from course_lib.learning.tp_learning.cases import Seeded, generator
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.randomness import from_the_given_rng

#: Pixels a side. There are (16² − 4) / 2 = 126 free phases.
SIZE = 16
#: The length of the mean of 126 random unit vectors is above this with probability exp(−126 · 0.5²) = 2·10⁻¹⁴, nearly.
MARGIN = 0.5


def _draw(rng: np.random.Generator) -> Arguments:
    """A picture with a mean, and with a phase at every frequency: nowhere is its spectrum next to zero."""
    image = np.zeros((SIZE, SIZE))
    while np.abs(np.fft.fft2(image)).min() < 0.1:
        image = numbers(rng, SIZE, SIZE) + 2.0 * rng.choice([-1, 1])
    return {"image": image, "rng": generator(rng)}


@np.errstate(all="ignore")
def _fault(image: np.ndarray, rng: Seeded, twin: np.ndarray) -> str | None:
    before, after = np.fft.fft2(image), np.fft.fft2(twin)
    if differs(np.abs(after), np.abs(before)) is not None:
        return _other_spectrum(image, twin, before, after)
    if differs(after[0, 0], before[0, 0]) is not None:
        return (
            "the spectrum is right, but the mean of the picture has changed its sign. The entry [0, 0] has no phase to change."
        )
    turned = after[free()] / before[free()]
    if np.abs(turned - turned.mean()).max() < 1e-6:
        return "all phases are what they were: this is the same picture, or its negative."
    if np.abs(np.fft.ifft2(after / before)).max() > 1 - 1e-6:
        return "the picture has only been moved: its phases changed by a plane wave's. Each frequency needs a phase of its own."
    if np.abs(turned.imag).max() < 1e-6:
        return "only the signs are random. A phase is any angle between 0 and 2π."
    own = after[free()] / np.abs(after[free()])
    for phases, words in ((own, "the new phases"), (turned, "the changes of the phases")):
        for power in (1, 2):
            if np.abs(np.mean(phases**power)) > MARGIN:
                return f"{words} are not spread over the whole circle. Draw them uniformly between 0 and 2π."
    return None


def free() -> np.ndarray:
    """Where a phase can be chosen freely: one of ω and −ω, and no frequency that is its own opposite; shape (N, N), bool."""
    number = np.arange(SIZE**2).reshape(SIZE, SIZE)
    opposite = np.roll(number[::-1, ::-1], 1, axis=(0, 1))
    return number < opposite


def _other_spectrum(image: np.ndarray, twin: np.ndarray, before: np.ndarray, after: np.ndarray) -> str:
    if differs(np.sort(twin, axis=None), np.sort(image, axis=None)) is None:
        return "the pixels are shuffled. That keeps their values and makes a flat spectrum; here the spectrum has to stay."
    if (twin >= 0).all() and (image < 0).any():
        return "no pixel is negative: is this the modulus of a complex picture? The inverse transform should be real by itself."
    if (np.abs(after) <= np.abs(before) * (1 + 1e-9) + 1e-9).all() and np.abs(after).sum() > 0.3 * np.abs(before).sum():
        return (
            "the spectrum has become smaller. Random phases of their own at ω and at −ω make a complex picture, and its real "
            "part has lost the rest. In a real picture the two phases are opposite."
        )
    ratio = np.abs(after[free()]) / np.abs(before[free()])
    if np.ptp(ratio) < 1e-6 * np.abs(ratio).max():
        return f"the whole spectrum is multiplied by {ratio[0]:.4g}. Which factor came in with the phases?"
    r, c = np.unravel_index(np.argmax(np.abs(np.abs(after) - np.abs(before))), before.shape)
    return (
        f"the modulus of the Fourier transform should stay the same at each frequency. At [{r}, {c}] it was "
        f"{np.abs(before[r, c]):.5g}, and in your twin it is {np.abs(after[r, c]):.5g}."
    )


QUESTIONS = {
    "phase-twin": Question(
        function="phase_twin(image, rng)",
        draw=_draw,
        returns={"the twin": lambda image, rng: image.shape},
        fault=_fault,
        misconceptions={},
        praise="The spectrum has stayed, to the last digit, and the phases are new.",
        watch=from_the_given_rng,
    ),
}
