"""Small SVG documents out of Matplotlib's generous ones.

Matplotlib writes six decimals, a group and a name for everything, and the same style again for every tick. A page that
carries a hundred pictures cannot afford that. Nothing that is seen changes: coordinates keep a tenth of a point, finer than
a pixel.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from xml.etree import ElementTree

from matplotlib.figure import Figure

_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
#: How Matplotlib scales letters: their unit is some thousandths of a point. Sixteen times as much is still finer than a pixel.
_GLYPH, _COARSE_GLYPH = "scale(0.015625)", "scale(.25)"
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


def document(figure: Figure) -> str:
    """The figure as a short SVG document; the same figure gives the same characters at every run.

    Call it with the course's style in force (its ``svg.`` settings make the document reproducible).
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_NO_METADATA)
    return compact(buffer.getvalue())


def compact(text: str) -> str:
    """The same picture in fewer characters.

    Raises
    ------
    ValueError
        If `text` is not an SVG document.
    """
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 (our own figure, just written)
    except ElementTree.ParseError as error:
        raise ValueError(f"text: not an SVG document: {error}") from error
    if root.tag != f"{{{_SVG}}}svg":
        raise ValueError(f"text: expected the root <svg>, got <{root.tag}>")
    for element in root.iter():
        _shorten(element)
    _drop_unseen(root)
    _shorten_names(root)
    _unwrap_groups(root)
    _share_styles(root)
    ElementTree.register_namespace("", _SVG)
    return re.sub(r"\s+/>", "/>", ElementTree.tostring(root, encoding="unicode"))


def _shorten(element: ElementTree.Element) -> None:
    """Fewer digits and blanks in one element, and links without their old prefix."""
    element.tail = None  # blanks between elements
    if not (element.text or "").strip():
        element.text = None
    if _LINK in element.attrib:
        element.set("href", element.attrib.pop(_LINK))
    for name in ("x", "y", "width", "height"):
        if name in element.attrib:
            element.set(name, _round(element.get(name, "")))
    if "d" in element.attrib:
        glyph = element.get("transform") == _GLYPH
        element.set("d", _short_path(element.get("d", ""), *((1 / 16, str) if glyph else (10, _tenths))))
        if glyph:
            element.set("transform", _COARSE_GLYPH)
    if "style" in element.attrib:
        element.set("style", re.sub(r"([:;]) ", r"\1", element.get("style", "")))
    if "transform" in element.attrib:
        moved = re.sub(r"translate\([^)]*\)", lambda match: _round(match[0]), element.get("transform", ""))
        if element.tag == f"{{{_SVG}}}use" and (along := re.fullmatch(r"translate\(([-\d.]+) 0\)", moved)):
            del element.attrib["transform"]
            element.set("x", along[1])  # the same for a letter in a line of text, and shorter
        else:
            element.set("transform", moved)


def _short_path(path: str, scale: float, written: Callable[[int], str]) -> str:
    """The path with each point counted from the one before: small numbers have few digits.

    Points are rounded, times `scale`, where they lie, so that no error adds up along the path.
    """
    x = y = first_x = first_y = 0
    tokens: list[str] = []
    before = ""
    for command, numbers in re.findall(r"([MLQCz])([^MLQCz]*)", path):
        values = [round(scale * float(number)) for number in numbers.split()]
        # Further pairs after a move or a line are lines anyway, and further points after a curve are more of that curve.
        if (command, before) != ("L", "M") and (command != before or command == "M"):
            tokens.append(command.lower())
        for px, py in zip(values[::2], values[1::2], strict=True):
            tokens += [written(px - x), written(py - y)]
        if command == "z":
            x, y = first_x, first_y
        else:
            x, y = values[-2:]
        if command == "M":
            first_x, first_y = x, y
        before = command
    return re.sub(r" ?([a-z-]) ?", r"\1", " ".join(tokens))


def _tenths(count: int) -> str:
    """So many tenths, without the zeros that mean nothing."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{count / 10:g}")


def _round(numbers: str) -> str:
    """Every decimal number to one decimal, without trailing zeros."""
    return re.sub(r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}".removesuffix(".0"), numbers)


def _drop_unseen(root: ElementTree.Element) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("metadata") or child.get("style") == "fill:none":
                parent.remove(child)


def _shorten_names(root: ElementTree.Element) -> None:
    """Drop the names that nothing refers to, and number the others."""
    references = re.compile(r"(?<=#)[^)]+")
    short: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        return short.setdefault(match[0], f"n{len(short)}")

    for element in root.iter():
        for attribute in ("href", "clip-path"):
            if attribute in element.attrib:
                element.set(attribute, references.sub(renamed, element.get(attribute, "")))
    for element in root.iter():
        if (name := element.attrib.pop("id", None)) in short:
            element.set("id", short[name])


def _unwrap_groups(parent: ElementTree.Element) -> None:
    """Replace every group that sets nothing by its children."""
    children: list[ElementTree.Element] = []
    for child in parent:
        _unwrap_groups(child)
        children.extend(child if child.tag == f"{{{_SVG}}}g" and not child.attrib else [child])
    parent[:] = children


def _share_styles(root: ElementTree.Element) -> None:
    """Give each style a class, and write it once: in the group, if all that is in it looks the same."""
    classes: dict[str, str] = {}
    for element in root.iter():
        if style := element.attrib.pop("style", None):
            element.set("class", classes.setdefault(style, f"s{len(classes)}"))
    for group in root.iter(f"{{{_SVG}}}g"):
        shared = {child.get("class") for child in group}
        inherited = shared - {None} - {name for style, name in classes.items() if re.search(r"(?<!-)opacity:", style)}
        if len(group) > 1 and len(shared) == 1 and inherited and "class" not in group.attrib:
            group.set("class", inherited.pop())  # a hundred markers of one look, said once
            for child in group:
                del child.attrib["class"]
    sheet = root.find(f".//{{{_SVG}}}style")
    if sheet is not None:
        sheet.text = (sheet.text or "") + "".join(f".{name}{{{style}}}" for style, name in classes.items())
