"""Question of the exercise sheet: which statements the figure of the river supports; experiments decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_lib.teaching.questions import Arguments, Question
from course_lib.trust.tp_trust.river import Findings, findings

LETTERS = "ABCDEF"


def supported(found: Findings) -> dict[str, bool]:
    """Whether each statement of the exercise holds, as the experiments found it."""
    return {
        "A": found.moved > 0,
        "B": found.flow_moved > 0,
        "C": abs(found.refitted - found.bar) < found.spread,
        "D": found.later_bar > found.later_soil + 2 * found.spread,
        "E": abs(found.together - found.sum_of_bars) < 0.1 * found.sum_of_bars,
        "F": found.unseen > 0,
    }


def _evidence(found: Findings) -> dict[str, str]:
    return {
        "A": f"with T low shuffled and nothing else, the forest's forecasts move by {found.moved:.2f} in the root mean square",
        "B": f"with T low shuffled and nothing else, the law of the river gives a flow that is {found.flow_moved:g} away. "
        f"Forest and "
        "river are two things",
        "C": f"a forest that was fitted anew without T low has a loss that is larger by {found.refitted:.2f}; the bar is "
        f"{found.bar:.2f}",
        "D": f"on other days of this river, T low has a bar of {found.later_bar:.2f} and soil one of {found.later_soil:.2f}; "
        f"the "
        f"bar varies by {found.spread:.2f}",
        "E": f"with both temperatures shuffled the loss rises by {found.together:.2f}; the bars add up to "
        f"{found.sum_of_bars:.2f}",
        "F": f"on {found.unseen:.0%} of the days on which T low is shuffled, the temperatures are farther apart than on any "
        f"day of "
        "the data",
    }


def _draw(rng: np.random.Generator) -> Arguments:
    order = list(LETTERS)
    truth = supported(findings())
    while [truth[letter] for letter in order] == [truth[letter] for letter in LETTERS]:
        order = [str(letter) for letter in rng.permutation(list(LETTERS))]
    return {"letters": order}


@np.errstate(all="ignore")
def _fault(letters: Sequence[str], found: np.ndarray) -> str | None:
    if ((found != 0) & (found != 1)).any():
        return "each entry should be True or False."
    truth, evidence = supported(findings()), _evidence(findings())
    wrong = sorted(letter for letter, said in zip(letters, found, strict=True) if said != truth[letter])
    if not wrong:
        return None
    more = f" There are {len(wrong)} such statements." if len(wrong) > 1 else ""
    return f"statement {wrong[0]} does not go with an experiment: {evidence[wrong[0]]}.{more}"


def _as(values: dict[str, bool]):
    return lambda letters: np.array([values[letter] for letter in letters], dtype=float)


QUESTIONS = {
    "read-figure": Question(
        function="read_figure(letters)",
        draw=_draw,
        returns={"the verdicts": lambda letters: (len(letters),)},
        fault=_fault,
        misconceptions={
            "you read the bars as if they spoke of the river: as causes, one by one. They speak of a forest, and of what it "
            "does "
            "with shuffled data.": _as(dict(zip(LETTERS, (True, True, True, True, True, False), strict=True))),
            "to believe every statement is to read nothing.": _as(dict.fromkeys(LETTERS, True)),
            "the figure is not worthless: it does tell something, for certain, of the forest.": _as(
                dict.fromkeys(LETTERS, False)
            ),
            "your answers are in the order A to F. They should be in the order of `letters`.": (
                lambda letters: _as(dict(zip(letters, [supported(findings())[letter] for letter in LETTERS], strict=True)))(
                    letters
                )
            ),
        },
        praise="You read what the figure says, and not what one would like it to say.",
        seconds=60,
    ),
}
