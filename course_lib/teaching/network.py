"""Drawings of small networks with their numbers: a value in each unit, a weight on each edge, derivatives behind a ∂."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Unit = tuple[int, int]  # layer, number in the layer
Edge = tuple[int, int, int]  # layer where it begins, unit where it begins, unit where it ends

_ACROSS, _DOWN = 1.3, 2.0  # distances between layers and between the units of one layer
_SIZE = 11


def draw_network(
    weights: Sequence[np.ndarray],
    inside: Mapping[Unit, str],
    names: Mapping[Unit, str],
    *,
    derivatives: Mapping[Unit | Edge, float] | None = None,
    bold: Collection[Unit | Edge] = (),
    bold_derivatives: Collection[Unit | Edge] = (),
    note: str = "",
    bold_note: bool = False,
) -> Figure:
    """A layered network, inputs on the left.

    Parameters
    ----------
    weights : one array for each layer of edges, shape (units before, units after); two layers or more of a few units.
    inside : what is written in a unit's circle.
    names : what is written above or below it.
    derivatives : numbers written behind a ∂ beside a unit's name or under an edge's weight.
    bold : units and edges whose own number is new and therefore bold.
    bold_derivatives : the same for their derivatives.
    note, bold_note : a line under the drawing, and whether it is bold.

    Raises
    ------
    ValueError
        If the shapes of two weight arrays in a row do not fit.
    """
    derivatives = derivatives or {}
    places = _places([np.shape(w) for w in weights])
    fig, ax = plt.subplots()
    lowest = min(y for _, y in places.values())
    ax.set(xlim=(-0.3, max(x for x, _ in places.values()) + 0.5), ylim=(lowest - 1.4, -lowest + 0.9))
    ax.axis("off")
    for layer, w in enumerate(weights):
        for (i, j), weight in np.ndenumerate(w):
            edge = (layer, i, j)
            ends = np.array([places[layer, i], places[layer + 1, j]])
            ax.plot(*ends.T, color="0.6", lw=1.2, zorder=1)
            _write_along(ax, ends, _share(w.shape, i, j), written(weight), edge in bold, above=True)
            if edge in derivatives:
                text = f"∂ {written(derivatives[edge])}"
                _write_along(ax, ends, _share(w.shape, i, j), text, edge in bold_derivatives, above=False)
    for unit, place in places.items():
        ax.plot(*place, "o", ms=39, mfc="w", mec="C0", mew=2.2 if unit in bold else 1.2)
        ax.annotate(inside.get(unit, ""), place, ha="center", va="center", fontsize=_SIZE, fontweight=_weight(unit in bold))
        out = -1 if place[1] < 0 else 1
        lines = [(22, names.get(unit, ""), False, "k")]
        if unit in derivatives:
            lines.append((36, f"∂ {written(derivatives[unit])}", unit in bold_derivatives, "C1"))
        for distance, text, heavy, color in lines:
            _write(ax, text, place, (0, out * distance), heavy, color=color, va="bottom" if out > 0 else "top")
    _write(ax, note, (_ACROSS, lowest - 1.4), (0, 0), bold_note, va="bottom")
    return fig


def written(value: float) -> str:
    """A number with two decimals and a proper minus sign; no minus before zero.

    >>> written(-0.5), written(-0.0)
    ('−0.50', '0.00')
    """
    return f"{value + 0.0:.2f}".replace("-", "−")


def _places(shapes: Sequence[tuple[int, ...]]) -> dict[Unit, tuple[float, float]]:
    """Where each unit stands: the units of a layer below one another, in the middle of the drawing."""
    for before, after in pairwise(shapes):
        if before[1] != after[0]:
            raise ValueError(f"weights: {before[1]} units after one array, but {after[0]} before the next")
    counts = [shapes[0][0], *(shape[1] for shape in shapes)]
    return {
        (layer, unit): (_ACROSS * layer, _DOWN * ((count - 1) / 2 - unit))
        for layer, count in enumerate(counts)
        for unit in range(count)
    }


def _share(shape: tuple[int, ...], i: int, j: int) -> float:
    """How far along its edge a weight is written: not where two edges cross."""
    if 1 in shape:
        return 0.45
    return 0.42 if i == j else 0.3


def _write_along(ax: Axes, ends: np.ndarray, share: float, text: str, heavy: bool, *, above: bool) -> None:
    start, along = ends[0], ends[1] - ends[0]
    normal = np.array([-along[1], along[0]]) / np.linalg.norm(along) * (3 if above else -3)
    turn = {"rotation": np.degrees(np.arctan2(along[1], along[0])), "rotation_mode": "anchor", "transform_rotates_text": True}
    color, va = ("k", "bottom") if above else ("C1", "top")
    _write(ax, text, start + share * along, normal, heavy, color=color, va=va, **turn)


def _write(ax: Axes, text: str, place: Sequence[float], shift: Sequence[float], heavy: bool, **options: object) -> None:
    ax.annotate(
        text, place, shift, textcoords="offset points", fontsize=_SIZE, ha="center", fontweight=_weight(heavy), **options
    )


def _weight(heavy: bool) -> str:
    return "bold" if heavy else "normal"
