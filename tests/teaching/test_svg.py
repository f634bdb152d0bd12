"""Short SVG documents show the same picture as Matplotlib's own."""

from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pytest
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


def test_every_reference_in_the_document_has_its_target():
    root = ElementTree.fromstring(document())
    names = {element.get("id") for element in root.iter()}
    used = {element.get("href").removeprefix("#") for element in root.iter() if element.get("href")}
    clips = {element.get("clip-path")[5:-1] for element in root.iter() if element.get("clip-path")}
    assert used
    assert clips
    assert used | clips <= names


def test_curve_keeps_its_coordinates_to_a_tenth_of_a_point():
    figure, axes = plt.subplots(figsize=(4, 3))
    line = axes.plot([0, 1, 2, 3], [0.123, 5.71, 1.9, 3.333], clip_on=False)[0]
    root = ElementTree.fromstring(svg.document(figure))
    plt.close(figure)
    drawn = axes.transData.transform(line.get_xydata()) * 72 / figure.dpi
    expected = np.column_stack([drawn[:, 0], 72 * 3 - drawn[:, 1]])
    paths = [
        np.array(p.get("d").replace("M", " ").replace("L", " ").split(), float) for p in root.iter(f"{SVG}path") if line_like(p)
    ]
    assert any(path.size == 8 and np.allclose(path.reshape(-1, 2), expected, atol=0.051) for path in paths)


def line_like(path: ElementTree.Element) -> bool:
    return set(filter(str.isalpha, path.get("d", ""))) <= {"M", "L"}


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 0 0 L 1 1 L 2 0", "M0 0 1 1 2 0"),
        ("M 0 0 Q 1 1 2 2 L 3 3 L 4 4", "M0 0Q1 1 2 2L3 3 4 4"),
        ("M 0 0 L 1 0 z M 5 5 L 6 5 z", "M0 0 1 0zM5 5 6 5z"),
        ("M 0 0 C 1 1 2 2 3 3 L -4 4", "M0 0C1 1 2 2 3 3L-4 4"),
    ],
)
def test_line_commands_are_left_out_only_where_they_are_implied(path, short):
    # After a curve command, bare numbers would be read as more of that curve.
    text = f'<svg xmlns="http://www.w3.org/2000/svg"><path d="{path}"/></svg>'
    assert f'd="{short}"' in svg.compact(text)


@pytest.mark.parametrize("text", ["", "<svg", "<html></html>"])
def test_what_is_not_svg_is_refused(text):
    with pytest.raises(ValueError, match="text:"):
        svg.compact(text)
