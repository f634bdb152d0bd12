"""Short SVG documents show the same picture as Matplotlib's own."""

from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from matplotlib.figure import Figure

from course_lib.teaching import svg
from course_lib.teaching.figures import STYLE

SVG = "{http://www.w3.org/2000/svg}"


def busy_figure() -> Figure:
    with plt.style.context(STYLE):
        figure, axes = plt.subplots()
        x = np.linspace(0, 1, 80)
        axes.plot(x, np.sin(7 * x), "o-", label="sine, γ = 0.1")
        axes.fill_between(x, x - 0.1, x + 0.1, alpha=0.3)
        axes.set(xlabel="x", ylabel=r"$\hat{y}_2$")
        axes.legend()
    plt.close(figure)
    return figure


def document() -> str:
    with plt.style.context(STYLE):
        return svg.document(busy_figure())


def test_document_is_much_shorter_than_matplotlibs(tmp_path):
    with plt.style.context(STYLE):
        busy_figure().savefig(tmp_path / "full.svg")
    assert len(document()) < 0.6 * (tmp_path / "full.svg").stat().st_size


def test_document_is_the_same_at_every_run():
    assert document() == document()


def test_every_reference_in_the_document_has_its_target_among_what_is_not_drawn_by_itself():
    root = ElementTree.fromstring(document())
    names = {element.get("id") for definitions in root.iter(f"{SVG}defs") for element in definitions.iter()}
    used = {element.get("href").removeprefix("#") for element in root.iter() if element.get("href")}
    clips = {element.get("clip-path")[5:-1] for element in root.iter() if element.get("clip-path")}
    assert used
    assert clips
    assert used | clips <= names


def test_no_group_is_left_that_sets_nothing():
    groups = list(ElementTree.fromstring(document()).iter(f"{SVG}g"))
    assert groups
    assert all(group.attrib for group in groups)


def test_curve_keeps_its_coordinates_to_a_tenth_of_a_point():
    figure, axes = plt.subplots(figsize=(4, 3))
    line = axes.plot([0, 1, 2, 3], [0.123, 5.71, 1.9, 3.333], clip_on=False)[0]
    root = ElementTree.fromstring(svg.document(figure))
    plt.close(figure)
    drawn = axes.transData.transform(line.get_xydata()) * 72 / figure.dpi
    expected = np.column_stack([drawn[:, 0], 72 * 3 - drawn[:, 1]])
    paths = [points(path.get("d", "")) for path in root.iter(f"{SVG}path")]
    assert any(path.size == 8 and np.allclose(path, expected, atol=0.051) for path in paths)


def points(path: str) -> np.ndarray:
    """The points of a path as fontTools reads it, control points included, shape (n, 2)."""
    pen = RecordingPen()
    parse_path(path, pen)
    return np.array([point for _, arguments in pen.value for point in arguments], dtype=float).reshape(-1, 2)


def test_long_curve_does_not_drift():
    figure, axes = plt.subplots(figsize=(4, 3))
    with plt.rc_context({"path.simplify": False}):
        line = axes.plot(np.linspace(0, 1, 2000), np.random.default_rng(0).normal(size=2000), clip_on=False)[0]
        text = svg.document(figure)
    plt.close(figure)
    drawn = axes.transData.transform(line.get_xydata()) * 72 / figure.dpi
    paths = [points(path.get("d", "")) for path in ElementTree.fromstring(text).iter(f"{SVG}path")]
    curve = max(paths, key=len)
    np.testing.assert_allclose(curve, np.column_stack([drawn[:, 0], 72 * 3 - drawn[:, 1]]), atol=0.051)


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 0 0 L 1 1 L 2 0", "m0 0 1 1 1-1"),
        ("M 1 1 Q 1 1 2 2 L 3 3 L 4 4", "m1 1q0 0 1 1l1 1 1 1"),
        ("M 0 0 L 1 0 z M 5 5 L 6 5 z", "m0 0 1 0zm5 5 1 0z"),
        ("M 0 0 C 1 1 2 2 3 3 L -4 4", "m0 0c1 1 2 2 3 3l-7 1"),
        ("M 0.04 0.54 L 0.31 10.06 L -0.3 9.96", "m0 .5 .3 9.6-.6-.1"),
    ],
)
def test_points_are_counted_from_the_one_before_and_commands_left_out_where_they_are_implied(path, short):
    # After a curve command, bare numbers would be read as more of that curve.
    text = f'<svg xmlns="http://www.w3.org/2000/svg"><path d="{path}"/></svg>'
    assert f'd="{short}"' in svg.compact(text)
    np.testing.assert_allclose(points(short), points(path), atol=0.0501)


def test_letters_keep_their_outline():
    """To a fiftieth of a point at the size of the labels."""
    text = f'<svg xmlns="http://www.w3.org/2000/svg"><path d="{LETTER}" transform="scale(0.015625)"/></svg>'
    path = ElementTree.fromstring(svg.compact(text))[0]
    assert path.get("transform") == "scale(.25)"
    np.testing.assert_allclose(0.25 * points(path.get("d")), 0.015625 * points(LETTER), atol=0.126)


LETTER = "M 2034 4250 Q 1547 4250 1301 3770 Q 1056 3291 1056 2328 L 409 2034 z M 2034 4750 Q 2819 4750 3233 4129 z"


@pytest.mark.parametrize("text", ["", "<svg", "<html></html>"])
def test_what_is_not_svg_is_refused(text):
    with pytest.raises(ValueError, match="text:"):
        svg.compact(text)
