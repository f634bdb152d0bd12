import numpy as np
import pytest
from scipy.spatial.distance import pdist

from course_lib.project.molecules import Molecules, element_counts
from course_lib.project.motions import MOTIONS, far_pairs, transformed
from course_lib.project.physical_score import physical_score, rms, score_of_copies
from course_lib.project.small_qm9 import small_qm9

SOME = small_qm9().select(np.random.default_rng(0).permutation(3921)[:60])
PAIRS = [(i, (i + 1) % 60) for i in range(60)]
NAMES = ("translation", "rotation", "reflection", "permutation", "extensivity")


def score(predict, seed=0):
    return physical_score(predict, SOME, np.random.default_rng(seed))


def each(formula):
    """A model from a formula for one molecule."""
    return lambda molecules: np.array([formula(*molecules.atoms(i)) for i in range(len(molecules))])


def coulomb(Z, R):
    i, j = np.triu_indices(len(Z), 1)
    return np.sum(Z[i] * Z[j] / pdist(R)) if len(Z) > 1 else 0.0


def near_pairs(Z, R):
    """A sum over pairs that forgets what is far: invariant and extensive."""
    i, j = np.triu_indices(len(Z), 1)
    return np.sum(Z[i] * Z[j] * np.exp(-pdist(R)))


@pytest.mark.parametrize("motion", ["translation", "rotation", "reflection"])
@pytest.mark.parametrize("seed", range(3))
def test_motions_keep_all_distances_and_the_order_of_the_atoms(motion, seed):
    after = transformed(SOME, motion, np.random.default_rng(seed))
    np.testing.assert_array_equal(after.charges, SOME.charges)
    np.testing.assert_array_equal(after.energies, SOME.energies)
    for i in range(len(SOME)):
        np.testing.assert_allclose(pdist(after.atoms(i)[1]), pdist(SOME.atoms(i)[1]), atol=1e-10)
        assert np.abs(after.atoms(i)[1] - SOME.atoms(i)[1]).max() > 1e-3


def handedness(molecules, i):
    """Six times the volume that the first four atoms span, with its sign."""
    positions = molecules.atoms(i)[1]
    return np.linalg.det(positions[1:4] - positions[0])


@pytest.mark.parametrize("seed", range(3))
def test_mirroring_turns_handedness_over_and_turning_keeps_it(seed):
    large = [i for i in range(len(SOME)) if np.count_nonzero(SOME.charges[i]) > 3]
    before = np.array([handedness(SOME, i) for i in large])
    for motion, sign in (("rotation", 1), ("translation", 1), ("reflection", -1)):
        after = transformed(SOME, motion, np.random.default_rng(seed))
        np.testing.assert_allclose([handedness(after, i) for i in large], sign * before, atol=1e-8)


def test_turning_and_mirroring_keep_the_centre_so_that_they_are_not_mixed_up_with_moving():
    for motion in ("rotation", "reflection", "permutation"):
        after = transformed(SOME, motion, np.random.default_rng(0))
        for i in range(len(SOME)):
            np.testing.assert_allclose(after.atoms(i)[1].mean(axis=0), SOME.atoms(i)[1].mean(axis=0), atol=1e-10)


def test_all_directions_are_equally_likely_after_turning():
    """The mean of R over the rotation group is 0, that of each R_ij² a third; within five standard errors."""
    water = SOME.select([0])
    rng = np.random.default_rng(0)
    start = water.atoms(0)[1] - water.atoms(0)[1].mean(axis=0)
    v = start[0] / np.linalg.norm(start[0])
    after = np.array([transformed(water, "rotation", rng).atoms(0)[1] for _ in range(1000)])
    unit = (after[:, 0] - after.mean(axis=1)) / np.linalg.norm(start[0])
    assert np.linalg.norm(v) == pytest.approx(1)
    assert np.abs(unit.mean(axis=0)).max() < 5 * np.sqrt(1 / 3 / 1000)
    np.testing.assert_allclose((unit**2).mean(axis=0), 1 / 3, atol=5 * np.sqrt(4 / 45 / 1000))


def test_renumbering_keeps_each_atom_where_it_is():
    after = transformed(SOME, "permutation", np.random.default_rng(0))
    for i in range(len(SOME)):
        before = {(int(Z), *place) for Z, place in zip(*SOME.atoms(i), strict=True)}
        assert {(int(Z), *place) for Z, place in zip(*after.atoms(i), strict=True)} == before
    assert not np.array_equal(after.charges, SOME.charges)


def test_pairs_hold_both_molecules_far_apart_and_the_sum_of_their_energies():
    together = far_pairs(SOME, PAIRS, np.random.default_rng(0), distance=30.0)
    for p, (i, j) in enumerate(PAIRS):
        k = len(SOME.atoms(i)[0])
        Z, R = together.atoms(p)
        np.testing.assert_array_equal(Z, np.concatenate([SOME.atoms(i)[0], SOME.atoms(j)[0]]))
        np.testing.assert_allclose(pdist(R[:k]), pdist(SOME.atoms(i)[1]), atol=1e-10)
        np.testing.assert_allclose(pdist(R[k:]), pdist(SOME.atoms(j)[1]), atol=1e-10)
        assert np.linalg.norm(R[:k, None] - R[None, k:], axis=-1).min() >= 30
        assert together.energies[p] == SOME.energies[i] + SOME.energies[j]
    with pytest.raises(ValueError, match=r"^distance: expected a positive number"):
        far_pairs(SOME, PAIRS, np.random.default_rng(0), distance=0)
    with pytest.raises(ValueError, match=r"^motion: 'twist' is not known"):
        transformed(SOME, "twist", np.random.default_rng(0))


