import numpy as np
import pytest

from course_lib.invariance.paths import paths_2d
from course_lib.invariance.rotation import rotation_averaged


def turned(paths, steps, L):
    """The paths of an image that is turned by so many steps, in the old order."""
    return tuple(path._replace(theta=tuple((theta + steps) % L for theta in path.theta)) for path in paths)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("relative", [True, False])
def test_average_is_the_mean_over_all_turns_and_does_not_change_with_one(seed, relative):
    J, L = 3, 4
    paths = paths_2d(J, L)
    features = np.random.default_rng(seed).normal(size=(5, len(paths)))
    averaged = rotation_averaged(features, paths, relative)
    by_path = dict(zip(paths, features.T, strict=True))
    all_turns = np.mean([[by_path[path] for path in turned(paths, steps, L)] for steps in range(L)], axis=0)
    if relative:  # the mean over turns itself, once for each set of paths that turn into each other
        for column in averaged.values.T:
            assert np.isclose(all_turns, column).all(axis=1).sum() in (1, L)
        assert len(np.unique(all_turns.round(9), axis=0)) == averaged.values.shape[-1]
    for steps in (1, 3):
        moved = np.stack([by_path[path] for path in turned(paths, steps, L)], axis=-1)
        np.testing.assert_allclose(rotation_averaged(moved, paths, relative).values, averaged.values, atol=1e-14)


@pytest.mark.parametrize(("J", "L"), [(1, 8), (3, 4), (5, 8)])
def test_number_of_averages(J, L):
    paths = paths_2d(J, L)
    features = np.zeros((2, 3, len(paths)))
    relative, absolute = rotation_averaged(features, paths), rotation_averaged(features, paths, relative=False)
    assert relative.values.shape == (2, 3, 1 + J + L * J * (J - 1) // 2)
    assert absolute.values.shape == (2, 3, 1 + J + J * (J - 1) // 2)
    assert len(set(relative.names)) == relative.values.shape[-1]
    assert len(absolute.names) == absolute.values.shape[-1]


def test_difference_of_angles_is_kept_or_averaged():
    paths = paths_2d(2, 4)
    features = np.array([(path.theta[1] - path.theta[0]) % 4 == 1 if path.order == 2 else 0 for path in paths], float)
    values, names = rotation_averaged(features, paths)
    assert dict(zip(names, values, strict=True)) == {**dict.fromkeys(names, 0.0), "S2(j=0,1 δ=1)": 1.0}
    values, names = rotation_averaged(features, paths, relative=False)
    assert values[names.index("S2(j=0,1)")] == pytest.approx(1 / 4)


def test_single_orders_can_be_averaged():
    paths = paths_2d(2, 3)
    features = np.arange(float(len(paths)))
    of_all = dict(zip(*reversed(rotation_averaged(features, paths)), strict=True))
    for order in (0, 1, 2):
        chosen = [path.order == order for path in paths]
        values, names = rotation_averaged(features[chosen], tuple(path for path in paths if path.order == order))
        assert {name: value for name, value in zip(names, values, strict=True)} == {name: of_all[name] for name in names}


def test_bad_input_is_refused():
    paths = paths_2d(2, 4)
    with pytest.raises(ValueError, match=r"^features: expected shape"):
        rotation_averaged(np.zeros(3), paths)
    with pytest.raises(ValueError, match=r"^features: expected finite"):
        rotation_averaged(np.full(len(paths), np.nan), paths)
    with pytest.raises(ValueError, match=r"^paths: S1\(j=1\) needs 4 angles to be averaged over, got 3"):
        rotation_averaged(np.zeros(8), paths[:8])
