"""A molecule as seen from one side: where its atoms and bonds appear, and in which order they are drawn.

``book/assets/js/molecule.js`` repeats these formulas in the page; a test holds the two together.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from course_lib.basics.arguments import finite_array
from course_lib.teaching.molecule_style import BOND, OUTLINE, STYLES

#: Two atoms are drawn as bonded if their distance is at most so many times the sum of their covalent radii.
REACH = 1.25
#: Half the width of a rod, in ångström; and the share of an atom's radius at which a bond leaves it.
THICKNESS, INSIDE = 0.09, 0.9
#: Distance of the eye, in units of the radius of a ball around the molecule.
EYE = 4.0


def checked(charges: ArrayLike, positions: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Nuclear charges as integers, shape (n,), and positions, shape (n, 3).

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or an element is not known.
    """
    positions = finite_array("positions", positions, (None, 3))
    Z = finite_array("charges", charges, (len(positions),))
    if unknown := sorted(set(Z.tolist()) - set(STYLES)):
        raise ValueError(f"charges: expected some of {', '.join(map(str, STYLES))}, got {', '.join(f'{z:g}' for z in unknown)}")
    return Z.astype(int), positions


def covalent_bonds(charges: ArrayLike, positions: ArrayLike) -> np.ndarray:
    """Pairs of atoms that stand as close as bonded atoms do, shape (number of bonds, 2), the smaller index first.

    Parameters
    ----------
    charges : nuclear charges, shape (n,).
    positions : shape (n, 3), ångström.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or an element is not known.
    """
    Z, positions = checked(charges, positions)
    radius = np.array([STYLES[charge].covalent for charge in Z])
    distance = np.linalg.norm(positions[:, None] - positions, axis=-1)
    return np.argwhere(np.triu(distance <= REACH * (radius[:, None] + radius), 1))


def project(positions: ArrayLike, rotation: ArrayLike, eye: float) -> np.ndarray:
    """Where points appear to an eye on the third axis: right, down, nearness and magnification, shape (n, 4).

    A point p is turned to q = R p and seen at (q₁, -q₂) s with s = eye / (eye - q₃), so that what is nearer appears larger. Its
    nearness is q₃.

    Parameters
    ----------
    positions : shape (n, 3), relative to the point about which they turn.
    rotation : R, shape (3, 3).
    eye : its distance from that point, in the unit of the positions.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or a point is not before the eye.
    """
    q = finite_array("positions", positions, (None, 3)) @ finite_array("rotation", rotation, (3, 3)).T
    if not q[:, 2].max() < eye:
        raise ValueError(f"eye: expected a distance above that of every point, {q[:, 2].max():g}, got {eye:g}")
    s = eye / (eye - q[:, 2])
    return np.stack([s * q[:, 0], -s * q[:, 1], q[:, 2], s], axis=1)


def scene(charges: np.ndarray, positions: np.ndarray, bonds: list[list[int]]) -> dict[str, Any]:
    """All that the page's script needs to draw a molecule, as plain numbers and texts.

    `atoms` has position, radius and symbol of each; `rods` the two ends of each bond, at the atoms' surfaces; `half` is
    half the picture's side, so large that nothing leaves it however the molecule is turned.
    """
    p = positions - (positions.min(axis=0) + positions.max(axis=0)) / 2
    radius = np.array([STYLES[charge].radius for charge in charges])
    ball = (np.linalg.norm(p, axis=1) + radius).max()
    rods = []
    for i, j in bonds:
        along = (p[j] - p[i]) / np.linalg.norm(p[j] - p[i])
        rods.append([*(p[i] + INSIDE * radius[i] * along), *(p[j] - INSIDE * radius[j] * along)])
    atoms = [[*at, r, STYLES[charge].symbol] for at, r, charge in zip(p, radius, charges, strict=True)]
    eye = EYE * ball
    half = 1.02 * eye * ball / np.sqrt(eye**2 - ball**2)  # where a ray from the eye touches the ball, and a narrow margin
    numbers = {"atoms": atoms, "rods": rods, "eye": eye, "half": half, "thickness": THICKNESS}
    rounded = json.loads(json.dumps(numbers, default=float), parse_float=lambda text: round(float(text), 4))
    return {"name": "molecule-" + hashlib.sha256(json.dumps(rounded).encode()).hexdigest()[:8], **rounded}


def drawn(scene: dict[str, Any], rotation: np.ndarray) -> str:
    """The SVG of atoms and bonds, the farthest first, as seen after a rotation."""
    parts = []
    for k, (*at, radius, symbol) in enumerate(scene["atoms"]):
        ((x, y, nearness, s),) = project([at], rotation, scene["eye"])
        parts.append((nearness, _disc(k, x, y, s * radius, symbol, scene["name"])))
    for k, rod in enumerate(scene["rods"]):
        ends = project([rod[:3], rod[3:]], rotation, scene["eye"])
        parts.append((ends[:, 2].mean(), _rod(k, ends, scene["thickness"])))
    return "".join(markup for _, markup in sorted(parts, key=lambda part: part[0]))


def _disc(k: int, x: float, y: float, r: float, symbol: str, name: str) -> str:
    ink = next(style.ink for style in STYLES.values() if style.symbol == symbol)
    size = (1.25 if len(symbol) == 1 else 1.0) * r
    return (
        f'<circle data-atom="{k}" cx="{x:.3f}" cy="{y:.3f}" r="{r:.3f}" '
        f'fill="url(#{name}-{symbol})" stroke="{OUTLINE}" stroke-width="0.04"/>'
        f'<text x="{x:.3f}" y="{y + 0.35 * size:.3f}" font-size="{size:.3f}" fill="{ink}">{symbol}</text>'
    )


def _rod(k: int, ends: np.ndarray, thickness: float) -> str:
    (x1, y1, _, s1), (x2, y2, _, s2) = ends
    return (
        f'<line data-rod="{k}" x1="{x1:.3f}" y1="{y1:.3f}" x2="{x2:.3f}" y2="{y2:.3f}" '
        f'stroke="{BOND}" stroke-width="{thickness * (s1 + s2):.3f}"/>'
    )
