"""The graded exercise sheet of this part: its questions, and the two functions that its notebook calls."""

from course_lib.invariance.tp_scattering import (
    averages,
    bank,
    choosing,
    discriminants,
    energies,
    gabor,
    maps,
    norms,
    second_order,
    standardising,
    turning,
    twins,
)
from course_lib.teaching.checks import Sheet

sheet = Sheet(
    {
        **gabor.QUESTIONS,
        **bank.QUESTIONS,
        **maps.QUESTIONS,
        **norms.QUESTIONS,
        **averages.QUESTIONS,
        **standardising.QUESTIONS,
        **discriminants.QUESTIONS,
        **second_order.QUESTIONS,
        **energies.QUESTIONS,
        **turning.QUESTIONS,
        **twins.QUESTIONS,
        **choosing.QUESTIONS,
    }
)
check = sheet.check
fill_in = sheet.fill_in
