"""Question of the exercise sheet: the error of a mean, time by time."""

from __future__ import annotations

import numpy as np
import torch

from course_lib.assimilation.tp_assimilation_networks.precision import SINGLE, in_single_precision
from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Question
from course_lib.teaching.tensors import some


@np.errstate(all="ignore")
def _fault(mean: torch.Tensor, states: torch.Tensor, error: np.ndarray) -> str | None:
    B, T, n = states.shape
    for t in range(T):
        misses = [np.linalg.norm((mean[k, t] - states[k, t]).numpy()) for k in range(B)]
        expected = sum(misses) / B / n**0.5
        if differs(error[t : t + 1], np.array([expected])) is not None:
            return (
                f"at index {t} the distances ‖mean − x‖ are {np.round(misses, 4).tolist()}; their mean, divided by √{n}, is "
                f"{expected:.4g}, and yours is {error[t]:.4g}."
            )
    return SINGLE if in_single_precision(error) else None


QUESTIONS = {
    "rmse": Question(
        function="rmse(mean, states)",
        draw=lambda rng: {"mean": some(rng, 4, 3, 2), "states": some(rng, 4, 3, 2)},
        returns={"the error": lambda mean, states: (states.shape[1],)},
        fault=_fault,
        misconceptions={
            "this is the root of the mean square over sequences and coordinates. The score of this course takes the root in "
            "each sequence first, then the mean over the sequences.": lambda mean, states: (
                (mean - states).square().mean(dim=(0, 2)).sqrt()
            ),
            "the distances are not divided by √n. A system with more coordinates would seem worse.": lambda mean, states: (
                torch.linalg.vector_norm(mean - states, dim=2).mean(0)
            ),
            "the distances are divided by n. It is √n: the mean is inside the root.": lambda mean, states: (
                torch.linalg.vector_norm(mean - states, dim=2).mean(0) / states.shape[2]
            ),
            "this is the mean absolute error.": lambda mean, states: (mean - states).abs().mean(dim=(0, 2)),
            "these are mean squares. The root is missing.": lambda mean, states: (mean - states).square().mean(dim=(0, 2)),
            "the mean runs over time, and one number for each sequence is left. It should be the other way round.": (
                lambda mean, states: torch.linalg.vector_norm(mean - states, dim=2).mean(1) / states.shape[2] ** 0.5
            ),
            "everything is averaged, time too. Asked for is one number for each time.": lambda mean, states: (
                torch.linalg.vector_norm(mean - states, dim=2).mean() / states.shape[2] ** 0.5
            ),
        },
        praise="A mean over the sequences of root mean squares over the coordinates, one for each time.",
    ),
}
