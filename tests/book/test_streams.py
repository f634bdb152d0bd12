"""What a cell prints, as the book shows it."""

import nbformat
from jupyter_cache.executors import utils

import streams

SLOW = 'import time\nprint("   indented", end=" ", flush=True)\ntime.sleep(0.6)\nprint("and one line")\nprint("  second")'
AS_PRINTED = "   indented and one line\n  second\n"


def test_pieces_of_a_line_are_joined_as_they_were_printed(tmp_path, monkeypatch):
    monkeypatch.setattr(utils, "executenb", utils.executenb)  # put back afterwards
    streams.setup(None)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SLOW)])
    assert utils.single_nb_execution(notebook, cwd=str(tmp_path), timeout=60, allow_errors=False).err is None
    assert [output["text"] for output in notebook.cells[0].outputs] == [AS_PRINTED]