def test_a_model_of_composition_breaks_nothing():
    weights = np.array([1.0, -5, -6, -4, -3])
    found = score(lambda molecules: element_counts(molecules, ["H", "C", "N", "O", "F"]) @ weights)
    assert all(getattr(found, name) < 1e-12 for name in NAMES)


def test_near_pairs_break_nothing_and_coulomb_energies_only_extensivity():
    assert max(getattr(score(each(near_pairs)), name) for name in NAMES) < 1e-9
    found = score(each(coulomb))
    assert found.symmetry < 1e-9
    # Two neutral molecules would feel nothing, but nuclei alone repel each other: by Z Z' / R, about 50 * 50 / 36 e²/Å.
    assert 10 < found.extensivity < 200


@pytest.mark.parametrize(
    ("formula", "broken"),
    [
        (lambda Z, R: Z @ R[:, 0], {"translation", "rotation", "reflection"}),
        (lambda Z, R: Z @ (R[:, 0] - R[:, 0].mean()) ** 2, {"rotation"}),
        (lambda Z, R: np.linalg.det(R[1:4] - R[0]) if len(Z) > 3 else 0.0, {"reflection", "permutation"}),
        (lambda Z, R: float(np.linalg.norm(R[0] - R[-1])), {"permutation"}),
        (lambda Z, R: np.linalg.norm(R - R.mean(axis=0)), set()),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_what_a_formula_breaks_is_found_and_nothing_else(formula, broken, seed):
    found = score(each(formula), seed)
    assert {motion for motion in MOTIONS if getattr(found, motion) > 1e-6} == broken
    assert found.symmetry == max(getattr(found, motion) for motion in MOTIONS)
    assert found.extensivity > 0.01  # none of them is a sum over atoms and their neighbours


def test_violation_of_translation_is_the_root_mean_square_of_the_shift():
    """E = a · x of one atom, moved by a uniform shift within ±5: the root mean square is 5 / √3 |a|, by chance within 30 %."""
    assert score(each(lambda Z, R: 2 * R[0, 0])).translation == pytest.approx(10 / np.sqrt(3), rel=0.3)


def test_a_model_that_refuses_pairs_gets_no_extensivity_and_keeps_the_rest():
    def on_a_grid(molecules):
        if np.ptp(molecules.positions, axis=1).max() > 25:
            raise ValueError("molecules: larger than the grid")
        return np.zeros(len(molecules))

    found = score(on_a_grid)
    assert np.isnan(found.extensivity)
    assert found.symmetry == 0


def test_models_never_see_energies():
    def predict(molecules):
        assert molecules.energies is None
        return np.zeros(len(molecules))

    assert score(predict).extensivity == 0


def test_wrong_predictions_are_refused():
    with pytest.raises(ValueError, match=r"^predict\(molecules\): expected shape"):
        score(lambda molecules: np.zeros(3))
    with pytest.raises(ValueError, match=r"^predict\(molecules\): expected finite"):
        score(lambda molecules: np.full(len(molecules), np.nan))
    with pytest.raises(ValueError, match=r"^molecules: expected at least two"):
        physical_score(lambda molecules: np.zeros(1), SOME.select([0]), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"^differences: expected shape"):
        rms([])


def test_a_table_of_copies_and_pairs_scores_as_the_model_does():
    predict, rng = each(lambda Z, R: Z @ R[:, 0] + coulomb(Z, R)), np.random.default_rng(5)
    found = physical_score(predict, SOME, rng)
    rng = np.random.default_rng(5)
    bare, table, copies = SOME.without_energies(), dict(zip(SOME.ids, predict(SOME), strict=True)), []
    for motion in MOTIONS:
        after = predict(transformed(bare, motion, rng))
        table |= {f"{motion} {name}": energy for name, energy in zip(SOME.ids, after, strict=True)}
        copies += [(motion, name, f"{motion} {name}") for name in SOME.ids]
    order = rng.permutation(len(SOME)).tolist()
    pairs = list(zip(order, np.roll(order, 1).tolist(), strict=True))
    together = far_pairs(bare, pairs, rng)
    named = [(name, SOME.ids[i], SOME.ids[j]) for name, (i, j) in zip(together.ids, pairs, strict=True)]
    assert np.isnan(score_of_copies(table, copies, named).extensivity)
    table |= dict(zip(together.ids, predict(together), strict=True))
    assert score_of_copies(table, copies, named) == found


def test_arguments_stay_as_they_are():
    before = Molecules(SOME.ids, SOME.charges, SOME.positions, SOME.energies)
    score(each(coulomb))
    np.testing.assert_array_equal(SOME.positions, before.positions)
