"""The exercise sheet of this part: its questions, and the two functions that its notebook calls."""

from course_lib.learning.tp_learning import (
    descent,
    dropout,
    frozen,
    layers,
    likelihood,
    likelihood_slopes,
    noise,
    normalisation,
    stopping,
)
from course_lib.teaching.checks import Sheet

sheet = Sheet(
    {
        **layers.QUESTIONS,
        **descent.QUESTIONS,
        **likelihood.QUESTIONS,
        **likelihood_slopes.QUESTIONS,
        **dropout.QUESTIONS,
        **normalisation.QUESTIONS,
        **frozen.QUESTIONS,
        **stopping.QUESTIONS,
        **noise.QUESTIONS,
    }
)
check = sheet.check
fill_in = sheet.fill_in
