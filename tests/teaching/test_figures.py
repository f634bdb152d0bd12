"""Pictures: described, self-contained, readable by everybody in light and dark."""

import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from course_lib.teaching import figures

WHITE, DARK_PAGE = np.ones(3), np.array(to_rgb("#121212"))


def figure():
    fig, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    return fig


def style():
    """Matplotlib's settings under the course's style."""
    with plt.style.context(figures.STYLE):
        return dict(plt.rcParams)


# --- colours, by the definitions of WCAG 2.2 and of the CSS filters ------------------------------------------------------


def linear(rgb):
    """Light intensities of an sRGB colour."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(rgb):
    return linear(rgb) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def on_dark_page(rgb):
    """What DARK_FILTER makes of a colour: `invert`, then `hue-rotate` by its matrix in the Filter Effects specification."""
    amount = float(re.search(r"invert\(([\d.]+)\)", figures.DARK_FILTER)[1])
    angle = np.deg2rad(float(re.search(r"hue-rotate\((\d+)deg\)", figures.DARK_FILTER)[1]))
    weights = np.array([0.213, 0.715, 0.072])
    sine = np.array([[-0.213, -0.715, 0.928], [0.143, 0.140, -0.283], [-0.787, 0.715, 0.072]])
    rotation = weights + np.cos(angle) * (np.eye(3) - weights) + np.sin(angle) * sine
    inverted = amount + rgb * (1 - 2 * amount)
    return np.clip(rotation @ inverted, 0, 1)


def colour_blind(rgb, kind):
    """A colour as dichromats see it (Viénot, Brettel and Mollon 1999; tritanopia after Brettel 1997, one half-plane)."""
    matrix = {
        "protanopia": [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]],
        "deuteranopia": [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]],
        "tritanopia": [[1, 0.14461, -0.14461], [0, 0.85924, 0.14076], [0, 0.85924, 0.14076]],
    }[kind]
    seen = np.clip(np.array(matrix) @ linear(rgb), 0, 1)
    return np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


def cycle(page):
    """The colours of successive curves, as a reader of a light or a dark page sees them."""
    colours = [np.array(to_rgb(colour)) for colour in style()["axes.prop_cycle"].by_key()["color"]]
    return [on_dark_page(colour) for colour in colours] if page == "dark" else colours


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear(rgb)
    scaled = xyz / [0.9505, 1.0, 1.089]
    f = np.where(scaled > 216 / 24389, np.cbrt(scaled), (24389 / 27 * scaled + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize(("page", "ground"), [("light", WHITE), ("dark", DARK_PAGE)])
def test_curves_stand_out_from_the_page(page, ground):
    assert min(contrast(colour, ground) for colour in cycle(page)) >= 4.5


@pytest.mark.parametrize("key", ["text.color", "axes.labelcolor", "xtick.color", "ytick.color"])
def test_letters_stand_out_in_light_and_dark(key):
    rgb = np.array(to_rgb(style()[key]))
    assert contrast(rgb, WHITE) >= 7
    assert contrast(on_dark_page(rgb), DARK_PAGE) >= 7


@pytest.mark.parametrize("kind", ["protanopia", "deuteranopia", "tritanopia"])
@pytest.mark.parametrize("page", ["light", "dark"])
def test_first_four_colours_are_told_apart_by_the_colour_blind(kind, page):
    seen = [lab(colour_blind(colour, kind)) for colour in cycle(page)[:4]]
    distance = min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2))
    assert distance >= 10  # about four times the least difference that is noticed side by side


# --- pictures ------------------------------------------------------------------------------------------------------------


def test_picture_carries_its_drawing_and_its_description():
    markup = figures.image(figure(), 'rises from 0 to 1 & "stays"')
    assert 'alt="rises from 0 to 1 &amp; &quot;stays&quot;"' in markup
    assert 'src="data:image/svg+xml,' in markup
    assert "http" not in markup.replace("http://www.w3.org", "")


def test_showing_closes_the_figure():
    before = plt.get_fignums()
    figures.show(figure(), alt="a line")
    assert plt.get_fignums() == before


def test_several_figures_stand_in_one_row():
    pictures = figures.show(figure(), figure(), alt=["left", "right"])
    assert pictures._repr_html_().count("<img") == 2
    assert repr(pictures) == "Figure: left\nFigure: right"


@pytest.mark.parametrize(
    ("shown", "alt", "message"),
    [
        ([], "text", "figures: nothing to show"),
        (["not a figure"], "text", "expected a matplotlib Figure, got str"),
        (["figure"], "  ", "alt: expected a text"),
        (["figure"], ["one", "two"], "1 figures need as many texts, got 2"),
    ],
)
def test_unusable_arguments_are_named(shown, alt, message):
    with pytest.raises(ValueError, match=message):
        figures.show(*[figure() if item == "figure" else item for item in shown], alt=alt)
    plt.close("all")
