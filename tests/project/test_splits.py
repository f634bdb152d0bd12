import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from course_lib.project.molecules import compositions, heavy_atoms
from course_lib.project.motions import transformed
from course_lib.project.small_qm9 import small_qm9
from course_lib.project.splits import (
    group_folds,
    random_split,
    same_molecules,
    split_by_composition,
    split_by_group,
    split_by_size,
)

QM9 = small_qm9()


def is_partition(split, count):
    return np.array_equal(np.sort(np.concatenate(split)), np.arange(count))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_no_composition_is_on_both_sides_and_the_share_is_close_to_what_was_asked(seed, share):
    train, test = split_by_composition(QM9, share, np.random.default_rng(seed))
    formulas = compositions(QM9)
    assert is_partition((train, test), len(QM9))
    assert not set(formulas[train]) & set(formulas[test])
    largest_group = np.unique(formulas, return_counts=True)[1].max()
    assert abs(len(test) - share * len(QM9)) <= largest_group / 2


@pytest.mark.parametrize("seed", range(3))
def test_no_molecule_of_the_test_is_in_the_training_whatever_its_pose(seed):
    rng = np.random.default_rng(seed)
    posed = transformed(transformed(transformed(QM9, "rotation", rng), "permutation", rng), "reflection", rng)
    train, test = split_by_composition(QM9, 0.25, rng)
    assert same_molecules(QM9.select(train), posed.select(test)) == []


def test_random_split_is_a_partition_that_breaks_groups():
    train, test = random_split(len(QM9), 921 / 3921, np.random.default_rng(0))
    formulas = compositions(QM9)
    assert (len(train), len(test)) == (3000, 921)
    assert is_partition((train, test), len(QM9))
    assert np.mean(np.isin(formulas[test], formulas[train])) > 0.95


def test_different_seeds_give_different_splits_and_the_same_seed_the_same():
    first, again, other = (split_by_composition(QM9, 0.25, np.random.default_rng(seed))[1] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_molecules_of_the_shifted_test_are_larger_than_all_of_the_training():
    train, test = split_by_size(QM9, 6)
    assert is_partition((train, test), len(QM9))
    assert heavy_atoms(QM9)[train].max() == 6 < heavy_atoms(QM9)[test].min()
    assert len(test) == 3138


@pytest.mark.parametrize("folds", [2, 5, 10])
def test_each_molecule_is_tested_once_and_no_group_is_on_both_sides_of_a_fold(folds):
    groups = compositions(QM9)
    tested = []
    for train, test in group_folds(groups, folds):
        assert is_partition((train, test), len(QM9))
        assert not set(groups[train]) & set(groups[test])
        tested += test.tolist()
    assert sorted(tested) == list(range(len(QM9)))


def test_folds_are_those_of_scikit_learn():
    groups = compositions(QM9)[:200]
    for (_, ours), (_, theirs) in zip(group_folds(groups, 4), GroupKFold(4).split(groups, groups=groups), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("motion", ["translation", "rotation", "reflection", "permutation"])
def test_the_same_molecule_is_found_after_any_motion(motion):
    some = QM9.select(np.random.default_rng(0).permutation(len(QM9))[:100])
    pairs = same_molecules(some, transformed(some, motion, np.random.default_rng(1)))
    assert {(i, i) for i in range(100)} <= set(pairs)


def test_a_bent_molecule_is_another_one():
    water = QM9.select([2])
    assert same_molecules(water, water) == [(0, 0)]
    stretched = type(water)(water.ids, water.charges, water.positions * 1.05)
    assert same_molecules(water, stretched) == []
    assert same_molecules(water, stretched, tolerance=0.1) == [(0, 0)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: random_split(1, 0.5, rng), "^count: expected a whole number, at least 2, got 1"),
        (lambda rng: random_split(10, 0.0, rng), "^test: expected a positive number"),
        (lambda rng: random_split(10, 1.0, rng), "^test: expected a share above 0 and below 1"),
        (lambda rng: random_split(10, 0.01, rng), "^test: expected molecules on both sides, got 10 for training and 0"),
        (lambda rng: split_by_group(["a"] * 5, 0.3, rng), "^test: expected molecules on both sides"),
        (lambda rng: split_by_group([], 0.3, rng), "^groups: expected one for each molecule"),
        (lambda rng: split_by_size(QM9, 7), "^test: expected molecules on both sides"),
        (lambda rng: split_by_size(QM9, -1), "^most: expected a whole number, at least 0, got -1"),
        (lambda rng: group_folds(["a", "b"], 3), "^folds: expected at most one for each of 2 groups"),
        (lambda rng: group_folds(["a", "b"], 1), "^folds: expected a whole number, at least 2"),
        (lambda rng: same_molecules(QM9, QM9, tolerance=-1), "^tolerance: expected a positive number"),
    ],
)
def test_impossible_splits_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
