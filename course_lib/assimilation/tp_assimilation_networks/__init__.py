"""The graded exercise sheet on data assimilation networks: its questions, and the two functions that its notebook calls."""

from course_lib.assimilation.tp_assimilation_networks import (
    blue,
    density,
    dynamics,
    forward,
    lbfgs,
    log_density,
    lorenz,
    loss,
    online,
    rezero,
    ridge,
    scores,
    simulation,
    training,
    wiring,
)
from course_lib.teaching.checks import Sheet
from course_lib.teaching.tensors import on_one_thread

sheet = Sheet(
    on_one_thread(
        {
            **blue.QUESTIONS,
            **ridge.QUESTIONS,
            **density.QUESTIONS,
            **log_density.QUESTIONS,
            **dynamics.QUESTIONS,
            **simulation.QUESTIONS,
            **scores.QUESTIONS,
            **rezero.QUESTIONS,
            **forward.QUESTIONS,
            **loss.QUESTIONS,
            **lbfgs.QUESTIONS,
            **training.QUESTIONS,
            **wiring.QUESTIONS,
            **lorenz.QUESTIONS,
            **online.QUESTIONS,
        }
    )
)
check = sheet.check
fill_in = sheet.fill_in
