"""Question of the exercise sheet: inverted dropout."""

from __future__ import annotations

import numpy as np

from course_lib.learning.tp_learning.cases import Seeded, generator
from course_lib.teaching.properties import differs, numbers
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.randomness import from_the_given_rng

SHAPE = (60, 40)
#: By how much the share of removed units may differ from p. By Hoeffding's inequality, 2 exp(−2 · 2400 · 0.07²) = 1.2·10⁻¹⁰ is
#: the greatest chance that a right answer differs more.
MARGIN = 0.07

_WHEN = "Inverted dropout makes up for the removed units during training, so that evaluation returns h as it is."


def _draw(rng: np.random.Generator) -> Arguments:
    return {
        "h": numbers(rng, *SHAPE),
        "p": float(rng.choice([0.2, 0.3, 0.7, 0.8])),
        "rng": generator(rng),
        "training": bool(rng.integers(2)),
    }


@np.errstate(all="ignore")
def _fault(h: np.ndarray, p: float, rng: Seeded, training: bool, out: np.ndarray, mask: np.ndarray) -> str | None:
    if not np.isin(mask, (0, 1)).all():
        value = mask[~np.isin(mask, (0, 1))][0]
        return (
            f"the mask should hold 1 where a unit is kept and 0 where it is removed; yours holds {value:.4g}. A factor that "
            "makes up for the removed units belongs to the output."
        )
    if not training:
        return _evaluation_fault(h, out, mask)
    if not (mask - mask[0]).any():
        return "one mask serves all samples: its rows are the same. Decide for every unit of every sample anew."
    if not (mask - mask[:, :1]).any():
        return "each sample keeps all its units or none. Decide for every unit of every sample anew."
    if not out[mask == 1].any():
        return "the output is zero where the mask is 1. The mask should be 1 where a unit is kept."
    if out[mask == 0].any():
        return "the output should be zero wherever the mask is 0."
    removed = float(np.mean(mask == 0))
    if abs(removed - (1 - p)) <= MARGIN:
        return f"p = {p:g} is the probability that a unit is removed; your function keeps units with that probability."
    if abs(removed - p) > MARGIN:
        return f"units should be removed with probability p = {p:g}; of {mask.size} units your function removed {removed:.1%}."
    if differs((1 - p) * out, mask * h) is None:
        return None
    if differs(out, mask * h) is None:
        return f"the units that are kept are not scaled, so the mean of the output is smaller than h. {_WHEN}"
    if differs(p * out, mask * h) is None:
        return "the units that are kept are divided by p. For the mean to stay, which share of the cases has to make up?"
    if differs(out, (1 - p) * mask * h) is None:
        return f"the units that are kept are scaled down. Their mean, which the removed ones have lowered, should rise. {_WHEN}"
    return (
        f"averaged over many masks, the output should be h. A unit is kept in {100 * (1 - p):.0f} of 100 cases, and is 0 "
        "in the others; how large does it have to be when it is kept?"
    )


def _evaluation_fault(h: np.ndarray, out: np.ndarray, mask: np.ndarray) -> str | None:
    if not mask.all():
        return "the mask should be all ones when training is False: in evaluation every unit is kept."
    if differs(out, h) is not None:
        return f"the output should equal h when training is False. {_WHEN}"
    return None


QUESTIONS = {
    "inverted-dropout": Question(
        function="inverted_dropout(h, p, rng, training)",
        draw=_draw,
        returns={
            "the output": lambda h, p, rng, training: h.shape,
            "the mask": lambda h, p, rng, training: h.shape,
        },
        fault=_fault,
        misconceptions={},
        praise="A unit is removed with probability p, and the mean of the output is h, in training and in evaluation.",
        watch=from_the_given_rng,
        cases=30,  # so that both modes occur: one of them is missing with a chance of 2·10⁻⁹
    ),
}
