"""Several processes share the tests of the built pages: those of one page go to the same one, so that it is opened once."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

# A built page in the name of a test.
_PAGE = re.compile(r"\b(?:(?:book|_modules)/[\w/.-]+|\w+)\.html\b")


def group(nodeid: str) -> str:
    """The page that a test is about, by its name, else its file.

    >>> group("tests/book/pages/test_every_page.py::TestPage::test_nothing_is_cut[phone-book/basics/em.html]")
    'book/basics/em.html'
    >>> group("tests/book/pages/test_explorations.py::test_pictures_are_light[book/basics/em.html exploration 2]")
    'book/basics/em.html'
    >>> group("tests/book/pages/test_pdf.py::test_page_that_is_not_built_is_named")
    'tests/book/pages/test_pdf.py'
    """
    page = _PAGE.search(nodeid)
    return page[0] if page else nodeid.split("::")[0]


class ByPage(LoadScopeScheduling):
    """xdist's own groups, ``--dist loadgroup``, are set aside without a word by pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)
