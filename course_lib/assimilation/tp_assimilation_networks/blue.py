"""Question of the exercise sheet: a forecast and data become the best linear unbiased estimate."""

from __future__ import annotations

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.blue_mistakes import MISTAKES, problem
from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.assimilation.tp_assimilation_networks.quadratic import not_its_covariance, not_lowest, some_covariance
from course_lib.assimilation.tp_assimilation_networks.shapes import shapes_explained
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.tensors import some

STATE, DATA = 3, 2


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "x_f": some(rng, STATE),
        "C_xx": some_covariance(rng, STATE),
        "d": 2 * some(rng, DATA),
        "H": some(rng, DATA, STATE),
        "C_ee": some_covariance(rng, DATA),
    }


@np.errstate(all="ignore")
def _fault(
    x_f: torch.Tensor,
    C_xx: torch.Tensor,
    d: torch.Tensor,
    H: torch.Tensor,
    C_ee: torch.Tensor,
    x_a: np.ndarray,
    C_aa: np.ndarray,
) -> str | None:
    forecast, C, data, operator, noise = problem(x_f, C_xx, d, H, C_ee)
    single = in_single_precision(x_a) or in_single_precision(C_aa)
    tolerance = 1e-3 if single else 1e-6
    bend = 2 * np.linalg.inv(C) + 2 * operator.T @ np.linalg.inv(noise) @ operator
    slope = 2 * np.linalg.solve(C, x_a - forecast) - 2 * operator.T @ np.linalg.solve(noise, data - operator @ x_a)
    complaint = not_lowest("the cost J", "x_a", x_a, slope, bend, tolerance)
    complaint = complaint or not_its_covariance("x_a", C_aa, bend, C, tolerance)
    return complaint or (SINGLE if single else None)


QUESTIONS = {
    "blue": Question(
        function="blue(x_f, C_xx, d, H, C_ee)",
        draw=_draw,
        returns={
            "x_a": lambda x_f, C_xx, d, H, C_ee: (len(x_f),),
            "C_aa": lambda x_f, C_xx, d, H, C_ee: (len(x_f), len(x_f)),
        },
        fault=_fault,
        misconceptions=MISTAKES,
        praise="J is level at your x_a, and its Hessian times your C_aa is twice the identity.",
        watch=shapes_explained,
    ),
}
