"""The loop of expectation–maximisation, whatever the model: E and M steps in turns until the log-likelihood stands still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from course_lib.basics.arguments import positive_number, whole_number

Theta = TypeVar("Theta")


def climb(
    theta: Theta,
    e_step: Callable[[Theta], tuple[float, Any]],
    m_step: Callable[[Theta, Any, int], Theta],
    max_steps: int,
    tolerance: float,
    count: int,
) -> tuple[tuple[Theta, ...], np.ndarray, bool]:
    """The models on the way from a first guess, the log-likelihood of each, and whether the stopping rule was met.

    Parameters
    ----------
    theta : the first guess.
    e_step : θ → its log-likelihood and what the M step needs to know.
    m_step : θ, what its E step found, and the number of the step, for messages → the next θ.
    max_steps : the greatest number of M steps.
    tolerance : stop when a step raises the log-likelihood by less than this times `count`; 0 stops only at `max_steps`.
    count : how many observations there are.

    Raises
    ------
    ValueError
        If `max_steps` is no whole number from 0 on, or `tolerance` is negative.
    """
    whole_number("max_steps", max_steps, least=0)
    threshold = count * (positive_number("tolerance", tolerance) if tolerance != 0 else 0.0)
    log_likelihood, found = e_step(theta)
    path, history, converged = [theta], [log_likelihood], False
    while len(history) <= max_steps and not converged:
        theta = m_step(theta, found, len(history))
        log_likelihood, found = e_step(theta)
        converged = threshold > 0 and log_likelihood - history[-1] < threshold
        path.append(theta)
        history.append(log_likelihood)
    return tuple(path), np.array(history), converged
