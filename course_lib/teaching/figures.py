"""One look for all figures, and figures as pictures that carry their own description.

A chapter says ``plt.style.use("course_lib.teaching.course")`` once, draws with Matplotlib as usual, and ends the cell with
``show(figure, alt="…")``. The picture is an SVG of a few kilobytes on a transparent ground. On a dark page a style sheet turns
its lightness over and keeps its hues, so one picture serves both.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Iterable
from contextlib import nullcontext, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from course_lib.teaching import svg

STYLE = "course_lib.teaching.course"

#: What a dark page lays over a picture; it turns the lightness over and keeps the hue.
DARK_FILTER = "invert(0.92) hue-rotate(180deg)"

# A browser reads these in an attribute's address as they stand; an ampersand, a hash or a percent sign would mean something.
_AS_THEY_STAND = " '/:=,;.()-_!<>{}*"

# JupyterLab and the book mark their dark pages each in their own way.
_DARK = ":is(html[data-theme=dark], body[data-jp-theme-light=false])"
#: What every page with pictures needs once.
STYLE_SHEET = f"""<style>
.course-figures {{display: flex; flex-wrap: wrap; justify-content: center; gap: .5rem}}
.course-figures img {{flex: 0 1 auto; min-width: 0; max-width: 100%; height: auto}}
.course-figures img:not(:only-child) {{flex: 1 1 18rem; max-width: 30rem}}
{_DARK} .course-figures img {{filter: {DARK_FILTER}}}
@media print {{.course-figures img {{filter: none !important}}}}
</style>"""


@dataclass(frozen=True)
class Pictures:
    """Pictures of figures, side by side where there is room; a notebook shows them when a cell ends with them."""

    markup: str
    alts: tuple[str, ...]

    def _repr_html_(self) -> str:
        return STYLE_SHEET + self.markup

    def __repr__(self) -> str:
        return "\n".join(f"Figure: {alt}" for alt in self.alts)


def show(*figures: Figure, alt: str | Iterable[str]) -> Pictures:
    """Turn Matplotlib figures into pictures and close them.

    Parameters
    ----------
    figures : one or more Matplotlib figures; on a wide page they stand side by side.
    alt : what each picture shows, in words, for readers who do not see it: one text per figure.

    Raises
    ------
    ValueError
        If there is no figure, something else than a figure, or not one non-empty text per figure.
    """
    alts = (alt,) if isinstance(alt, str) else tuple(alt)
    if not figures:
        raise ValueError("figures: nothing to show; pass at least one Matplotlib figure")
    if len(alts) != len(figures):
        raise ValueError(f"alt: {len(figures)} figures need as many texts, got {len(alts)}")
    return Pictures(row(image(figure, text) for figure, text in zip(figures, alts, strict=True)), alts)


def image(figure: Figure, alt: str) -> str:
    """The HTML ``<img>`` of a figure, drawing included, so that it needs no second file; the figure is closed.

    Raises
    ------
    ValueError
        If `figure` is not a Matplotlib figure or `alt` is not a non-empty text.
    """
    if not isinstance(figure, Figure):
        raise ValueError(f"figure: expected a matplotlib Figure, got {type(figure).__name__}")
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt: expected a text that says what the picture shows, got {alt!r}")
    width, height = (round(96 * inches) for inches in figure.get_size_inches())
    with plt.style.context(STYLE):  # how the file is written must not depend on what a notebook chose
        drawing = svg.document(figure)
    source = quote(drawing.replace('"', "'"), safe=_AS_THEY_STAND)
    plt.close(figure)
    return (
        f'<img class="course-figure" width="{width}" height="{height}" alt="{html.escape(alt, quote=True)}" '
        f'src="data:image/svg+xml,{source}">'
    )


def drawing(draw: Callable[[Axes, Any], None] | None, answer: Any, alt: str, remark: str = "") -> tuple[str, str]:
    """The picture of an exercise, which may be unfinished: the HTML ``<img>``, and what it shows in words.

    Parameters
    ----------
    draw : draws on the axes with a student's function; None leaves them empty.
    answer : that function. If it stops in the midst of the drawing, what was drawn before is kept.
    alt : what the finished picture shows.
    remark : why it is not finished, above the axes; nothing if it is.

    Raises
    ------
    Exception
        What `draw` raises in a picture without a remark.
    """
    figure, ax = plt.subplots()
    with redirect_stderr(io.StringIO()) if remark else nullcontext():  # `check` has said what is wrong; its warnings say less
        try:
            if draw:
                with redirect_stdout(io.StringIO()):
                    draw(ax, answer)
        except Exception:
            if not remark:
                raise
        if remark:
            ax.text(0.5, 1.02, remark, transform=ax.transAxes, ha="center", va="bottom", color="C1", weight="bold")
            alt = f"The picture is not finished. {remark}."
        return image(figure, alt), alt


def row(images: Iterable[str]) -> str:
    """The HTML of pictures that stand side by side where there is room."""
    return f'<div class="course-figures">{"".join(images)}</div>'
