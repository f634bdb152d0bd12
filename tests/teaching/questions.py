"""A small question, for the tests of how answers are judged."""

import numpy as np

from course_lib.teaching.checks import Sheet
from course_lib.teaching.questions import Question

MISCONCEPTION = "2Ax is the gradient for a symmetric A only."


def gradient_fault(x, A, gradient):
    step = 1e-5 * np.arange(1, 4)
    change = (x + step) @ A @ (x + step) - (x - step) @ A @ (x - step)
    if np.isclose(change, 2 * step @ gradient, rtol=1e-6, atol=1e-10):
        return None
    return f"A small step changes the value by {change:.3g}; your gradient predicts {2 * step @ gradient:.3g}."


def question(**changes):
    """Asks for the gradient of xᵀAx."""
    settings = {
        "function": "gradient(x, A)",
        "draw": lambda rng: {"x": rng.normal(size=3).round(1), "A": rng.normal(size=(3, 3)).round(1)},
        "returns": {"the gradient": lambda x, A: x.shape},
        "fault": gradient_fault,
        "misconceptions": {MISCONCEPTION: lambda x, A: 2 * A @ x},
        "praise": "Both halves count.",
    }
    return Question(**(settings | changes))


def sheet(**changes):
    return Sheet({"gradient": question(**changes)})


def right(x, A):
    return A @ x + x @ A
