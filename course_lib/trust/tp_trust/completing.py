"""Question of the exercise sheet: the exact layer, which computes some outputs from the law."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some
from course_lib.trust.tp_trust.gradients import arrays, gradients_pass, on_arrays


def _draw(rng: np.random.Generator) -> Arguments:
    n, m = int(rng.integers(2, 4)), int(rng.integers(1, 4))
    p = n + int(rng.integers(2, 4))
    batch = [(5,), (2, 3)][rng.integers(2)]
    C, residual = some(rng, n, m + p), [0]
    while residual == sorted(residual) or np.linalg.cond(C[:, m:][:, residual]) > 20:
        C = some(rng, n, m + p)
        residual = [int(j) for j in rng.permutation([0, *rng.choice(np.arange(1, p), n - 1, replace=False)])]
    return {"C": C, "x": some(rng, *batch, m), "y_d": some(rng, *batch, p - n), "residual": residual}


def others(p: int, residual: Sequence[int]) -> list[int]:
    """The outputs that are not in `residual`, in rising order."""
    return [j for j in range(p) if j not in residual]


@np.errstate(all="ignore")
def _fault(C, x, y_d, residual, y: np.ndarray) -> str | None:
    """It tests the law and the outputs that were given, and solves nothing."""
    C, x, y_d = arrays(C, x, y_d)
    m = x.shape[-1]
    if (place := differs(y[..., others(y.shape[-1], residual)], y_d)) is not None:
        j = others(y.shape[-1], residual)[place[-1]]
        return f"output {j} is a direct one: it should be number {place[-1]} of y_d, unchanged, in every sample."
    state = np.concatenate([x, y], axis=-1)
    if (place := differs(state @ C.T, np.zeros((*y.shape[:-1], len(C))))) is not None:
        terms = ", ".join(f"{v:.5g}" for v in (x @ C[:, :m].T, y @ C[:, m:].T)[0][place[:-1]])
        return (
            f"the direct outputs are in their places. Law {place[-1]} is broken in sample {list(place[:-1])}: it gives "
            f"{(state @ C.T)[place]:.5g} (what x contributes to the laws there: {terms}). Which outputs stand in which place "
            f"of y?"
        )
    return None


def _solved(change: Callable[..., np.ndarray], place: Callable[[Sequence[int]], list[int]] = list) -> Callable[..., np.ndarray]:
    """A mistaken answer: `change(C_r, of_x, of_d)` is put where `place(residual)` says; of_x and of_d have the laws last."""

    def answer(C, x, y_d, residual) -> np.ndarray:
        residual = [int(j) for j in residual]
        C_x, C_y = C[:, : x.shape[-1]], C[:, x.shape[-1] :]
        p = C_y.shape[1]
        y = np.empty((*x.shape[:-1], p))
        y[..., others(p, residual)] = y_d
        y[..., place(residual)] = change(C_y[:, residual], x @ C_x.T, y_d @ C_y[:, others(p, residual)].T)
        return y

    return on_arrays(answer)


def _minus(C_r: np.ndarray, of_x: np.ndarray, of_d: np.ndarray) -> np.ndarray:
    return -(of_x + of_d) @ np.linalg.inv(C_r).T


def _at_the_end(C, x, y_d, residual) -> np.ndarray:
    residual = [int(j) for j in residual]
    y = _solved(_minus)(C, x, y_d, residual)
    return np.concatenate([y_d, y[..., residual]], axis=-1)


QUESTIONS = {
    "complete": Question(
        function="complete(C, x, y_d, residual)",
        draw=_draw,
        returns={"y": lambda C, x, y_d, residual: (*y_d.shape[:-1], y_d.shape[-1] + len(residual))},
        fault=_fault,
        misconceptions={
            "the sign is wrong: what x and y_d bring into a budget, y_r has to take out.": _solved(
                lambda C_r, of_x, of_d: -_minus(C_r, of_x, of_d)
            ),
            "C_r is not inverted: minus what the laws lack is in the units of the laws. Which y_r makes it up?": _solved(
                lambda C_r, of_x, of_d: -(of_x + of_d)
            ),
            "C_r multiplies, where its inverse should.": _solved(lambda C_r, of_x, of_d: -(of_x + of_d) @ C_r.T),
            "C_r stands transposed. For one sample, y_r is the inverse of C_r times a column; with samples in rows, each "
            "matrix "
            "stands transposed on the right.": _solved(lambda C_r, of_x, of_d: -(of_x + of_d) @ np.linalg.inv(C_r)),
            "the inputs are missing: this solves the law for x = 0.": _solved(
                lambda C_r, of_x, of_d: _minus(C_r, 0 * of_x, of_d)
            ),
            "the direct outputs are missing in the law: whatever the network says, y_r is the same.": _solved(
                lambda C_r, of_x, of_d: _minus(C_r, of_x, 0 * of_d)
            ),
            "the completed outputs are in rising order. Their order is that of `residual`, in C_r and in y.": _solved(
                _minus, sorted
            ),
            "the completed outputs stand behind the direct ones. Each output has its place, which `residual` names.": on_arrays(
                _at_the_end
            ),
        },
        praise="Whatever the network says, the law holds, and a gradient passes.",
        watch=gradients_pass,
    ),
}
