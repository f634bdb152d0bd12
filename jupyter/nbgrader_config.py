"""Settings of nbgrader for this course; a school's own settings may stand in its place or beside it."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "course"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()  # YOUR CODE HERE"}
# A student who deletes a check is marked by it all the same.
c.OverwriteCells.add_missing_cells = True
# `check` ends an endless loop in an answer by itself, after ten seconds at most; this ends one anywhere else in the notebook.
c.Execute.timeout = 60
