import numpy as np
import pytest
from scipy.linalg.lapack import dpstrf
from sklearn.metrics.pairwise import rbf_kernel

from course_lib.project.chunks import PLAINLY
from course_lib.project.local_kernel import (
    atom_kernel,
    choose_references,
    nystroem_features,
    pivots,
    reference_sums,
    reference_weights,
)
from course_lib.project.neighbourhoods import Neighbourhood, directions
from course_lib.project.small_qm9 import small_qm9

HOW = Neighbourhood(sigma=0.3, widths=(0.4, 0.8), L=2)
ELEMENTS = (1, 6, 7, 8)
MOLECULES = small_qm9().select([3, 9, 14, 20, 25])


def references(count, seed=0):
    return choose_references(MOLECULES, ELEMENTS, HOW, count, np.random.default_rng(seed), PLAINLY)


def vectors():
    charges = MOLECULES.charges
    return directions(charges, MOLECULES.positions, ELEMENTS, HOW), np.nonzero(charges)[0], charges[charges > 0]


def test_atom_kernel_is_scikit_learns():
    p = vectors()[0]
    np.testing.assert_allclose(atom_kernel(p, p[:5], 0.7), rbf_kernel(p, p[:5], 1 / (2 * 0.7**2)), atol=1e-14)


def test_with_enough_references_the_features_give_the_kernel_summed_over_pairs_of_atoms():
    p, molecule, Z = vectors()
    full = rbf_kernel(p, p, 0.5) * (Z[:, None] == Z)
    expected = np.array([[full[np.ix_(molecule == a, molecule == b)].sum() for b in range(5)] for a in range(5)])
    known = references(1000)
    X = nystroem_features(reference_sums(MOLECULES, known, [1.0], HOW, ELEMENTS, PLAINLY)[:, 0], known, 1.0)
    np.testing.assert_allclose(X @ X.T, expected, rtol=1e-6)


def test_weights_of_references_predict_as_weights_of_features():
    known = references(12)
    sums = reference_sums(MOLECULES, known, [0.5, 1.0], HOW, ELEMENTS, PLAINLY)[:, 1]
    X = nystroem_features(sums, known, 1.0)
    w = np.random.default_rng(0).normal(size=X.shape[1])
    np.testing.assert_allclose(sums @ reference_weights(w, known, 1.0), X @ w, rtol=1e-6)


def test_references_are_shared_among_the_elements():
    known = references(12)
    assert list(known) == [1, 6, 7, 8]
    assert sum(len(V) for V in known.values()) <= 12
    assert min(len(V) for V in known.values()) >= 1


def test_shares_grow_with_the_root_of_the_number_of_atoms():
    counts = np.array([np.sum(MOLECULES.charges == Z) for Z in ELEMENTS])
    expected = 12 * np.sqrt(counts) / np.sqrt(counts).sum()
    assert [len(V) for V in references(12).values()] == [max(1, int(share)) for share in expected]


def test_references_of_an_element_are_atoms_of_it():
    p, _, Z = vectors()
    for element, chosen in references(12).items():
        squared = np.sum((chosen[:, None] - p[element == Z]) ** 2, axis=2)
        np.testing.assert_allclose(squared.min(axis=1), 0, atol=1e-12)  # they are kept in single precision


def test_an_element_that_no_molecule_has_gets_no_references():
    known = choose_references(MOLECULES, (*ELEMENTS, 9), HOW, 12, np.random.default_rng(0), PLAINLY)
    assert list(known) == [1, 6, 7, 8]


@pytest.mark.parametrize("seed", range(3))
def test_pivots_describe_the_rows_better_than_rows_at_random(seed):
    rng = np.random.default_rng(seed)
    p = rng.normal(size=(80, 3))
    p /= np.linalg.norm(p, axis=1, keepdims=True)

    def undescribed(rows):
        across = atom_kernel(p, p[rows], 1.0)
        return np.trace(atom_kernel(p, p, 1.0) - across @ np.linalg.solve(atom_kernel(p[rows], p[rows], 1.0), across.T))

    chosen = pivots(p, 8)
    assert len(set(chosen)) == 8
    assert undescribed(chosen) < np.median([undescribed(rng.permutation(80)[:8]) for _ in range(20)])


@pytest.mark.parametrize("width", [1.0, 1.7, 3.0])
def test_pivots_are_those_of_lapack(width):
    p = np.random.default_rng(2).normal(size=(40, 5))
    _, order, rank, _ = dpstrf(atom_kernel(p, p, width), tol=1e-6)
    chosen = pivots(p, 40, width, least=1e-6)
    assert len(chosen) == rank
    np.testing.assert_array_equal(chosen, order[:rank] - 1)


def test_pivots_stop_when_all_is_described():
    p = np.repeat(np.eye(4), 5, axis=0)
    assert len(pivots(p, 20)) == 4


def test_fewer_references_than_elements_are_refused():
    with pytest.raises(ValueError, match=r"^count: expected a whole number, at least 4"):
        references(3)
