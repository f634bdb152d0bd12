"""A chapter's exploration on another page: the same pictures, fewer sliders, nothing that collides with another."""

import json
import re

import matplotlib.pyplot as plt
import nbformat
import pytest
from ipywidgets.embed import dependency_state
from myst_nb.core.render import WIDGET_STATE_MIMETYPE, WIDGET_VIEW_MIMETYPE

import preview
from course_lib.teaching.explore import explore
from course_lib.teaching.molecule_view import side_by_side, view
from preview import PreviewError
from tests.book.small_book import run_build, write_book, write_library

A, B, C = [1, 2, 3], ["x", "y"], [10, 20]


def draw(**values):
    fig, ax = plt.subplots(figsize=(1, 1))
    ax.axis("off")
    return fig


def alt(**values):
    return "Picture at " + " ".join(map(str, values.values()))


def executed(**grid):
    """A notebook whose second cell is an exploration, as a kernel leaves it."""
    made = explore(draw, alt, labels={"a": "rate γ"}, start={"a": 2}, **grid)
    state = json.loads(json.dumps(dependency_state([made], drop_defaults=False)))
    still = {"text/html": f"<noscript>{made.still.markup}</noscript>", "text/plain": ""}
    shown = {WIDGET_VIEW_MIMETYPE: {"model_id": made.model_id, "version_major": 2, "version_minor": 0}}
    outputs = [nbformat.v4.new_output("display_data", data) for data in (still, shown)]
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("explore(…)", outputs=outputs)]
    metadata = {"widgets": {WIDGET_STATE_MIMETYPE: {"state": state, "version_major": 2, "version_minor": 0}}}
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


@pytest.fixture(scope="module")
def notebook():
    return executed(a=A, b=B, c=C)


def pictures(found):
    """The texts of all pictures that a preview brings."""
    values = [model["state"]["value"] for model in found.models.values() if model["model_name"] == "HTMLModel"]
    return sorted(text for value in values for text in re.findall(r'alt="Picture at ([^"]*)"', value))


def root(found):
    return json.loads(re.search(r'<script type="[^"]*widget-view\+json">(.*?)</script>', found.markup)[1])["model_id"]


def children(found, name):
    return [child.removeprefix("IPY_MODEL_") for child in found.models[name]["state"]["children"]]


def test_all_sliders_and_pictures_are_kept_where_none_is_named(notebook):
    found = preview.exploration(notebook, 1, None, "p_")
    assert pictures(found) == sorted(f"{a} {b} {c}" for a in A for b in B for c in C)
    assert len(children(found, root(found))) == 4


@pytest.mark.parametrize(
    ("slider", "kept"),
    [
        ("rate γ", [f"{a} x 10" for a in A]),
        ("b", [f"2 {b} 10" for b in B]),
        ("c", [f"2 x {c}" for c in C]),
    ],
)
def test_one_slider_leads_to_its_own_pictures_and_the_others_stay_where_they_start(notebook, slider, kept):
    found = preview.exploration(notebook, 1, slider, "p_")
    assert pictures(found) == sorted(kept)
    handle, shown = children(found, root(found))
    assert found.models[handle]["state"]["description"] == slider
    _, stack = children(found, shown)
    assert [found.models[picture]["state"]["value"] for picture in children(found, stack)] == [
        next(
            model["state"]["value"]
            for model in found.models.values()
            if model["model_name"] == "HTMLModel" and f"Picture at {text}" in model["state"]["value"]
        )
        for text in kept
    ]
    assert found.models[stack]["state"]["selected_index"] == found.models[handle]["state"]["index"]
    links = [model["state"] for model in found.models.values() if model["model_name"] == "LinkModel"]
    assert [(link["source"][0], link["target"][0]) for link in links] == [(f"IPY_MODEL_{handle}", f"IPY_MODEL_{stack}")]


@pytest.mark.parametrize("slider", [None, "b"])
def test_every_name_begins_with_the_prefix_and_is_there(notebook, slider):
    found = preview.exploration(notebook, 1, slider, "p_")
    named = set(re.findall(r"IPY_MODEL_(\w+)", json.dumps(found.models)))
    assert named <= found.models.keys()
    assert all(name.startswith("p_") for name in {root(found), *found.models})


def test_the_chapter_stays_as_it_is(notebook):
    before = nbformat.writes(notebook)
    preview.exploration(notebook, 1, "b", "p_")
    assert nbformat.writes(notebook) == before


def test_still_picture_comes_along_for_pages_without_scripts(notebook):
    markup = preview.exploration(notebook, 1, "b", "p_").markup
    assert re.search(r"<noscript>.*Picture at 2 x 10.*</noscript>", markup, re.S)
    assert markup.count("Picture at") == 1


