"""Question of the exercise sheet: coefficients averaged over all directions at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question

Pair = tuple[np.ndarray, np.ndarray]


def _draw(rng: np.random.Generator) -> Arguments:
    J, L = 3, int(rng.choice([4, 5]))
    above = np.triu(np.ones((J, J)), 1)[:, None, :, None]
    return {"S1": np.abs(numbers(rng, 2, J, L)), "S2": np.abs(numbers(rng, 2, J, L, J, L)) * above}


def averaged(S1: np.ndarray, S2: np.ndarray, partner: Callable[[int, int, int], int] = lambda k, d, L: (k + d) % L) -> Pair:
    """The answer; `partner(k1, d, L)` is the second angle."""
    L = S1.shape[-1]
    second = [np.mean([S2[:, :, k, :, partner(k, d, L)] for k in range(L)], axis=0) for d in range(L)]
    return S1.mean(axis=-1), np.stack(second, axis=-1)


@np.errstate(all="ignore")
def _fault(S1: np.ndarray, S2: np.ndarray, first: np.ndarray, second: np.ndarray) -> str | None:
    """The mean over d of the answer is a mean over both angles, and its Fourier coefficients are those of the two angles."""
    L = S1.shape[-1]
    if (place := differs(L * first, S1.sum(axis=-1))) is not None:
        return f"A1{list(place)} should be the mean of S1{list(place)} over the angles; yours is {first[place]:.5g}."
    if (place := differs(L * second.sum(axis=-1), S2.sum(axis=(2, 4)))) is not None:
        return (
            "A1 is right. Added up over d, A2 should hold every pair of angles once, over L. With image, j1 and j2 = "
            f"{list(place)} it does not."
        )
    both = np.fft.fft2(S2, axes=(2, 4))  # turned by one step, a picture has the coefficients of the next angles
    expected = np.fft.ifft(np.moveaxis(np.stack([both[:, :, -m % L, :, m] for m in range(L)]), 0, -1), axis=-1).real / L
    if (place := differs(second, expected)) is not None:
        b, j1, j2, d = place
        return (
            f"A1 is right. A2[{b}, {j1}, {j2}, {d}] should be the mean over k of S2[{b}, {j1}, k, {j2}, k + {d}], where angle "
            f"{L} is angle 0 again; yours is {second[place]:.5g}."
        )
    return None


def _both_apart(S1: np.ndarray, S2: np.ndarray) -> Pair:
    return S1.mean(axis=-1), S2.mean(axis=(2, 4))


def _second_kept(S1: np.ndarray, S2: np.ndarray) -> Pair:
    return S1.mean(axis=-1), S2.mean(axis=2)


def _first_kept(S1: np.ndarray, S2: np.ndarray) -> Pair:
    return S1.mean(axis=-1), np.moveaxis(S2.mean(axis=4), 2, -1)


def _over_scales(S1: np.ndarray, S2: np.ndarray) -> Pair:
    return S1.mean(axis=1), S2.mean(axis=(1, 3))


def _summed(S1: np.ndarray, S2: np.ndarray) -> Pair:
    return tuple(S1.shape[-1] * part for part in averaged(S1, S2))


QUESTIONS = {
    "rotation-averaged": Question(
        function="rotation_averaged(S1, S2)",
        draw=_draw,
        returns={
            "A1": lambda S1, S2: S1.shape[:2],
            "A2": lambda S1, S2: (*S1.shape[:2], *S1.shape[1:]),
        },
        fault=_fault,
        misconceptions={
            "the two angles are averaged one by one, so that nothing is left of the angle between the wavelets. A rotation "
            "turns both together.": _both_apart,
            "A2 is averaged over the first angle and keeps the second, which changes when the picture turns. What stays "
            "is their difference.": _second_kept,
            "A2 is averaged over the second angle and keeps the first, which changes when the picture turns. What stays "
            "is their difference.": _first_kept,
            "the average is taken over the scales. A rotation changes angles.": _over_scales,
            "d is the second angle minus the first; yours is the other way round.": lambda S1, S2: averaged(
                S1, S2, lambda k, d, L: (k - d) % L
            ),
            "the angles add up to d in your answer. When the picture turns, both grow, and what stays is their difference.": (
                lambda S1, S2: averaged(S1, S2, lambda k, d, L: (d - k) % L)
            ),
            "angles beyond the last one stop there. After half a turn, angle L is angle 0 again.": lambda S1, S2: averaged(
                S1, S2, lambda k, d, L: min(k + d, L - 1)
            ),
            "these are sums over the angles; here means.": _summed,
        },
        praise="Turned by a step of the angles, a picture keeps all of these numbers.",
        seconds=30,  # the picture takes a while
    ),
}
