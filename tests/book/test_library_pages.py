"""The pages of the library are stored with what belongs to them, and with nothing else."""

import pickle

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document

from docstrings import _make_one_document


def test_parts_that_were_read_apart_do_not_carry_their_settings_along():
    page, apart = (new_document(name, get_default_settings()) for name in ("page", "apart"))
    page.reporter = apart.reporter = None  # holds an open file; Sphinx takes it out too
    apart.settings.environment = bytes(1_000_000)
    part = nodes.section()
    part.document = apart
    part += nodes.paragraph("", "A function.")
    page.append(part)
    part.document = apart
    assert len(pickle.dumps(page)) > 1_000_000
    _make_one_document(None, page)
    assert len(pickle.dumps(page)) < 100_000
    assert all(node.document is page for node in page.findall())
