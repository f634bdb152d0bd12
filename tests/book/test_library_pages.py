"""The pages of the library: what is in a module stands in its section, and a page is stored with nothing but its own."""

import pickle

from docutils import nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from sphinx import addnodes

from docstrings import _gather_members, _make_one_document


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


def test_members_go_into_the_section_of_their_module():
    page = new_document("page", get_default_settings())
    before, first, second = addnodes.desc(), nodes.section(), nodes.section()
    members = [
        addnodes.index(),
        addnodes.desc("", addnodes.desc_content("", addnodes.desc())),
        addnodes.index(),
        addnodes.desc(),
    ]
    target = nodes.target()
    page += [before, first, *members, target, second, last := addnodes.desc()]
    _gather_members(None, page)
    assert page.children == [before, first, target, second]
    assert first.children == members
    assert second.children == [last]
    assert isinstance(members[1][0][0], addnodes.desc)
