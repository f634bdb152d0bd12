"""Question of the exercise sheet: two budgets, told in words, as a matrix, and what they leave free."""

from __future__ import annotations

import numpy as np

from course_lib.teaching.properties import differs
from course_lib.teaching.questions import Arguments, Question
from course_lib.trust.tp_trust.lake import INPUTS, NAMES, OUTPUTS, flow, lake_states, stored_heat, vapour_heat

ROWS = ("water", "heat")


def _draw(rng: np.random.Generator) -> Arguments:
    return {"area": float(rng.integers(4, 120)), "depth": float(rng.integers(6, 60))}


def _simple_states(area: float, depth: float) -> list[tuple[int, str, dict[str, float]]]:
    """States in which two things happen that balance each other, or one that is no matter of the budget."""
    only = "is no matter of this budget: when nothing else happens, the row gives zero"
    return [
        (0, "what flows in flows out", {"Q_in": 1, "Q_out": 1}),
        (0, "it rains 1 mm a day, and as much as falls on the whole lake flows out", {"R": 1, "Q_out": flow(1, area)}),
        (0, "the lake falls by 1 mm a day, and that water flows out", {"dh": -1, "Q_out": flow(1, area)}),
        (0, "it rains 1 mm a day, and as much evaporates", {"R": 1, "E": 1}),
        *((0, f"{name} {only}", {name: 1}) for name in ("S", "dT", "B")),
        (1, "all solar radiation goes back as heat", {"S": 1, "B": 1}),
        (1, "1 mm of water evaporates a day, and the sun pays for it", {"E": 1, "S": vapour_heat(1)}),
        (1, "the lake warms by 1 K a day, and the sun pays for it", {"dT": 1, "S": stored_heat(1, depth)}),
        *((1, f"{name} {only}", {name: 1}) for name in ("Q_in", "R", "dh", "Q_out")),
    ]


def _matrix_fault(area: float, depth: float, C: np.ndarray) -> str | None:
    for row, name, unit in ((0, "Q_out", "m³/s"), (1, "B", "W/m²")):
        if abs((one := C[row, NAMES.index(name)]) - 1) > 1e-9:
            return f"row {row} of C, {ROWS[row]}, is to be in {unit} and to hold {name} with the coefficient 1; yours is "
            f"{one:.5g}."
    for row, words, happens in _simple_states(area, depth):
        state = np.array([happens.get(name, 0.0) for name in NAMES])
        terms = C[row] * state
        if abs(terms.sum()) > 1e-6 * np.abs(terms).max():
            where = (
                "" if "no matter" in words else ". The budget closes, but the row does not give zero; what is it of each term?"
            )
            shares = ", ".join(f"{term:.5g} from {name}" for name, term in zip(NAMES, terms, strict=True) if term)
            return f"row {row} of C, {ROWS[row]}: {words}{where} Yours gives {shares}."
    x, y = lake_states(area, depth, 20, np.random.default_rng(0))
    missing = np.concatenate([x, y], axis=1) @ C.T
    return None if np.abs(missing).max() < 1e-6 * np.abs(C).max() * np.abs(y).max() else "C times a state should be zero."


@np.errstate(all="ignore")
def _fault(area: float, depth: float, C: np.ndarray, N: np.ndarray) -> str | None:
    if complaint := _matrix_fault(area, depth, C):
        return complaint
    C_y = C[:, len(INPUTS) :]
    left = np.abs(C_y @ N) / (np.abs(C_y).max() * max(1e-300, np.abs(N).max()))
    if (place := differs(left, np.zeros(left.shape))) is not None:
        row, column = place
        return (
            f"C is right. A change of the outputs along column {column} of N should leave every budget as it is; it changes "
            f"that "
            f"of {ROWS[row]} by {(C_y @ N)[row, column]:.5g}. Is N made for the part of C that belongs to y?"
        )
    if (place := differs(N.T @ N, np.eye(N.shape[1]))) is not None:
        return (
            f"C is right, and no column of N breaks a budget. But they should have length one and be orthogonal to each other; "
            f"the product of columns {place[0]} and {place[1]} is {(N.T @ N)[place]:.5g}."
        )
    return None


QUESTIONS = {
    "lake-matrix": Question(
        function="lake_matrix(area, depth)",
        draw=_draw,
        returns={
            "C": lambda area, depth: (2, len(NAMES)),
            "N": lambda area, depth: (len(OUTPUTS), len(OUTPUTS) - 2),
        },
        fault=_fault,
        misconceptions={},
        praise="Two laws hold two directions of the five; along the three columns of N a network may err unseen by any budget.",
    ),
}
