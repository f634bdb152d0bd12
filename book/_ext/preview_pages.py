"""A chapter's exploration on another page: the directive ``{preview}``, which ``preview.py`` fills.

All chapters have to be executed first. So the directive leaves an empty place; when everything has been read it is known what
belongs there, and a page whose previews have changed since it was last written is written again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.parsers.rst import directives
from myst_nb.core.render import WIDGET_STATE_MIMETYPE
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import docname_join, logging
from sphinx.util.docutils import SphinxDirective

import preview
from late_tables import link_to
from preview import Preview, PreviewError

logger = logging.getLogger(__name__)

#: All previews of a page may weigh so much: a first page that is slow to open is no door.
LIMIT_MB = 1.4


class preview_place(nodes.General, nodes.Element):  # noqa: N801  (docutils names nodes so)
    """Where a preview will stand."""


@dataclass(frozen=True)
class Wanted:
    """What a directive asks for, and its line."""

    chapter: str
    kind: str
    number: int
    slider: str | None
    line: int


class PreviewDirective(SphinxDirective):
    """``{preview} learning/gradient-descent``: an exploration of that chapter, with what is written in the directive above it.

    ``:exploration: 2`` takes the second one, ``:molecule: 1`` the first molecule instead; ``:slider: learning rate γ`` keeps
    only that slider.
    """

    required_arguments = 1
    has_content = True
    option_spec = {  # noqa: RUF012  (docutils wants it so)
        "exploration": directives.positive_int,
        "molecule": directives.positive_int,
        "slider": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        chapter = docname_join(self.env.docname, self.arguments[0])
        kind = "molecule" if "molecule" in self.options else "exploration"
        place = Wanted(chapter, kind, self.options.get(kind, 1), self.options.get("slider"), self.lineno)
        wanted = _wanted(self.env).setdefault(self.env.docname, [])
        wanted.append(place)
        words = nodes.container("", *self.parse_content_to_nodes())
        link = link_to(chapter, self.env.docname)
        words += nodes.paragraph("", "", nodes.Text("Chapter: "), link, classes=["preview-source"])
        output = nodes.container("", preview_place(number=len(wanted) - 1), classes=["cell_output"])
        return [nodes.container("", words, output, classes=["preview"])]


def _wanted(env: BuildEnvironment) -> dict[str, list[Wanted]]:
    if not hasattr(env, "course_previews_wanted"):
        env.course_previews_wanted = {}
    return env.course_previews_wanted


def _found(env: BuildEnvironment) -> dict[str, list[Preview]]:
    if not hasattr(env, "course_previews"):
        env.course_previews = {}
    return env.course_previews


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    _wanted(env).pop(docname, None)


def _look(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Take what all pages want from the executed notebooks; the pages that must be written again."""
    executed = Path(app.outdir).parent / "jupyter_execute"
    now = {page: [_take(app, page, *each, executed) for each in enumerate(places)] for page, places in _wanted(env).items()}
    for page, previews in now.items():
        if (weight := len(preview.state(previews)) / 1e6) > LIMIT_MB:
            logger.warning("preview: %.1f MB in all, more than %s MB; keep fewer sliders", weight, LIMIT_MB, location=page)
    changed = [page for page, previews in now.items() if previews != _found(env).get(page)]
    env.course_previews = now
    return changed


def _take(app: Sphinx, page: str, index: int, wanted: Wanted, executed: Path) -> Preview:
    file = executed / f"{wanted.chapter}.ipynb"
    try:
        if page in _with_widgets(app.env):
            raise PreviewError("a page that is a notebook has explorations of its own")
        if not file.exists():
            raise PreviewError(f"there is no executed notebook {wanted.chapter}")
        notebook = nbformat.read(file, as_version=4)
        if wanted.kind == "molecule":
            return preview.molecule(notebook, wanted.number)
        return preview.exploration(notebook, wanted.number, wanted.slider, f"preview{index + 1}_")
    except PreviewError as error:
        logger.warning("preview of %s: %s", wanted.chapter, error, location=(page, wanted.line))
        return Preview("")


def _with_widgets(env: BuildEnvironment) -> set[str]:
    return {docname for docname, about in env.metadata.items() if "kernelspec" in about}


class _FillIn(SphinxPostTransform):
    default_priority = 8

    def run(self, **kwargs: Any) -> None:
        for place in list(self.document.findall(preview_place)):
            markup = _found(self.env)[self.env.docname][place["number"]].markup
            place.replace_self(nodes.raw("", markup, format="html"))


def _add_files(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    previews = _found(app.env).get(pagename, [])
    if any(each.models for each in previews):
        app.add_js_file(None, type=WIDGET_STATE_MIMETYPE, body=preview.state(previews))
        for file, options in app.config.nb_ipywidgets_js.items():
            app.add_js_file(file, **options)
    if any(not each.models for each in previews):
        app.add_css_file("css/molecule.css")
        app.add_js_file("js/molecule.js", defer="defer")


def setup(app: Sphinx) -> None:
    app.add_node(preview_place)
    app.add_directive("preview", PreviewDirective)
    app.add_post_transform(_FillIn)
    app.connect("env-purge-doc", _forget)
    app.connect("env-updated", _look)
    app.connect("html-page-context", _add_files)
    app.add_css_file("css/preview.css")
