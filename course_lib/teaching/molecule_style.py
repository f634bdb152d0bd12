"""How atoms are drawn: a size, a colour and a letter for each element, so that colour alone never tells two elements apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

#: The outline of an atom, and a bond: both are seen on a white and on a black page.
OUTLINE, BOND = "#6e6e6e", "#8c8c8c"
#: Shares of white and of black that are mixed into a colour where the light falls and at the rim.
LIGHT, SHADE = 0.22, 0.18


class Style(NamedTuple):
    """An element's symbol, its covalent radius in ångström, and the colour of its disc."""

    symbol: str
    covalent: float
    fill: str

    @property
    def radius(self) -> float:
        """The radius at which it is drawn, in ångström: smaller than the atom, so that bonds are seen."""
        return 0.24 + 0.26 * self.covalent

    @property
    def ink(self) -> str:
        """The colour of its letter: black on a bright disc, white on a dark one."""
        return "#000000" if sum(_rgb(self.fill)) > 380 else "#ffffff"


#: Nuclear charge → style. Covalent radii of single bonds: Cordero et al., Dalton Transactions (2008); colours: usual ones.
STYLES = {
    1: Style("H", 0.31, "#ececec"),
    5: Style("B", 0.84, "#e8a79b"),
    6: Style("C", 0.76, "#454545"),
    7: Style("N", 0.71, "#24488f"),
    8: Style("O", 0.66, "#a3201a"),
    9: Style("F", 0.57, "#9bd07a"),
    14: Style("Si", 1.11, "#d9b98c"),
    15: Style("P", 1.07, "#f0932b"),
    16: Style("S", 1.05, "#ecc93f"),
    17: Style("Cl", 1.02, "#14562a"),
    35: Style("Br", 1.20, "#7a2b1e"),
    53: Style("I", 1.39, "#5d2a80"),
}


def _rgb(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def mixed(colour: str, other: str, share: float) -> str:
    """A colour with a share of another mixed in, both written ``#rrggbb``."""
    parts = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round((1 - share) * one + share * two):02x}" for one, two in parts)


def lightest(style: Style) -> str:
    """The colour of a disc where the light falls."""
    return mixed(style.fill, "#ffffff", LIGHT)


def darkest(style: Style) -> str:
    """The colour of a disc at its rim."""
    return mixed(style.fill, "#000000", SHADE)


def gradients(charges: Iterable[int], name: str) -> str:
    """SVG gradients that make a disc look like a ball lit from the upper left, one for each element, called ``name-symbol``."""
    styles = [STYLES[charge] for charge in sorted(set(charges))]
    return "".join(
        f'<radialGradient id="{name}-{style.symbol}" cx=".35" cy=".3" r=".8"><stop offset="0" stop-color="{lightest(style)}"/>'
        f'<stop offset=".45" stop-color="{style.fill}"/><stop offset="1" stop-color="{darkest(style)}"/></radialGradient>'
        for style in styles
    )
