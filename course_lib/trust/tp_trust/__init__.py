"""The graded exercise sheet of this part: its questions, and the two functions that its notebook calls."""

from course_lib.teaching.checks import Sheet
from course_lib.teaching.tensors import on_one_thread
from course_lib.trust.tp_trust import (
    budgets,
    completing,
    dropping,
    multi,
    penalties,
    positive,
    projecting,
    reading,
    single,
    splitting,
    testing,
    violating,
)

sheet = Sheet(
    on_one_thread(
        {
            **positive.QUESTIONS,
            **budgets.QUESTIONS,
            **violating.QUESTIONS,
            **penalties.QUESTIONS,
            **completing.QUESTIONS,
            **testing.QUESTIONS,
            **projecting.QUESTIONS,
            **splitting.QUESTIONS,
            **single.QUESTIONS,
            **multi.QUESTIONS,
            **dropping.QUESTIONS,
            **reading.QUESTIONS,
        }
    )
)
check = sheet.check
fill_in = sheet.fill_in
