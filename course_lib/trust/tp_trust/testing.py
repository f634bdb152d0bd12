"""Question of the exercise sheet: a test of conservation, which is itself put to the test."""

from __future__ import annotations

import numpy as np

from course_lib.learning.tp_learning.cases import generator
from course_lib.teaching.questions import Arguments, Question
from course_lib.teaching.randomness import from_the_given_rng
from course_lib.trust.tp_trust.layers import KEEPS, Layer, all_layers, some_law

TYPES = ("float32", "float64")

#: Name of a layer → what is said of a test that lets it pass.
PASSED = {
    "wrong sign": "one that puts in what it should take out.",
    "forgets x": "one that solves the law as if all inputs were zero. With which x was it tried?",
    "first law only": "one that keeps the first law and no other.",
    "on average only": "one that makes something here and loses as much there, so that the mean over the samples is zero.",
    "first sample only": "one that is right for the first sample of a batch and for no other.",
    "nine tenths": "one that takes away nine tenths of the violation. Has a penalty done better?",
    "NaN": "one that returns NaN. Whatever is compared with NaN, the result is False; which way round does your test ask?",
}


class _Named(Layer):
    """A layer that remembers what it is."""

    def __init__(self, name: str, layer: Layer):
        super().__init__(layer)
        self.name = name


def _draw(rng: np.random.Generator) -> Arguments:
    n, m, p = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(5, 7))
    C = some_law(rng, n, m, p)
    zoo = [_Named(name, layer) for name, layer in all_layers(C, m).items()]
    return {"layers": [zoo[i] for i in rng.permutation(len(zoo))], "C": C, "m": m, "rng": generator(rng)}


@np.errstate(all="ignore")
def _fault(layers, C, m, rng, found: np.ndarray) -> str | None:
    if ((found != 0) & (found != 1)).any():
        return "each entry should be True or False."
    place = {layer.name: row for row, layer in enumerate(layers)}
    for name, keeps in KEEPS.items():
        row = place[name]
        for column in (0, 1):
            if found[row, column] == keeps[column]:
                continue
            where = f"layers[{row}] in {TYPES[column]}"
            if keeps == (True, True):
                return (
                    f"your test refuses {where}, which keeps every law to round-off. How large is round-off there, for terms "
                    f"of "
                    "this size?"
                )
            if name == "matrix in float32" and column:
                return (
                    f"your test lets {where} pass: a matrix of it was rounded to single precision on the way, and the law "
                    f"holds to "
                    "seven digits. In double precision sixteen are due."
                )
            if name == "matrix in float32":
                return f"your test refuses {where}: to the digits of single precision the law holds there."
            return f"your test lets {where} pass: {PASSED[name]}"
    return None


QUESTIONS = {
    "keep-the-law": Question(
        function="keep_the_law(layers, C, m, rng)",
        draw=_draw,
        returns={"the verdicts": lambda layers, C, m, rng: (len(layers), 2)},
        fault=_fault,
        misconceptions={
            "every layer passes. A test that cannot fail proves nothing.": lambda layers, C, m, rng: np.ones((len(layers), 2)),
            "every layer is refused, the good ones too. How large is round-off, for terms of this size?": (
                lambda layers, C, m, rng: np.zeros((len(layers), 2))
            ),
        },
        praise="Your test lets pass what keeps the law, in either precision, and nothing else.",
        watch=from_the_given_rng,
    ),
}
