"""Small corrections to the pages that the theme writes, and launch buttons that open the reader's own fork."""

from __future__ import annotations

import html
import re
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

# What the theme's HTML says, what it should say, and why.
_CORRECTIONS = [
    # docutils gives citations roles that ARIA does not allow there.
    ('<div role="list" class="citation-list">', '<div class="citation-list">'),
    (' role="doc-biblioentry"', ""),
    # Every exercise of a page would have the same identifier.
    (' id="exercise-content"', ""),
    # This label would replace the words that are seen ("Show code cell source").
    (' aria-label="Toggle hidden content"', ""),
]

# The picture in the browser's tab: a step down a parabola.
_ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' stroke-width='3'>"
    "<path d='M3 3Q16 51 29 3' stroke='#528fe4'/><path d='M6 12 16 27' stroke='#c44601'/>"
    "<circle cx='16' cy='27' r='4' fill='#c44601'/></svg>"
)

# A page that was opened from a file may not read others, so its search shows titles only.
_SEARCH_FROM_FILE = 'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'

_FRONT_DOOR = """<!DOCTYPE html>
<html lang="{language}">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Refresh" content="0; url={page}">
    <title>{title}</title>
  </head>
  <body><main><h1><a href="{page}">{title}</a></h1></main></body>
</html>
"""


def _correct_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if body := context.get("body"):
        for wrong, right in _CORRECTIONS:
            body = body.replace(wrong, right)
        context["body"] = body
    context["metatags"] = f'{context.get("metatags", "")}\n<link rel="icon" href="data:image/svg+xml,{quote(_ICON)}" />\n'
    if pagename == "search":
        app.add_js_file(None, body=_SEARCH_FROM_FILE)
    # Thebe needs a server and throws an error without one; the icons' script repeats their web font, which is there too.
    for files in ("script_files", "css_files"):
        context[files] = [file for file in context.get(files, []) if not _unwanted(file)]


def _unwanted(file: Any) -> bool:
    name = str(getattr(file, "filename", "") or "") + str(getattr(file, "attributes", {}).get("body", ""))
    return "thebe" in name.lower()


def _remove_icon_script(app: Sphinx, error: Exception | None, begun: float) -> None:
    """Take the icons' 1.5 MB script out of the pages that were written; the style sheet draws the same icons from a font.

    The theme writes the tag in its template, where no event reaches it.
    """
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        if page.stat().st_mtime < begun:
            continue
        text = page.read_text(encoding="utf8")
        lighter = re.sub(r"\s*<(script|link)[^>]*fontawesome\.js[^>]*>(</script>)?", "", text)
        if lighter != text:
            page.write_text(lighter, encoding="utf8")


def _open_at_the_first_page(app: Sphinx, error: Exception | None) -> None:
    """Let the folder's own address lead to the book; what Jupyter Book writes for it lacks a language and a title."""
    if error or app.builder.name != "html":
        return
    page = app.builder.get_target_uri(app.config.root_doc)
    door = _FRONT_DOOR.format(language=app.config.language, title=html.escape(app.config.html_title), page=page)
    Path(app.outdir, "index.html").write_text(door, encoding="utf8")


def github_address(remote: str) -> str | None:
    """The web address of a repository on GitHub from the remote that git knows, or None for any other remote.

    >>> github_address("git@github.com:somebody/course.git")
    'https://github.com/somebody/course'
    """
    match = re.fullmatch(
        r"(?:https://|git@|ssh://git@)(?:[^@/]*@)?github\.com[/:]([\w.-]+)/([\w.-]+?)(?:\.git)?/?", remote.strip()
    )
    return f"https://github.com/{match[1]}/{match[2]}" if match else None


def _point_at_this_fork(app: Sphinx, config: Config) -> None:
    try:
        command = ["git", "-C", app.srcdir, "remote", "get-url", "origin"]
        remote = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return  # no git, or no remote: the address in _config.yml stands
    if address := github_address(remote):
        config.html_theme_options["repository_url"] = address


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _point_at_this_fork)
    app.connect("html-page-context", _correct_page, priority=900)
    app.connect("build-finished", partial(_remove_icon_script, begun=time.time()))
    app.connect("build-finished", _open_at_the_first_page)
