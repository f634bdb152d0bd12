"""Question of the exercise sheet: the slope of the loss before a map that makes outputs positive."""

from __future__ import annotations

import numpy as np

from course_lib.teaching.properties import differs, numbers, slopes
from course_lib.teaching.questions import Arguments, Question

NAMES = ("softplus", "exp", "clip")
_MAPS = (lambda z: np.logaddexp(0, z), np.exp, lambda z: np.maximum(z, 0))


def _draw(rng: np.random.Generator) -> Arguments:
    z = numbers(rng, 6)
    z[:2] = np.abs(z[0]), -np.abs(z[1])  # there is something to pass, and something to clip
    return {"z": rng.permutation(z), "y": np.abs(numbers(rng, 6)) + 0.25}


def _all(z: np.ndarray, slope_of_clip: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Values and slopes of the three maps, shape (3, N) each."""
    logistic = 1 / (1 + np.exp(-z))
    return np.array([g(z) for g in _MAPS]), np.array([logistic, np.exp(z), np.where(z > 0, 1.0, slope_of_clip)])


@np.errstate(all="ignore")
def _fault(z: np.ndarray, y: np.ndarray, found: np.ndarray) -> str | None:
    for row, (name, g) in enumerate(zip(NAMES, _MAPS, strict=True)):
        rises = np.array([slopes(lambda v, i=i, g=g: float((g(v)[0] - y[i]) ** 2), z[i : i + 1])[0] for i in range(len(z))])
        if (place := differs(found[row], rises)) is not None:
            i = place[0]
            return (
                f"row {row}, {name}: moved a little away from z = {z[i]:g}, with y = {y[i]:g}, the loss changes "
                f"{rises[i]:.5g} times as much as z; your slope is {found[row, i]:.5g}."
            )
    return None


def _without_slope(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 2 * (_all(z)[0] - y)


def _scaled(factor: float, slope_of_clip: float = 0.0):
    def answer(z: np.ndarray, y: np.ndarray) -> np.ndarray:
        values, rises = _all(z, slope_of_clip)
        return factor * (values - y) * rises

    return answer


QUESTIONS = {
    "loss-slopes": Question(
        function="loss_slopes(z, y)",
        draw=_draw,
        returns={"the slopes": lambda z, y: (3, len(z))},
        fault=_fault,
        misconceptions={
            "these are the slopes with respect to g(z), the output. On its way back to z the gradient is multiplied by the "
            "slope "
            "of g.": _without_slope,
            "softplus and exp are right, but the clip lets the gradient pass where it clips. There its output stays zero "
            "when z "
            "moves a little, and so does the loss.": _scaled(2, 1.0),
            "the derivative of a square has a factor 2.": _scaled(1),
            "the sign is wrong: the loss falls where these slopes say that it rises.": _scaled(-2),
            "this is divided by the number of samples. Here each z has a loss of its own.": lambda z, y: (
                _scaled(2)(z, y) / len(z)
            ),
            "these are the losses. Asked for are their slopes.": lambda z, y: (_all(z)[0] - y) ** 2,
        },
        praise="Where the clip is at work nothing comes back, however wrong the output is; softplus and exp always answer.",
    ),
}
