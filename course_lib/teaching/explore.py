"""Sliders over pictures that are drawn beforehand: they work with a kernel, without one, and without a network.

``explore(draw, alt, learning_rate=[0.1, 0.3], momentum=[0, 0.9])`` draws every combination once. The browser only chooses
which picture is seen, so the same exploration lives in JupyterLab, in Binder and in the plain HTML pages.
"""

from __future__ import annotations

import gc
import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets
from IPython.display import display
from ipywidgets.embed import dependency_state

from course_lib.teaching.figures import STYLE_SHEET, Pictures, show

#: An exploration that weighs more than this makes its page slow to open on a phone.
LIMIT_MB = 2.0


class Exploration(widgets.VBox):
    """Sliders above the picture that they choose; made by :func:`explore`."""

    def __init__(self, sliders: list[widgets.Widget], pictures: widgets.Widget, still: Pictures, summary: str):
        super().__init__([*sliders, pictures])
        self.still, self.summary = still, summary

    def weight_mb(self) -> float:
        """What the exploration adds to a page, in megabytes: its pictures, sliders and links as the page stores them."""
        return len(json.dumps(dependency_state([self], drop_defaults=False)).encode()) / 1e6

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        # The digest in the text lets a re-run of the notebook notice a picture that changed.
        return {**super()._repr_mimebundle_(**options), "text/plain": self.summary}

    def _ipython_display_(self) -> None:
        # Without JavaScript the sliders stay silent: then, and only then, one picture is shown in their place.
        display({"text/html": f"<noscript>{self.still._repr_html_()}</noscript>", "text/plain": ""}, raw=True)
        display(self._repr_mimebundle_(), raw=True)


def explore(
    draw: Callable[..., Any],
    alt: Callable[..., Any],
    *,
    labels: Mapping[str, str] | None = None,
    start: Mapping[str, Any] | None = None,
    **grid: Iterable[Any],
) -> Exploration:
    """Sliders for one to three quantities, over one picture for each combination of their values.

    Parameters
    ----------
    draw : called with one value of each quantity, by name; returns a Matplotlib figure, or several to stand side by side.
    alt : called in the same way; returns the text (or one text per figure) that says what the picture shows.
    labels : what is written beside a slider; by default the quantity's name. Plain text, no LaTeX.
    start : the value at which a slider stands at first; by default the first of its list.
    grid : the quantities: ``name=[values, in the order of the slider]``; numbers or texts.

    Raises
    ------
    ValueError
        If there are no quantities or more than three, a slider has no values, a start is not one of them, `draw` or `alt` fails
        or returns something else than asked, or all pictures together weigh more than :data:`LIMIT_MB`.
    """
    labels, start = dict(labels or {}), dict(start or {})
    for argument, function in {"draw": draw, "alt": alt}.items():
        if not callable(function):
            raise ValueError(f"{argument}: expected a function of the sliders' values, got {function!r}")
    values = {name: _listed(name, choices) for name, choices in grid.items()}
    first = _check_grid(values, labels, start)

    sliders = {
        name: widgets.SelectionSlider(
            options=[(_written(value), index) for index, value in enumerate(choices)],
            index=first[name],
            description=labels.get(name, name.replace("_", " ")),
            style={"description_width": "initial"},
            layout={"width": "min(100%, 30rem)"},
        )
        for name, choices in values.items()
    }
    frames: dict[tuple[int, ...], Pictures] = {}
    # One layout and one style for all pictures and stacks: the page would otherwise carry two more models for each of them.
    pattern = widgets.HTML()
    shared = {"layout": pattern.layout, "style": pattern.style}

    def nest(chosen: dict[str, int]) -> widgets.Widget:
        """A stack of pictures over the next quantity; below it, stacks over the ones after."""
        if len(chosen) == len(values):
            frame = _frame(draw, alt, {name: values[name][index] for name, index in chosen.items()})
            frames[tuple(chosen.values())] = frame
            return widgets.HTML(frame.markup, **shared)
        name = list(values)[len(chosen)]
        children = [nest({**chosen, name: index}) for index in range(len(values[name]))]
        stack = widgets.Stack(children, selected_index=first[name], layout=pattern.layout)
        widgets.jslink((sliders[name], "index"), (stack, "selected_index"))
        return stack

    with _collector_at_rest():
        pictures = widgets.VBox([widgets.HTML(STYLE_SHEET), nest({})])
    still = frames[tuple(first.values())]
    exploration = Exploration(list(sliders.values()), pictures, still, _summary(values, frames))
    if (weight := exploration.weight_mb()) > LIMIT_MB:
        raise ValueError(
            f"grid: {len(frames)} frames weigh {weight:.1f} MB together, more than {LIMIT_MB} MB; "
            "take fewer values, or draw fewer points and contour lines"
        )
    return exploration


def _listed(name: str, choices: Any) -> list[Any]:
    if isinstance(choices, str) or not isinstance(choices, Iterable):
        raise ValueError(f"{name}: expected a list of values, got {choices!r}")
    return list(choices)


def _check_grid(values: dict[str, list[Any]], labels: dict[str, str], start: dict[str, Any]) -> dict[str, int]:
    """The index at which each slider starts, once the arguments of :func:`explore` make sense."""
    if not 1 <= len(values) <= 3:
        raise ValueError(f"grid: an exploration has one to three sliders, got {len(values)} ({', '.join(values) or 'none'})")
    for name, choices in values.items():
        if not choices:
            raise ValueError(f"{name}: the slider has no values; give a list of at least one")
    for argument, given in {"labels": labels, "start": start}.items():
        if unknown := sorted(set(given) - set(values)):
            raise ValueError(f"{argument}: no slider is called {', '.join(unknown)}; there are {', '.join(values)}")
    for name, value in start.items():
        if value not in values[name]:
            raise ValueError(f"start: {name}={value!r} is not one of the slider's values {values[name]!r}")
    return {name: choices.index(start[name]) if name in start else 0 for name, choices in values.items()}


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Have the garbage collector pass over what is alive now.

    A picture leaves so much garbage that the collector runs at each, and each time it would go through all that the notebook
    has imported.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _frame(draw: Callable[..., Any], alt: Callable[..., Any], chosen: dict[str, Any]) -> Pictures:
    where = ", ".join(f"{name}={_written(value)}" for name, value in chosen.items())
    try:
        drawn, text = draw(**chosen), alt(**chosen)
    except Exception as error:
        raise ValueError(f"draw or alt failed at {where}: {type(error).__name__}: {error}") from error
    try:
        return show(*(drawn if isinstance(drawn, list | tuple) else [drawn]), alt=text)
    except (TypeError, ValueError) as error:
        raise ValueError(f"draw or alt returned something unusable at {where}: {error}") from error


def _summary(values: dict[str, list[Any]], frames: dict[tuple[int, ...], Pictures]) -> str:
    markup = "".join(frame.markup for frame in frames.values())
    count = math.prod(len(choices) for choices in values.values())
    sliders = " × ".join(f"{len(choices)} values of {name}" for name, choices in values.items())
    return f"Exploration: {sliders}, {count} pictures (sha256 {hashlib.sha256(markup.encode()).hexdigest()[:12]})"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else f"{value:g}"
