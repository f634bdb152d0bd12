"""Question of the exercise sheet: which outputs a law determines, and which of them it determines best."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question

#: What counts as zero, in units of the largest determinant.
_NOTHING = 1e-9
#: Seeds of laws on which each of the mistakes below shows; to look for them in every check would take too long.
TELLING = (4, 32, 216, 267, 292, 318, 529, 599, 646, 669, 872, 922, 1024, 1045, 1119, 1234, 1308, 1391, 1474, 1627)


def sizes(C_y: np.ndarray) -> dict[tuple[int, ...], float]:
    """The size of the determinant of C_r for each split, outputs in rising order."""
    n, p = C_y.shape
    splits = list(combinations(range(p), n))
    return dict(zip(splits, np.abs(np.linalg.det(np.moveaxis(C_y[:, splits], 1, 0))).tolist(), strict=True))


def possible(C_y: np.ndarray) -> dict[tuple[int, ...], float]:
    """The splits whose C_r has an inverse, with the sizes of their determinants."""
    of_all = sizes(C_y)
    return {split: size for split, size in of_all.items() if size > _NOTHING * max(of_all.values())}


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A law of two or three equations for five or six outputs, and their scales; two outputs have proportional coefficients."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 4))
    p = n + 3
    C_y = rng.choice([-1, 1], (n, p)) * rng.integers(1, 6, (n, p)) / 10
    C_y[rng.random((n, p)) < 0.25] = 0
    one, other = rng.choice(p, 2, replace=False)
    C_y[:, other] = C_y[:, one] * rng.choice([0.3, 0.7, 1.1, 1.9])  # together they leave a law undetermined
    return C_y, rng.choice([0.2, 0.5, 1.0, 3.0, 8.0, 20.0], p)


def tells_apart(C_y: np.ndarray, scale: np.ndarray) -> bool:
    """Whether the laws are independent, the best split is clear, and none of the mistakes below finds it."""
    if np.linalg.matrix_rank(C_y) < len(C_y):
        return False
    good = possible(C_y * scale)
    if len(good) < 6:
        return False
    first, second = sorted(good.values())[-2:][::-1]
    bests = {max(one, key=one.get) for one in (good, possible(C_y), possible(C_y / scale))} | {
        min(good, key=good.get),
        next(iter(good)),
    }
    signed = {split: np.linalg.det((C_y * scale)[:, split]) for split in good}
    bests.add(max(signed, key=signed.get))
    return bool(first > 1.1 * second and len(bests) == 6 and min(good.values()) > 1e-4 * first)


def _draw(rng: np.random.Generator) -> Arguments:
    C_y, scale = drawn(int(rng.choice(TELLING)))
    return {"C_y": C_y, "scale": scale}


@np.errstate(all="ignore")
def _fault(C_y: np.ndarray, scale: np.ndarray, refused: np.ndarray, split: np.ndarray) -> str | None:
    n, p = C_y.shape
    good = possible(C_y * scale)
    if (count := len(sizes(C_y)) - len(good)) != float(refused):
        return (
            f"there are {count + len(good)} splits. In {count} of them C_r has no inverse; you refuse {float(refused):g}. Mind "
            "rounding: the determinant of a singular matrix is seldom computed to be zero."
        )
    indices = tuple(np.round(split).astype(int)) if np.abs(split).max() < p else ()
    if not indices or differs(split, np.array(indices)) is not None or indices not in sizes(C_y):
        return f"the split should name {n} different outputs from 0 to {p - 1}, in rising order; yours is {split.tolist()}."
    if indices not in good:
        return f"C_r of your split {list(indices)} has no inverse."
    factors = np.linalg.solve((C_y * scale)[:, indices], C_y * scale)
    largest = np.abs(np.delete(factors, indices, axis=1)).max()
    ratio = max(good.values()) / good[indices]
    if ratio > 1 + 1e-9:
        return (
            f"with your split {list(indices)}, an error of one direct output, in units of the scales, reaches a completed one "
            f"multiplied by up to {largest:.4g}. There is a split whose determinant is {ratio:.4g} times as large."
        )
    return None


def _by(choose: Callable[[np.ndarray, np.ndarray], tuple[int, ...]]) -> Callable[..., tuple[float, np.ndarray]]:
    """A mistaken answer that refuses the right splits and chooses another."""

    def answer(C_y: np.ndarray, scale: np.ndarray) -> tuple[float, np.ndarray]:
        return len(sizes(C_y)) - len(possible(C_y * scale)), np.array(choose(C_y, scale))

    return answer


def _largest(of: dict[tuple[int, ...], float]) -> tuple[int, ...]:
    return max(of, key=of.get)


def _signed(C_y: np.ndarray, scale: np.ndarray) -> tuple[int, ...]:
    return max(possible(C_y * scale), key=lambda split: np.linalg.det((C_y * scale)[:, split]))


def _only_zeros(C_y: np.ndarray, scale: np.ndarray) -> tuple[float, np.ndarray]:
    of_all = sizes(C_y * scale)
    return sum(value == 0 for value in of_all.values()), np.array(_largest(of_all))


QUESTIONS = {
    "choose-split": Question(
        function="choose_split(C_y, scale)",
        draw=_draw,
        returns={"the number of refused splits": lambda C_y, scale: (), "the split": lambda C_y, scale: (len(C_y),)},
        fault=_fault,
        misconceptions={
            "a split is refused only if its determinant is exactly zero. Rounding leaves something like 1e-17 of it; ask for "
            "the "
            "rank instead.": _only_zeros,
            "the outputs are not in units of their scales: a K a day counts like a W/m².": _by(
                lambda C_y, scale: _largest(possible(C_y))
            ),
            "C_y is divided by the scales. In the units of the scales, an output is y divided by its scale, and its "
            "coefficient is "
            "multiplied.": _by(lambda C_y, scale: _largest(possible(C_y / scale))),
            "this is the split with the smallest determinant that is not zero: the worst.": _by(
                lambda C_y, scale: min(possible(C_y * scale), key=possible(C_y * scale).get)
            ),
            "this is the largest determinant with its sign. Take its absolute value.": _by(_signed),
            "this is the first split that is possible. Among the others there are better ones.": _by(
                lambda C_y, scale: next(iter(possible(C_y * scale)))
            ),
        },
        praise="With your split no error of a single direct output is amplified.",
    ),
}
