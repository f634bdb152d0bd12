"""The library's pages: the house's docstrings, put into the form that Sphinx's reader of NumPy docstrings expects."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from equations import IMPLEMENTS


def in_numpy_form(lines: list[str]) -> list[str]:
    """Put descriptions under their parameters, where the house writes them on the same line, and link the equations.

    >>> in_numpy_form(["Parameters", "----------", "x : shape (N,).", "", "Equation: eq-loss"])
    ['Parameters', '----------', 'x', '    shape (N,).', '', 'Notes', '-----', 'Implements equation :eq:`eq-loss`.', '']
    """
    written: list[str] = []
    section = ""
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if re.fullmatch(r"-{3,}", below):
            section = line
        parameter = re.fullmatch(r"(\w[\w, *]*) : (.+)", line)
        if section == "Parameters" and parameter:
            written += [parameter[1], f"    {parameter[2]}"]
        elif match := IMPLEMENTS.match(line):
            links = ", ".join(f":eq:`{label}`" for label in re.findall(r"eq-[\w-]+", match[1]))
            written += ["Notes", "-----", f"Implements equation {links}.", ""]
        else:
            written.append(line)
    return written


def _rewrite(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    lines[:] = in_numpy_form(lines)
    if what == "module":
        lines[:0] = heading(name)


def heading(module: str) -> list[str]:
    """A title for a module on the page of its part.

    >>> heading("course_lib.basics.em")
    ['``basics.em``', '=============', '']
    """
    title = f"``{module.partition('.')[2]}``"
    return [title, "=" * len(title), ""]


def _skip(app: Sphinx, what: str, name: str, thing: object, skip: bool, options: object) -> bool | None:
    """Leave out the fields of a NamedTuple: of each Python says only its number, and the class's signature has its name."""
    return True if (getattr(thing, "__doc__", None) or "").startswith("Alias for field number") else None


def _gather_members(app: Sphinx, doctree: nodes.document) -> None:
    """Put what is in a module under the module's title: autodoc lets it follow the section of the module's own text."""
    for node in list(doctree.findall(lambda node: isinstance(node, addnodes.index | addnodes.desc))):
        place = node.parent.index(node)
        before = node.parent[place - 1] if place else None
        if isinstance(before, nodes.section):
            node.parent.remove(node)
            before.append(node)


def _make_one_document(app: Sphinx, doctree: nodes.document) -> None:
    """Let every part of a page belong to that page's document.

    What MyST reads as reStructuredText belongs to a document of its own, whose settings hold Sphinx's whole environment: twenty
    megabytes, which would be stored with the page and loaded whenever the page is.
    """
    for node in doctree.findall():
        node.document = doctree


def setup(app: Sphinx) -> None:
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("doctree-read", _gather_members, priority=400)  # before the contents are collected
    app.connect("doctree-read", _make_one_document)
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-docstring", _rewrite, priority=400)  # before the sections are read
