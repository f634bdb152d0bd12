"""The exercise sheet of this part: its questions, and the two functions that its notebook calls."""

from course_lib.basics.td import bounds, e_step, joint, likelihood, m_step, matrices, posterior
from course_lib.teaching.checks import Sheet

sheet = Sheet(
    {
        **matrices.QUESTIONS,
        **joint.QUESTIONS,
        **posterior.QUESTIONS,
        **likelihood.QUESTIONS,
        **e_step.QUESTIONS,
        **m_step.QUESTIONS,
        **bounds.QUESTIONS,
    }
)
check = sheet.check
fill_in = sheet.fill_in
