import numpy as np
import pytest
from kymatio.numpy import HarmonicScattering3D
from scipy.spatial.transform import Rotation

from course_lib.project.densities import Grid, aligned, densities
from course_lib.project.grid_features import grid_scattering
from course_lib.project.small_qm9 import small_qm9

MOLECULES = small_qm9().select([6, 7])
GRID = Grid((20, 16, 16), 1.8)
FAST = {"J": 1, "L": 2}


def test_features_are_those_of_bare_kymatio_after_order_zero():
    fields = densities(MOLECULES.charges, aligned(MOLECULES.charges, MOLECULES.positions), GRID)
    bare = HarmonicScattering3D(1, GRID.shape, L=2, sigma_0=1.0, integral_powers=(1.0, 2.0))
    theirs = bare(fields.reshape(-1, *GRID.shape).astype(np.float32)).reshape(2, 3, -1)
    ours = grid_scattering(MOLECULES.charges, MOLECULES.positions, grid=GRID, powers=(1.0, 2.0), **FAST).reshape(2, 3, -1)
    np.testing.assert_allclose(ours[..., 2:], theirs, rtol=2e-5)


def test_settings_are_by_default_those_of_kymatios_example_for_molecules():
    fields = densities(MOLECULES.charges, aligned(MOLECULES.charges, MOLECULES.positions), GRID)
    bare = HarmonicScattering3D(2, GRID.shape, L=3, sigma_0=GRID.sigma, integral_powers=(0.5, 1.0, 2.0, 3.0))
    theirs = bare(fields.reshape(-1, *GRID.shape).astype(np.float32)).reshape(2, 3, -1)
    ours = grid_scattering(MOLECULES.charges, MOLECULES.positions, grid=GRID).reshape(2, 3, -1)
    np.testing.assert_allclose(ours[..., 4:], theirs, rtol=2e-5)


def violation(grid, align):
    """Largest relative change of a feature as a molecule is turned."""
    turn = Rotation.random(random_state=1).as_matrix()
    places = (MOLECULES.positions, MOLECULES.positions @ turn.T)
    before, after = (grid_scattering(MOLECULES.charges, X, grid=grid, powers=(1.0, 2.0), align=align, **FAST) for X in places)
    return np.abs(after / before - 1).max()


def test_without_alignment_a_turn_shows_less_on_a_finer_grid():
    coarse, fine = (violation(Grid((size,) * 3, 1.5 * size / 16, 0.75 * size / 16), False) for size in (16, 32))
    assert fine < coarse / 10


def test_aligned_molecules_do_not_show_a_turn():
    assert violation(GRID, True) < 1e-3  # single precision, and the grid's own asymmetry about its middle


def test_a_molecule_larger_than_the_grid_is_refused():
    with pytest.raises(ValueError, match=r"^positions: a molecule is larger than the grid"):
        grid_scattering(MOLECULES.charges, MOLECULES.positions, grid=Grid((8, 8, 8)), **FAST)
