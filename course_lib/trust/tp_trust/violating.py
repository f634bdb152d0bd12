"""Question of the exercise sheet: what a network's normalised outputs violate, in physical units."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question

SAMPLES, INPUTS, OUTPUTS, LAWS = 5, 3, 4, 2


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "C": numbers(rng, LAWS, INPUTS + OUTPUTS),
        "x": 2 * numbers(rng, SAMPLES, INPUTS),
        "z": numbers(rng, SAMPLES, OUTPUTS) / 2,
        "y_mean": 2 * numbers(rng, OUTPUTS),
        "y_scale": rng.permutation([0.25, 3.0, 20.0, 4.5]),
    }


@np.errstate(all="ignore")
def _fault(
    C: np.ndarray, x: np.ndarray, z: np.ndarray, y_mean: np.ndarray, y_scale: np.ndarray, found: np.ndarray
) -> str | None:
    """Term by term, so that the message can say of which size the two parts are."""
    for place in np.ndindex(found.shape):
        i, law = place
        of_x = sum(C[law, j] * x[i, j] for j in range(INPUTS))
        of_y = sum(C[law, INPUTS + j] * (z[i, j] * y_scale[j] + y_mean[j]) for j in range(OUTPUTS))
        if differs(found[place], np.array(of_x + of_y)) is not None:
            return (
                f"law {law}, sample {i}: the inputs contribute {of_x:.6g}, the outputs, in physical units, {of_y:.6g}. Your "
                f"violation is {found[place]:.6g}."
            )
    return None


def _with(outputs: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """A mistaken answer: `outputs(z, y_mean, y_scale)` are taken for those in physical units."""
    return lambda C, x, z, y_mean, y_scale: x @ C[:, :INPUTS].T + outputs(z, y_mean, y_scale) @ C[:, INPUTS:].T


def _right(C, x, z, y_mean, y_scale) -> np.ndarray:
    return _with(lambda z, mean, scale: z * scale + mean)(C, x, z, y_mean, y_scale)


def _outputs_first(C, x, z, y_mean, y_scale) -> np.ndarray:
    return np.concatenate([z * y_scale + y_mean, x], axis=1) @ C.T


QUESTIONS = {
    "violation": Question(
        function="violation(C, x, z, y_mean, y_scale)",
        draw=_draw,
        returns={"the violation": lambda C, x, z, y_mean, y_scale: (len(x), len(C))},
        fault=_fault,
        misconceptions={
            "C multiplies the normalised outputs. The law holds between quantities in physical units; shapes fit all the "
            "same, and "
            "nothing warns.": _with(lambda z, mean, scale: z),
            "the means are missing: z = 0 stands for the mean of an output, not for zero.": _with(
                lambda z, mean, scale: z * scale
            ),
            "the outputs are normalised once more. They come normalised; undo it.": _with(
                lambda z, mean, scale: (z - mean) / scale
            ),
            "the mean is added before z is multiplied by the scale. Undo the steps of normalising in reverse order.": _with(
                lambda z, mean, scale: (z + mean) * scale
            ),
            "z is divided by the scale. Normalising divides; to undo it, multiply.": _with(
                lambda z, mean, scale: z / scale + mean
            ),
            "the inputs are missing in the law.": lambda C, x, z, mean, scale: (z * scale + mean) @ C[:, INPUTS:].T,
            "the columns of C are taken in the wrong order: the first belong to x, the others to y.": _outputs_first,
            "these are absolute values. A violation has a sign: too much, or too little.": lambda *given: np.abs(
                _right(*given)
            ),
            "these are squares. A violation has the unit of its budget.": lambda *given: _right(*given) ** 2,
        },
        praise="In the units of the budgets, and with their signs.",
    ),
}
