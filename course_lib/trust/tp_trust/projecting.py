"""Question of the exercise sheet: the nearest outputs that keep the law, in the metric of the loss."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import null_space

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some, tensor
from course_lib.trust.tp_trust.gradients import arrays, gradients_pass, on_arrays


def _draw(rng: np.random.Generator) -> Arguments:
    n, m = 2, int(rng.integers(1, 4))
    p = n + int(rng.integers(2, 4))
    batch = [(5,), (2, 3)][rng.integers(2)]
    C = some(rng, n, m + p)
    while np.linalg.cond(C[:, m:]) > 10:
        C = some(rng, n, m + p)
    scale = tensor(rng.permutation([0.5, 3.0, 0.25, 2.0, 1.5][:p]))
    return {"C": C, "x": some(rng, *batch, m), "raw": some(rng, *batch, p), "scale": scale}


@np.errstate(all="ignore")
def _fault(C, x, raw, scale, y: np.ndarray) -> str | None:
    """What is true of a projection: it ends where the law holds, and its way there is orthogonal to all that keeps the law."""
    C, x, raw, scale = arrays(C, x, raw, scale)
    C_y = C[:, x.shape[-1] :]
    left, before = (np.concatenate([x, one], axis=-1) @ C.T for one in (y, raw))
    if (place := differs(left, np.zeros(left.shape))) is not None:
        return (
            f"law {place[-1]} does not hold in sample {list(place[:-1])}: {before[place]:.5g} before, {left[place]:.5g} "
            f"after. A "
            "projection ends where all laws hold, and projecting once more changes nothing."
        )
    way, free = (y - raw) / scale, null_space(C_y * scale)
    along = way @ free
    if (place := differs(along, np.zeros(along.shape))) is not None:
        nearer = np.linalg.norm((way - along @ free.T)[place[:-1]])
        return (
            f"all laws hold, but there is a nearer point that keeps them: in units of the scales, y is "
            f"{np.linalg.norm(way[place[:-1]]):.5g} away from raw in sample {list(place[:-1])}, and {nearer:.5g} is enough."
        )
    return None


def _moved(gain: Callable[[np.ndarray, np.ndarray], np.ndarray], sign: int = -1, of_x: int = 1) -> Callable[..., np.ndarray]:
    """A mistaken answer: the violation goes back through `gain(C_y, scale)`, shape (p, n)."""

    def answer(C, x, raw, scale) -> np.ndarray:
        C_x, C_y = C[:, : x.shape[-1]], C[:, x.shape[-1] :]
        return raw + sign * (of_x * x @ C_x.T + raw @ C_y.T) @ gain(C_y, scale).T

    return on_arrays(answer)


def gain_of(C_y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """W C_yᵀ (C_y W C_yᵀ)⁻¹ with W = diag(weights), shape (p, n)."""
    return (weights * C_y).T @ np.linalg.inv((C_y * weights) @ C_y.T)


def _one_by_one(C_y: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return (scale**2 * C_y).T / ((C_y * scale) ** 2).sum(axis=1)


QUESTIONS = {
    "project": Question(
        function="project(C, x, raw, scale)",
        draw=_draw,
        returns={"y": lambda C, x, raw, scale: tuple(raw.shape)},
        fault=_fault,
        misconceptions={
            "the law holds, but distance is measured as if all outputs had the same scale.": _moved(
                lambda C_y, scale: gain_of(C_y, np.ones(len(scale)))
            ),
            "the law holds, but the outputs are weighed by their scales. The squares of the scales stand in the formula: its "
            "metric "
            "divides by the scale, and then squares.": _moved(gain_of),
            "the law holds, but the metric is upside down: what is known best is moved most.": _moved(
                lambda C_y, scale: gain_of(C_y, 1 / scale**2)
            ),
            "the law holds, but the metric is upside down, and its scales are not squared.": _moved(
                lambda C_y, scale: gain_of(C_y, 1 / scale)
            ),
            "the sign is wrong: the violation is doubled instead of taken away.": _moved(
                lambda C_y, scale: gain_of(C_y, scale**2), sign=1
            ),
            "the inputs are missing: this projects onto the outputs that would do for x = 0.": _moved(
                lambda C_y, scale: gain_of(C_y, scale**2), of_x=0
            ),
            "each law is repaired by itself, and the repair of one breaks another. It is no projection: done twice, it moves y "
            "again. Where is the whole matrix of all laws, with its inverse?": _moved(_one_by_one),
            "nothing is inverted: the violation goes back through the transposed matrix alone. That is a step of gradient "
            "descent, "
            "not its end.": _moved(lambda C_y, scale: (scale**2 * C_y).T),
        },
        praise="The law holds, no nearer point keeps it, and a second projection would change nothing.",
        watch=gradients_pass,
    ),
}
