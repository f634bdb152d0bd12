"""Training and test sets that say something about molecules not seen: by composition, by size, and at random for comparison."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from scipy.spatial.distance import pdist
from sklearn.model_selection import GroupKFold

from course_lib.basics.arguments import positive_number, whole_number
from course_lib.project.molecules import Molecules, compositions, heavy_atoms

Split = tuple[np.ndarray, np.ndarray]


def random_split(count: int, test: float, rng: np.random.Generator) -> Split:
    """Indices for training and test, drawn at random: optimistic, since a test molecule may have a near twin in training.

    Parameters
    ----------
    count : how many molecules there are.
    test : the test's share, above 0 and below 1.
    rng : source of randomness.

    Raises
    ------
    ValueError
        If a side would be empty.
    """
    order = rng.permutation(whole_number("count", count, 2))
    cut = round(count * _share(test))
    return _both(np.sort(order[cut:]), np.sort(order[:cut]))


def split_by_group(groups: ArrayLike, test: float, rng: np.random.Generator) -> Split:
    """Indices for training and test such that no group is on both sides.

    Groups go to the test, in random order, where this brings its share closer to what is asked; the rest is for training.

    Parameters
    ----------
    groups : what each molecule belongs to, shape (B,), such as its composition.
    test : the share of the molecules, not of the groups, above 0 and below 1.
    rng : source of randomness.

    Raises
    ------
    ValueError
        If a side would be empty; there must be two groups at least.
    """
    names, members = np.unique(_groups(groups), return_inverse=True)
    sizes = np.bincount(members)
    wanted, taken, chosen = _share(test) * len(members), 0, np.zeros(len(names), dtype=bool)
    for group in rng.permutation(len(names)):
        if abs(taken + sizes[group] - wanted) < abs(taken - wanted):
            chosen[group] = True
            taken += sizes[group]
    return _both(np.flatnonzero(~chosen[members]), np.flatnonzero(chosen[members]))


def split_by_composition(molecules: Molecules, test: float, rng: np.random.Generator) -> Split:
    """Indices for training and test such that no composition is on both sides; see :func:`split_by_group`."""
    return split_by_group(compositions(molecules), test, rng)


def split_by_size(molecules: Molecules, most: int) -> Split:
    """Indices for training, molecules of at most `most` heavy atoms, and test, those of more: a shift to other chemistry.

    Raises
    ------
    ValueError
        If a side would be empty.
    """
    larger = heavy_atoms(molecules) > whole_number("most", most, 0)
    return _both(np.flatnonzero(~larger), np.flatnonzero(larger))


def group_folds(groups: ArrayLike, folds: int) -> Iterator[Split]:
    """Indices for training and test of each fold of a cross-validation; no group is on both sides.

    Parameters
    ----------
    groups : what each molecule belongs to, shape (B,).
    folds : how many, at least 2. They are made about equally large, always the same way.

    Raises
    ------
    ValueError
        If there are fewer groups than folds.
    """
    groups = _groups(groups)
    if len(np.unique(groups)) < whole_number("folds", folds, 2):
        raise ValueError(f"folds: expected at most one for each of {len(np.unique(groups))} groups, got {folds}")
    return GroupKFold(folds).split(groups, groups=groups)


def same_molecules(a: Molecules, b: Molecules, tolerance: float = 0.01) -> list[tuple[int, int]]:
    """Pairs (i, j) such that molecule i of `a` and molecule j of `b` have the same shape, up to motion, mirror and numbering.

    Two molecules count as the same if their distances, sorted for each pair of elements, differ by at most `tolerance`, in Å.
    This tells whether a test set has a molecule in common with a training set. Different shapes can have the same distances,
    but that is rare.
    """
    positive_number("tolerance", tolerance)
    first, second = _by_composition(a), _by_composition(b)
    pairs = []
    for formula in sorted(set(first) & set(second)):
        (rows, X), (columns, Y) = first[formula], second[formula]
        near = cKDTree(Y).query_ball_point(X, tolerance, p=np.inf)
        pairs += [(int(i), int(columns[j])) for i, found in zip(rows, near, strict=True) for j in sorted(found)]
    return sorted(pairs)


def _by_composition(molecules: Molecules) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    formulas = compositions(molecules)
    rows = {str(formula): np.flatnonzero(formulas == formula) for formula in np.unique(formulas)}
    return {formula: (which, np.array([_distances(*molecules.atoms(i)) for i in which])) for formula, which in rows.items()}


def _distances(charges: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Distances between atoms, sorted by the two elements, then by length; a lone atom has the length 0."""
    i, j = np.triu_indices(len(charges), 1)
    if not len(i):
        return np.zeros(1)
    low, high, length = np.minimum(charges[i], charges[j]), np.maximum(charges[i], charges[j]), pdist(positions)
    return length[np.lexsort((length, high, low))]


def _share(test: float) -> float:
    if not 0 < (share := positive_number("test", test)) < 1:
        raise ValueError(f"test: expected a share above 0 and below 1, got {test!r}")
    return share


def _groups(groups: ArrayLike) -> np.ndarray:
    array = np.asarray(groups)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"groups: expected one for each molecule, shape (B,), got shape {array.shape}")
    return array


def _both(train: np.ndarray, test: np.ndarray) -> Split:
    if not (len(train) and len(test)):
        raise ValueError(f"test: expected molecules on both sides, got {len(train)} for training and {len(test)} for the test")
    return train, test
