"""Question of the exercise sheet: a loss that is shared between the error and the violation of the laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some, tensor
from course_lib.trust.tp_trust.gradients import arrays, gradients_pass, on_arrays

SAMPLES, INPUTS, OUTPUTS, LAWS = 5, 2, 4, 2


def _draw(rng: np.random.Generator) -> Arguments:
    C, x, y = some(rng, LAWS, INPUTS + OUTPUTS), some(rng, SAMPLES, INPUTS), some(rng, SAMPLES, OUTPUTS)
    return {
        "C": C,
        "x": x,
        "raw": some(rng, SAMPLES, OUTPUTS),
        "y": y,
        "y_scale": tensor(rng.permutation([0.25, 1.5, 3.0, 2.0])),
        "alpha": float(rng.choice([0.1, 0.2, 0.3, 0.7, 0.8, 0.9])),
    }


def parts(C: Any, x: Any, raw: Any, y: Any, y_scale: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors in units of their scales, violations in their own units, and the units s of these."""
    C_x, C_y = C[:, : x.shape[-1]], C[:, x.shape[-1] :]
    return (raw - y) / y_scale, x @ C_x.T + raw @ C_y.T, np.sqrt((C_y**2 * y_scale**2).sum(axis=1))


@np.errstate(all="ignore")
def _fault(C, x, raw, y, y_scale, alpha, loss: np.ndarray) -> str | None:
    errors, missing, s = parts(*arrays(C, x, raw, y, y_scale))
    error, penalty = np.mean(errors**2), np.mean((missing / s) ** 2)
    expected = error + alpha * (penalty - error)
    if differs(loss, np.array(expected)) is None:
        return None
    return (
        f"with α = 0 the loss is {error:.6g}, with α = 1 it would be {penalty:.6g}; with α = {alpha:g} it should be "
        f"{expected:.6g}. "
        f"Yours is {float(loss):.6g}. The laws have the units s = {np.round(s, 5).tolist()}."
    )


def _of(change: Callable[..., float]) -> Callable[..., float]:
    """A mistaken loss: `change(errors, missing, s, alpha)`."""

    def answer(C, x, raw, y, y_scale, alpha) -> float:
        return float(change(*parts(C, x, raw, y, y_scale), alpha))

    return on_arrays(answer)


def _share(error: Any, penalty: Any, alpha: float) -> float:
    return float((1 - alpha) * error + alpha * penalty)


def _mean_square(values: np.ndarray) -> float:
    return float(np.mean(values**2))


def _of_the_truth(C, x, raw, y, y_scale, alpha) -> float:
    errors, _, s = parts(C, x, raw, y, y_scale)
    return _share(_mean_square(errors), _mean_square(parts(C, x, y, y, y_scale)[1] / s), alpha)


def _with_units(units: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Callable[..., float]:
    """A mistaken loss in which s is `units(C_y, y_scale)`."""

    def answer(C, x, raw, y, y_scale, alpha) -> float:
        errors, missing, _ = parts(C, x, raw, y, y_scale)
        return _share(_mean_square(errors), _mean_square(missing / units(C[:, INPUTS:], y_scale)), alpha)

    return on_arrays(answer)


QUESTIONS = {
    "penalised-loss": Question(
        function="penalised_loss(C, x, raw, y, y_scale, alpha)",
        draw=_draw,
        returns={"the loss": lambda *given: ()},
        fault=_fault,
        misconceptions={
            "α and 1 − α have changed places: α is the share of the penalty.": _of(
                lambda errors, missing, s, alpha: _share(_mean_square(missing / s), _mean_square(errors), alpha)
            ),
            "the violations are not in units of s: a law that is written in small units would rule over the others.": _of(
                lambda errors, missing, s, alpha: _share(_mean_square(errors), _mean_square(missing), alpha)
            ),
            "the violations are divided by the root of s. Divide them by s, then square.": _of(
                lambda errors, missing, s, alpha: _share(_mean_square(errors), np.mean(missing**2 / s), alpha)
            ),
            "the penalty is that of the true outputs y. The law has to be taught to what the network says.": on_arrays(
                _of_the_truth
            ),
            "the error keeps its full weight. The loss is shared: 1 − α of it is the error.": _of(
                lambda errors, missing, s, alpha: _mean_square(errors) + alpha * _mean_square(missing / s)
            ),
            "the squared violations are added up over the laws. Take their mean, so that α means the same for any number of "
            "laws.": _of(
                lambda errors, missing, s, alpha: _share(_mean_square(errors), len(s) * _mean_square(missing / s), alpha)
            ),
            "the errors are not in units of their scales.": on_arrays(
                lambda C, x, raw, y, y_scale, alpha: _share(
                    _mean_square(raw - y), _mean_square(np.divide(*parts(C, x, raw, y, y_scale)[1:])), alpha
                )
            ),
            "the violations are averaged before they are squared, so that too much here makes up for too little there.": _of(
                lambda errors, missing, s, alpha: _share(_mean_square(errors), np.mean((missing / s).mean(axis=0) ** 2), alpha)
            ),
            "s adds up the terms with their signs, as if all outputs erred in the same direction. Independent errors add up in "
            "squares.": _with_units(lambda C_y, y_scale: C_y @ y_scale),
            "s adds up absolute values, as if the worst came together. Independent errors add up in squares.": _with_units(
                lambda C_y, y_scale: np.abs(C_y) @ y_scale
            ),
        },
        praise="Both terms are numbers without a unit, and a gradient passes through both.",
        seconds=30,  # for the picture
        watch=gradients_pass,
    ),
}