@pytest.mark.parametrize(
    ("number", "slider", "said"),
    [
        (2, None, "exploration 2 is not in the chapter, which has 1"),
        (1, "rate", "no slider is called 'rate'; there are 'rate γ', 'b', 'c'"),
    ],
)
def test_what_is_not_there_is_named(notebook, number, slider, said):
    with pytest.raises(PreviewError, match=re.escape(said)):
        preview.exploration(notebook, number, slider, "p_")


def test_state_of_a_page_holds_all_previews_and_ends_no_script(notebook):
    previews = [preview.exploration(notebook, 1, "b", f"p{k}_") for k in (1, 2)]
    first = next(iter(previews[0].models.values()))
    first["state"]["note"] = "</script>"
    text = preview.state(previews)
    assert "</script>" not in text
    models = json.loads(text)["state"]
    assert len(models) == sum(len(each.models) for each in previews)
    assert models == previews[0].models | previews[1].models


def test_molecules_are_counted_one_by_one():
    water = view([8, 1, 1], [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], "Water.")
    salt = view([1, 17], [[0, 0, 0], [1.27, 0, 0]], "Hydrogen chloride.")
    cell = nbformat.v4.new_code_cell(
        "…", outputs=[nbformat.v4.new_output("execute_result", {"text/html": side_by_side(water, salt)._repr_html_()})]
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    for number, here, away in ((1, "Water.", "Hydrogen"), (2, "Hydrogen chloride.", "Water")):
        found = preview.molecule(notebook, number)
        assert here in found.markup
        assert away not in found.markup
        assert found.models == {}
    with pytest.raises(PreviewError, match="molecule 3 is not in the chapter, which has 2"):
        preview.molecule(notebook, 3)


# --- on a page: a real build of a small book -----------------------------------------------------------------------------

DOOR = """
```{{preview}} {chapter}
:molecule: {number}

Look.
```
"""
CELL = (
    "from IPython.display import HTML\nfrom course_lib.elsewhere import other\nHTML('<figure class=\"molecule\">{}</figure>')"
)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book whose page `door` shows a figure of the chapter `two`, which comes after it and is executed once for all tests."""
    root = write_book(write_library(tmp_path_factory.mktemp("book")), executed=("two",))
    contents = root / "_toc.yml"
    contents.write_text(
        contents.read_text().replace("      - file: book/two\n", "      - file: book/door\n      - file: book/two\n")
    )
    return root


def write_chapter(root, word):
    text = (root / "book/two.md").read_text()
    cell = CELL.format(f"' + '{word}' + str(other.THREE) + '")
    (root / "book/two.md").write_text(re.sub(r"(:tags: \[hide-input\]\n).*?^```", rf"\1{cell}\n```", text, flags=re.S | re.M))


def write_door(root, *previews):
    """A page with some previews: a chapter and the number of a molecule for each."""
    text = "".join(DOOR.format(chapter=chapter, number=number) for chapter, number in previews)
    (root / "book/door.md").write_text(f"# Door\n{text}")


def shown(root):
    page = (root / "_build/html/book/door.html").read_text()
    return re.findall(r'<figure class="molecule">(\w+)</figure>', page)


def test_page_is_written_again_when_the_output_of_the_chapter_has_changed(book):
    write_chapter(book, "alpha")
    write_door(book, ("two", 1))
    done = run_build(book)
    assert done.returncode == 0, done.stderr
    assert shown(book) == ["alpha3"]
    page = (book / "_build/html/book/door.html").read_text()
    assert re.search(r'Chapter: <a class="reference internal" href="two.html"><span class="doc">two</span></a>', page)
    assert "js/molecule.js" in page
    written = (book / "_build/html/book/door.html").stat().st_mtime_ns
    assert run_build(book).returncode == 0
    assert (book / "_build/html/book/door.html").stat().st_mtime_ns == written
    write_chapter(book, "beta")
    assert run_build(book).returncode == 0
    assert shown(book) == ["beta3"]
    (book / "course_lib/elsewhere/other.py").write_text("THREE = 33\n")
    assert run_build(book).returncode == 0
    assert shown(book) == ["beta33"]


NOWHERE = [
    ("two", 2, "preview of book/two: molecule 2 is not in the chapter, which has 1"),
    ("status", 1, "preview of book/status: there is no executed notebook book/status"),
    ("three", 1, "preview of book/three: there is no executed notebook book/three"),
]


def test_build_fails_where_a_preview_is_not_there(book):
    write_chapter(book, "beta")
    write_door(book, *[(chapter, number) for chapter, number, _ in NOWHERE])
    done = run_build(book)
    assert done.returncode != 0
    for index, (_, _, said) in enumerate(NOWHERE):
        line = 3 + index * DOOR.count("\n")
        assert re.search(rf"door\.md:{line}: WARNING: {re.escape(said)}", done.stdout + done.stderr)
