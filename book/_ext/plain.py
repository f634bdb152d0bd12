"""MyST Markdown as plain Markdown, for notebooks that are opened where nothing understands MyST."""

from __future__ import annotations

import re

_BOX = re.compile(
    r"^(?P<fence>:{3,})\{(?P<kind>\w+)\} *(?P<title>[^\n]*)\n"
    r"(?P<options>(?::[\w-]+:[^\n]*\n)*)(?P<text>.*?)^(?P=fence)[ \t]*$",
    re.M | re.S,
)
_TARGET = re.compile(r"\{(?P<role>[\w:]+)\}`(?:(?P<words>[^<`]+?) *<[^>`]+>|(?P<bare>[^`]+))`")
_LABELLED = re.compile(r"^\$\$ *\([\w-]+\) *$", re.M)


def plain_markdown(text: str) -> str:
    r"""The same text without what only MyST understands.

    A box becomes a quotation, one that is folded HTML's ``<details>``, an exercise a heading; a reference keeps its words.

    Raises
    ------
    ValueError
        If something of MyST would be left: a directive in backticks, or a role without words of its own.

    >>> print(plain_markdown(":::{admonition} Hint\n:class: tip dropdown\n\nTry {doc}`a picture <gaussians>`.\n:::"))
    <details><summary><b>Hint</b> (click to unfold)</summary>
    <BLANKLINE>
    Try a picture.
    <BLANKLINE>
    </details>
    """
    text = _LABELLED.sub("$$", _TARGET.sub(_words, _BOX.sub(_box, text)))
    if left := re.search(r"^(?:`{3,}|:{3,})\{[\w-]+\}.*|\{[\w:]+\}`[^`]*`", text, re.M):
        raise ValueError(f"{left[0]!r} cannot be written in plain Markdown")
    return text


def _box(match: re.Match[str]) -> str:
    title, text = match["title"].strip(), match["text"].strip()
    if match["kind"] == "exercise":
        return f"### {title}\n\n{text}"
    if "dropdown" in match["options"]:
        return f"<details><summary><b>{title}</b> (click to unfold)</summary>\n\n{text}\n\n</details>"
    return "\n".join(f"> {line}".rstrip() for line in [f"**{title}**", "", *text.splitlines()])


def _words(match: re.Match[str]) -> str:
    if match["role"] == "kbd":
        return match["bare"]
    if not match["words"]:
        return match[0]
    return match["words"].strip()
