"""Small corrections to the pages that the theme writes, and launch buttons that open the reader's own fork."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

# What the theme's HTML says, what it should say, and why.
_CORRECTIONS = [
    # docutils gives citations roles that ARIA does not allow there.
    ('<div role="list" class="citation-list">', '<div class="citation-list">'),
    (' role="doc-biblioentry"', ""),
    # This label would replace the words that are seen ("Show code cell source").
    (' aria-label="Toggle hidden content"', ""),
]


def _correct_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if body := context.get("body"):
        for wrong, right in _CORRECTIONS:
            body = body.replace(wrong, right)
        context["body"] = body
    # Thebe needs a server and throws an error without one; the icons' script repeats their web font, which is there too.
    for files in ("script_files", "css_files"):
        context[files] = [file for file in context.get(files, []) if not _unwanted(file)]


def _unwanted(file: Any) -> bool:
    name = str(getattr(file, "filename", "") or "") + str(getattr(file, "attributes", {}).get("body", ""))
    return "thebe" in name.lower()


def _remove_icon_script(app: Sphinx, error: Exception | None) -> None:
    """Take the icons' 1.5 MB script out of the pages; the style sheet draws the same icons from a font.

    The theme writes the tag in its template, where no event reaches it.
    """
    if error or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf8")
        lighter = re.sub(r"\s*<(script|link)[^>]*fontawesome\.js[^>]*>(</script>)?", "", text)
        if lighter != text:
            page.write_text(lighter, encoding="utf8")


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
    app.connect("build-finished", _remove_icon_script)
