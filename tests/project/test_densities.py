import numpy as np
import pytest
from kymatio.scattering3d.utils import generate_weighted_sum_of_gaussians
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from course_lib.project.densities import Grid, aligned, boxed, channel_weights, densities
from course_lib.project.small_qm9 import small_qm9

MOLECULES = small_qm9().select([10, 20, 30])
GRID = Grid((32, 24, 20), 2.0, 1.2)


def test_densities_are_those_of_kymatio():
    places = aligned(MOLECULES.charges, MOLECULES.positions)
    ours = densities(MOLECULES.charges, places, GRID)
    axes = [np.arange(size) - size // 2 for size in GRID.shape]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"))
    for channel, weights in enumerate(np.moveaxis(channel_weights(MOLECULES.charges), 1, 0)):
        order = np.argsort(weights == 0, axis=1, kind="stable")  # kymatio ignores what follows a zero
        sorted_places, sorted_weights = np.take_along_axis(places, order[..., None], 1), np.take_along_axis(weights, order, 1)
        theirs = generate_weighted_sum_of_gaussians(grid, sorted_places * GRID.per_angstrom, sorted_weights, GRID.sigma)
        np.testing.assert_allclose(ours[:, channel], theirs, atol=1e-12)


def test_nothing_is_clipped():
    fields = densities(MOLECULES.charges, aligned(MOLECULES.charges, MOLECULES.positions), GRID)
    np.testing.assert_allclose(fields.sum(axis=(2, 3, 4)), channel_weights(MOLECULES.charges).sum(axis=2), rtol=1e-3)


def test_electrons_are_valence_and_core():
    np.testing.assert_array_equal(channel_weights(np.array([[1, 6, 8, 0]]))[0], [[1, 6, 8, 0], [1, 4, 6, 0], [0, 2, 2, 0]])


@pytest.mark.parametrize("group", [{1: 1}, {6: 4, 14: 4}, {7: 5, 15: 5}, {8: 6, 16: 6}, {9: 7, 17: 7, 35: 7}])
def test_elements_of_a_group_have_as_many_valence_electrons(group):
    found = channel_weights(np.array([list(group)]))[0, 1]
    np.testing.assert_array_equal(found, list(group.values()))


@pytest.mark.parametrize("shift", [-50.0, 0.0, 50.0])
def test_boxed_molecules_reach_as_far_to_either_side_wherever_they_were(shift):
    places = boxed(MOLECULES.charges, np.where(MOLECULES.charges[..., None] > 0, MOLECULES.positions + shift, 0))
    np.testing.assert_allclose(places.max(axis=1), -places.min(axis=1), atol=1e-12)
    for before, after, here in zip(MOLECULES.positions, places, MOLECULES.charges > 0, strict=True):
        np.testing.assert_allclose(after[here] - after[0], before[here] - before[0], atol=1e-12)


@pytest.mark.parametrize(("sigma", "size"), [(1.0, 7), (2.0, 13)])
def test_three_widths_to_either_side_of_an_atom_suffice_and_less_is_refused(sigma, size):
    charges, place = np.array([[8]]), np.zeros((1, 1, 3))
    fields = densities(charges, place, Grid((size, size, size), 1.0, sigma))
    np.testing.assert_allclose(fields.sum(axis=(2, 3, 4)), [[8, 6, 2]], rtol=0.01)
    with pytest.raises(ValueError, match=r"^positions: a molecule is larger than the grid"):
        densities(charges, place, Grid((size, size - 1, size), 1.0, sigma))


@pytest.mark.parametrize("seed", range(3))
def test_aligned_molecules_keep_their_shape_and_do_not_depend_on_the_turn(seed):
    turn = Rotation.random(random_state=seed).as_matrix()
    here = MOLECULES.charges > 0
    turned = np.where(here[..., None], MOLECULES.positions @ turn.T + 5.0, 0)
    before, after = (aligned(MOLECULES.charges, places) for places in (MOLECULES.positions, turned))
    for b in range(3):
        np.testing.assert_allclose(pdist(after[b][here[b]]), pdist(MOLECULES.positions[b][here[b]]), atol=1e-10)
    np.testing.assert_allclose(np.sort(np.abs(after), axis=1), np.sort(np.abs(before), axis=1), atol=1e-8)
    assert (np.diff(after.var(axis=1), axis=1) < 0).all()


def test_a_molecule_larger_than_the_grid_is_refused():
    places = aligned(MOLECULES.charges, MOLECULES.positions)
    with pytest.raises(
        ValueError, match=r"^positions: a molecule is larger than the grid: 9 points to an ångström need \d+ × "
    ):
        densities(MOLECULES.charges, places, Grid((16, 16, 16), 9.0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"shape": (8, 8)}, "shape: expected three"), ({"shape": (8, 8, 2)}, "shape:"), ({"sigma": 0}, "sigma:")],
)
def test_bad_grids_are_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        Grid(**settings)
