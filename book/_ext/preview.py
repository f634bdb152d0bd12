"""An exploration or a molecule of a chapter, taken from its executed notebook, to be shown on another page.

Nothing is computed again and nothing is kept as a copy: the pictures are those of the chapter, and only the sliders that the
other page asks for come along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from myst_nb.core.render import WIDGET_STATE_MIMETYPE, WIDGET_VIEW_MIMETYPE, sanitize_script_content
from nbformat import NotebookNode

_MODEL = "IPY_MODEL_"
_MOLECULE = re.compile(r'<figure class="molecule".*?</figure>', re.S)

Models = dict[str, dict[str, Any]]


class PreviewError(ValueError):
    """What a page asks for is not in the chapter."""


@dataclass(frozen=True)
class Preview:
    """What a page needs: the HTML at its place, and the state of its widgets (none for a molecule)."""

    markup: str
    models: Models = field(default_factory=dict)


def molecule(notebook: NotebookNode, number: int) -> Preview:
    """The molecule with this number, counted from 1.

    Raises
    ------
    PreviewError
        If there are not so many.
    """
    found = [figure for _, output in _outputs(notebook) for figure in _MOLECULE.findall(output.get("text/html", ""))]
    return Preview(f'<div class="molecules">{_numbered(found, number, "molecule")}</div>')


def exploration(notebook: NotebookNode, number: int, slider: str | None, prefix: str) -> Preview:
    """The exploration with this number, counted from 1.

    Parameters
    ----------
    slider : the words beside the only slider that is kept; the others stay where they start. None keeps all.
    prefix : what the names of the widgets begin with, so that they are unique in the page.

    Raises
    ------
    PreviewError
        If there are not so many explorations, or no slider has these words.
    """
    found = [
        (before, output[WIDGET_VIEW_MIMETYPE]["model_id"])
        for before, output in _outputs(notebook)
        if WIDGET_VIEW_MIMETYPE in output
    ]
    still, root = _numbered(found, number, "exploration")
    everything = notebook.metadata["widgets"][WIDGET_STATE_MIMETYPE]["state"]
    models = _renamed(_reached(_thinned(everything, root, slider), root), prefix)
    view = {"version_major": 2, "version_minor": 0, "model_id": prefix + root}
    script = f'<script type="{WIDGET_VIEW_MIMETYPE}">{sanitize_script_content(json.dumps(view))}</script>'
    return Preview(still + script, models)


def state(previews: list[Preview]) -> str:
    """The state of all widgets of a page, as the page carries it."""
    models = {name: model for preview in previews for name, model in preview.models.items()}
    return sanitize_script_content(json.dumps({"version_major": 2, "version_minor": 0, "state": models}))


def _outputs(notebook: NotebookNode) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each output of a notebook, after the HTML of the output before it in its cell: the still picture of an exploration."""
    for cell in notebook.cells:
        before = ""
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield before, data
            before = data.get("text/html", "")


def _numbered(found: list[Any], number: int, kind: str) -> Any:
    if not 1 <= number <= len(found):
        raise PreviewError(f"{kind} {number} is not in the chapter, which has {len(found)}")
    return found[number - 1]


def _thinned(models: Models, root: str, slider: str | None) -> Models:
    """The models with all sliders but one taken out of an exploration, and with them the pictures that no slider leads to."""
    if slider is None:
        return models
    *sliders, pictures = _children(models, root)
    labels = [models[name]["state"]["description"] for name in sliders]
    if slider not in labels:
        raise PreviewError(f"no slider is called {slider!r}; there are {', '.join(map(repr, labels))}")
    kept, changed = labels.index(slider), dict(models)

    def put(name: str, children: list[str]) -> None:
        links = [_MODEL + child for child in children]
        titles = {"titles": [""] * len(children)} if "titles" in models[name]["state"] else {}
        changed[name] = {**models[name], "state": {**models[name]["state"], "children": links, **titles}}

    def seen(name: str, depth: int) -> str:
        """What stands in the place of the stack, or picture, of the slider at this depth."""
        if depth == len(sliders):
            return name
        children = _children(models, name)
        if depth != kept:
            return seen(children[models[name]["state"].get("selected_index") or 0], depth + 1)
        put(name, [seen(child, depth + 1) for child in children])
        return name

    style, stack = _children(models, pictures)
    put(pictures, [style, seen(stack, 0)])
    put(root, [sliders[kept], pictures])
    return changed


def _children(models: Models, name: str) -> list[str]:
    return [child.removeprefix(_MODEL) for child in models[name]["state"]["children"]]


def _reached(models: Models, root: str) -> Models:
    """All that an exploration is made of, and the links between its parts."""
    found: Models = {}
    to_open = [root]
    while to_open:
        if (name := to_open.pop()) not in found:
            found[name] = models[name]
            to_open += _named_in(models[name])
    links = {name: model for name, model in models.items() if model["model_name"] == "LinkModel"}
    return found | {name: link for name, link in links.items() if set(_named_in(link)) <= found.keys()}


def _named_in(model: dict[str, Any]) -> list[str]:
    return re.findall(rf'"{_MODEL}(\w+)"', json.dumps(model["state"]))


def _renamed(models: Models, prefix: str) -> Models:
    text = json.dumps({prefix + name: model for name, model in models.items()})
    return json.loads(text.replace(f'"{_MODEL}', f'"{_MODEL}{prefix}'))
