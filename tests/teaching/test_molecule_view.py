"""Molecules drawn in the page: what is bonded, where atoms appear and in which order, and that everybody can read them."""

import html
import json
import re

import bs4
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from course_lib.invariance.small_molecules import bromochlorofluoromethane, hydrogen_peroxide, methane, water
from course_lib.teaching.molecule_drawing import covalent_bonds, drawn, project, scene
from course_lib.teaching.molecule_style import BOND, OUTLINE, STYLES, darkest, gradients, lightest, mixed
from course_lib.teaching.molecule_view import START, side_by_side, view

MOLECULES = {"water": water(), "methane": methane(), "CHFClBr": bromochlorofluoromethane(), "H2O2": hydrogen_peroxide()}
ALT = "A molecule of water: two hydrogens on an oxygen."


def parsed(markup):
    return bs4.BeautifulSoup(markup, "html.parser")


def luminance(colour):
    rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def scene_of(molecule):
    return scene(molecule.charges, molecule.positions, covalent_bonds(molecule.charges, molecule.positions).tolist())


def numbers(markup, tag, *names):
    return np.array([[float(element[name]) for name in names] for element in parsed(markup).find_all(tag)])


# --- bonds


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("water", [[0, 1], [0, 2]]),
        ("methane", [[0, 1], [0, 2], [0, 3], [0, 4]]),
        ("CHFClBr", [[0, 1], [0, 2], [0, 3], [0, 4]]),
        ("H2O2", [[0, 1], [0, 2], [1, 3]]),
    ],
)
def test_bonds_of_small_molecules_are_those_of_chemistry(name, expected):
    assert covalent_bonds(*MOLECULES[name]).tolist() == expected


def test_atoms_of_different_molecules_are_not_bonded():
    one = water()
    two = np.concatenate([one.positions, one.positions + np.array([0, 0, 3.0])])
    assert covalent_bonds(np.tile(one.charges, 2), two).tolist() == [[0, 1], [0, 2], [3, 4], [3, 5]]


# --- the projection


@pytest.mark.parametrize("seed", range(3))
def test_a_point_its_picture_and_the_eye_lie_on_a_line(seed):
    rng = np.random.default_rng(seed)
    p, R = rng.normal(size=(20, 3)), Rotation.random(random_state=seed).as_matrix()
    right, down, nearness, s = project(p, R, 9.0).T
    q = Rotation.from_matrix(R).apply(p)
    picture, eye = np.stack([right, -down, np.zeros(20)], axis=1), np.array([0, 0, 9.0])
    assert np.allclose(np.cross(q - eye, picture - eye), 0, atol=1e-12)
    assert np.allclose(nearness, q[:, 2])
    assert np.allclose(s, np.linalg.norm(picture - eye, axis=1) / np.linalg.norm(q - eye, axis=1))


def test_a_point_behind_the_eye_is_refused():
    with pytest.raises(ValueError, match=r"^eye: expected a distance above that of every point, 2, got 2"):
        project([[0, 0, 2]], np.eye(3), 2.0)


@pytest.mark.parametrize("name", MOLECULES)
def test_no_disc_leaves_the_picture_however_the_molecule_is_turned(name):
    seen, largest = scene_of(MOLECULES[name]), 0.0
    for R in Rotation.random(200, random_state=0).as_matrix():
        x, y, r = numbers(drawn(seen, R), "circle", "cx", "cy", "r").T
        largest = max(largest, (np.hypot(x, y) + r).max())
    assert 0.8 * seen["half"] < largest < seen["half"]


def test_a_molecule_turns_about_its_middle_wherever_it_stands():
    molecule = hydrogen_peroxide()
    at = np.array([atom[:3] for atom in scene(molecule.charges, molecule.positions + np.array([3, -2, 1]), [])["atoms"]])
    assert np.allclose(at.min(axis=0), -at.max(axis=0), atol=2e-4)


def test_letters_stand_in_the_middle_of_their_discs():
    """Capital letters are about 0.72 times as high as the size of the font."""
    markup = view(*bromochlorofluoromethane(), ALT).markup
    discs, letters = numbers(markup, "circle", "cx", "cy", "r"), numbers(markup, "text", "x", "y", "font-size")
    middle = letters[:, :2] - np.outer(letters[:, 2], [0, 0.72 / 2])
    assert (np.abs(middle - discs[:, :2]) < 0.1 * discs[:, 2:]).all()


def test_nearer_atoms_are_drawn_later_and_larger():
    charges, positions = [1, 1, 1], np.array([[0, 0, 1.0], [0, 0.5, -1.0], [0.5, 0, 0.0]])
    seen = scene(np.array(charges), positions, [])
    markup = drawn(seen, np.eye(3))
    assert [disc["data-atom"] for disc in parsed(markup).find_all("circle")] == ["1", "2", "0"]
    assert (np.diff(numbers(markup, "circle", "r")[:, 0]) > 0).all()


@pytest.mark.parametrize("seed", range(5))
def test_a_rod_is_drawn_between_the_atoms_that_it_joins(seed):
    R = Rotation.random(random_state=seed).as_matrix()
    molecule = methane()
    parts = parsed(drawn(scene_of(molecule), R)).find_all(["circle", "line"])
    place = {(part.name, part.get("data-atom") or part.get("data-rod")): k for k, part in enumerate(parts)}
    for k, (i, j) in enumerate(covalent_bonds(*molecule)):
        ends = sorted([place["circle", str(i)], place["circle", str(j)]])
        assert ends[0] < place["line", str(k)] < ends[1]


