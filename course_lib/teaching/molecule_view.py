"""Molecules in the page: a still picture, drawn here, that the page's script makes turnable.

``view(charges, positions, alt)`` ends a cell. The picture is inline SVG, so it is there on paper, in JupyterLab and without
JavaScript. In the book, ``book/assets/js/molecule.js`` draws it again for each rotation that the reader chooses.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from course_lib.teaching.molecule_drawing import checked, covalent_bonds, drawn, scene
from course_lib.teaching.molecule_style import gradients

#: The picture's side in pixels, where there is room.
SIDE = 300
#: The first view: turned by 30° about the vertical, then by 20° towards the eye, so that flat molecules are not seen edge-on.
START = Rotation.from_euler("yx", [-30, 20], degrees=True).as_matrix()

_ROW = "display: flex; flex-wrap: wrap; justify-content: center; gap: 0.5rem"


@dataclass(frozen=True)
class MoleculeView:
    """Pictures of molecules, side by side where there is room; a notebook shows them when a cell ends with them."""

    markup: str
    alts: tuple[str, ...]

    def _repr_html_(self) -> str:
        return f'<div class="molecules" style="{_ROW}">{self.markup}</div>'

    def __repr__(self) -> str:
        return "\n".join(f"Molecule: {alt}" for alt in self.alts)


def view(
    charges: ArrayLike, positions: ArrayLike, alt: str, bonds: Iterable[Sequence[int]] | None = None, *, caption: str = ""
) -> MoleculeView:
    """A molecule that the reader of the book can turn, with the mouse, a finger or the arrow keys.

    Parameters
    ----------
    charges : nuclear charges, shape (n,).
    positions : shape (n, 3), ångström.
    alt : what the picture shows, in words.
    bonds : pairs of atoms, by index; by default those of :func:`~course_lib.teaching.molecule_drawing.covalent_bonds`. Each is
        drawn as one rod.
    caption : a line below the picture.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, an element is not known, a bond is no pair of atoms at different
        places, or there is no alt.
    """
    Z, positions = checked(charges, positions)
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"alt: expected a text that says what the picture shows, got {alt!r}")
    pairs = covalent_bonds(Z, positions).tolist() if bonds is None else _checked_bonds(bonds, positions)
    seen = scene(Z, positions, pairs)
    data = html.escape(json.dumps({**seen, "start": START.tolist()}, separators=(",", ":")), quote=True)
    name, half = html.escape(alt, quote=True), seen["half"]
    note = f'<figcaption style="text-align: center">{html.escape(caption)}</figcaption>' if caption else ""
    return MoleculeView(
        f'<figure class="molecule" style="flex: 0 1 {SIDE}px; margin: 0" data-molecule="{data}"><div class="molecule-stage">'
        f'<svg role="img" aria-label="{name}" width="{SIDE}" height="{SIDE}" style="max-width: 100%; height: auto" '
        f'viewBox="{-half:.4f} {-half:.4f} {2 * half:.4f} {2 * half:.4f}"><defs>{gradients(Z.tolist(), seen["name"])}</defs>'
        f'<g text-anchor="middle" font-family="sans-serif" font-weight="600">{drawn(seen, START)}</g></svg></div>'
        f"{note}</figure>",
        (alt,),
    )


def side_by_side(*views: MoleculeView) -> MoleculeView:
    """Several molecules in a row, where there is room.

    Raises
    ------
    ValueError
        If there is none.
    """
    if not views:
        raise ValueError("views: nothing to show; pass at least one molecule")
    return MoleculeView("".join(each.markup for each in views), tuple(alt for each in views for alt in each.alts))


def _checked_bonds(bonds: Iterable[Sequence[int]], positions: np.ndarray) -> list[list[int]]:
    pairs = [list(map(int, bond)) for bond in bonds]
    for pair in pairs:
        if len(pair) != 2 or not set(pair) <= set(range(len(positions))) or np.ptp(positions[pair], axis=0).max() == 0:
            raise ValueError(f"bonds: expected pairs of different atoms from 0 to {len(positions) - 1}, got {tuple(pair)}")
    return pairs