def test_rods_begin_inside_the_atoms_and_point_from_one_to_the_other():
    molecule = water()
    seen = scene_of(molecule)
    atoms = np.array([atom[:3] for atom in seen["atoms"]])
    for (i, j), rod in zip(covalent_bonds(*molecule), np.array(seen["rods"]), strict=True):
        for end, atom in ((rod[:3], i), (rod[3:], j)):
            assert np.linalg.norm(end - atoms[atom]) < seen["atoms"][atom][3]
            assert np.allclose(np.cross(end - atoms[i], atoms[j] - atoms[i]), 0, atol=1e-3)


# --- the picture


def test_the_first_view_is_a_rotation_from_above():
    assert np.allclose(START @ START.T, np.eye(3))
    assert np.isclose(np.linalg.det(START), 1)
    right, down, nearness, _ = project(np.eye(3), START, 10.0).T
    assert right[0] > 0.8
    assert down[1] < -0.9
    assert (nearness > 0).all()  # all three axes come towards the reader: seen from the right, from above and from the front


@pytest.mark.parametrize("name", MOLECULES)
def test_the_picture_has_a_letter_for_each_atom_and_is_described(name):
    molecule = MOLECULES[name]
    shown = view(*molecule, ALT, caption="H<2>O")
    page = parsed(shown._repr_html_())
    letters = sorted(text.get_text() for text in page.find_all("text"))
    assert letters == sorted(STYLES[charge].symbol for charge in molecule.charges)
    assert page.svg["role"] == "img"
    assert page.svg["aria-label"] == ALT
    assert page.figcaption.get_text() == "H<2>O"
    assert repr(shown) == f"Molecule: {ALT}"


def test_the_picture_carries_what_the_script_needs_and_nothing_else_is_loaded():
    shown = view(*water(), 'with "quotes" & <tags>')
    data = json.loads(parsed(shown.markup).figure["data-molecule"])
    assert {"atoms", "rods", "eye", "half", "thickness", "start"} <= set(data)
    assert np.allclose(np.diff([atom[:3] for atom in data["atoms"]], axis=0), np.diff(water().positions, axis=0), atol=2e-4)
    assert np.allclose(data["start"], START)
    assert "http" not in shown.markup
    assert not re.search(r"<script|\son\w+=|url\((?!#)", html.unescape(shown.markup))
    assert parsed(shown.markup).svg["aria-label"] == 'with "quotes" & <tags>'


def test_every_colour_that_the_picture_asks_for_is_defined_in_it():
    markup = view(*bromochlorofluoromethane(), ALT).markup
    assert set(re.findall(r"url\(#([\w-]+)\)", markup)) == set(re.findall(r'radialGradient id="([\w-]+)"', markup))
    assert gradients([1, 1, 8], "x").count("<radialGradient") == 2


def test_same_molecule_gives_the_same_picture():
    assert view(*water(), ALT) == view(*water(), ALT)
    assert view(*water(), ALT) != view(*methane(), ALT)


def test_given_bonds_are_drawn_instead_of_those_found():
    count = [len(parsed(view(*water(), ALT, bonds).markup).find_all("line")) for bonds in (None, [], [(1, 2)])]
    assert count == [2, 0, 1]


def test_molecules_stand_side_by_side_in_order():
    row = side_by_side(view(*water(), "first one"), view(*methane(), "second one"))
    assert [svg["aria-label"] for svg in parsed(row._repr_html_()).find_all("svg")] == ["first one", "second one"]
    assert row.alts == ("first one", "second one")


@pytest.mark.parametrize("style", STYLES.values(), ids=lambda style: style.symbol)
def test_letters_stand_out_from_their_disc_in_light_and_shade(style):
    for ground in (style.fill, lightest(style), darkest(style)):
        assert contrast(style.ink, ground) >= 4.5


@pytest.mark.parametrize("colour", [OUTLINE, BOND])
@pytest.mark.parametrize("page", ["#ffffff", "#121212"])
def test_outlines_and_rods_are_seen_on_light_and_dark_pages(colour, page):
    assert contrast(colour, page) >= 3


def test_colours_mix_by_their_shares():
    assert mixed("#000000", "#ffffff", 0.2) == "#333333"
    assert mixed("#102030", "#ffffff", 0) == "#102030"


@pytest.mark.parametrize(
    ("charges", "positions", "alt", "bonds", "message"),
    [
        ([8, 1], water().positions, ALT, None, r"^charges: expected shape \(3,\)"),
        ([8, 1, 2], water().positions, ALT, None, r"^charges: expected some of .*got 2$"),
        ([8, 1, 1], np.full((3, 3), np.nan), ALT, None, r"^positions: expected finite"),
        ([8, 1, 1], water().positions[:, :2], ALT, None, r"^positions: expected shape \(any, 3\)"),
        ([8, 1, 1], water().positions, " ", None, r"^alt: expected a text"),
        ([8, 1, 1], water().positions, ALT, [(0, 3)], r"^bonds: expected pairs of different atoms from 0 to 2, got \(0, 3\)"),
        ([8, 1, 1], water().positions, ALT, [(0, 0)], r"^bonds: expected pairs"),
        ([8, 1, 1], water().positions, ALT, [(0, 1, 2)], r"^bonds: expected pairs"),
        ([8, 1, 1], water().positions, ALT, [(0, -1)], r"^bonds: expected pairs"),
    ],
)
def test_bad_input_is_refused_with_a_reason(charges, positions, alt, bonds, message):
    with pytest.raises(ValueError, match=message):
        view(charges, positions, alt, bonds)


def test_an_empty_row_is_refused():
    with pytest.raises(ValueError, match=r"^views: nothing to show"):
        side_by_side()
