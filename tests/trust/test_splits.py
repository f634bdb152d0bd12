from itertools import combinations

import numpy as np
import pytest
from scipy.linalg import orth

from course_lib.trust.splits import best_split, projection_gain, split_condition


def test_the_only_possible_split_is_found():
    C_y = np.zeros((3, 8))
    C_y[0, 6], C_y[1, 2], C_y[2, 4] = 1e-9, 1, 1e9
    assert best_split(C_y) == [2, 4, 6]
    assert split_condition(C_y, [4, 6, 2]) == 1
    assert split_condition(C_y, [4, 6, 1]) == np.inf


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(("n", "p"), [(1, 5), (3, 8), (5, 6), (4, 4), (10, 60)])
def test_no_completed_output_amplifies_the_error_of_another(seed, n, p):
    rng = np.random.default_rng(seed)
    C_y, scale = rng.normal(size=(n, p)), np.exp(2 * rng.normal(size=p))
    split = best_split(C_y, scale)
    rest = np.setdiff1d(np.arange(p), split)
    factors = np.linalg.solve(C_y[:, split] * scale[split], C_y[:, rest] * scale[rest])
    assert np.abs(factors).max(initial=0) <= 1 + 1e-8
    assert split_condition(C_y, split, scale) <= np.sqrt(1 + n * (p - n)) + 1e-8


@pytest.mark.parametrize("seed", range(5))
def test_the_split_has_nearly_the_largest_determinant_of_all(seed):
    rng = np.random.default_rng(seed)
    C_y = rng.normal(size=(3, 8))
    sizes = {split: abs(np.linalg.det(C_y[:, split])) for split in combinations(range(8), 3)}
    found = sizes[tuple(best_split(C_y))]
    assert found >= 3**-1.5 * max(sizes.values())  # Hadamard: a matrix with entries up to 1 has determinant up to 3^(3/2)
    assert found > np.median(list(sizes.values()))


@pytest.mark.parametrize("seed", range(5))
def test_condition_belongs_to_the_split_and_not_to_how_the_equations_are_written(seed):
    rng = np.random.default_rng(seed)
    C_y, scale = rng.normal(size=(3, 6)), np.exp(rng.normal(size=6))
    rows = orth((C_y * scale).T).T
    found = split_condition(C_y, [0, 2, 5], scale)
    assert found == pytest.approx(np.linalg.cond(rows[:, [0, 2, 5]]))
    rewritten = rng.normal(size=(3, 3)) @ C_y
    assert split_condition(rewritten, [0, 2, 5], scale) == pytest.approx(found)
    units = np.array([[1e-6], [1.0], [1e6]])
    assert best_split(units * C_y, scale) == best_split(C_y, scale)


def test_one_output_determines_itself_as_well_as_any_number_unless_the_law_does_not_contain_it():
    assert split_condition([[1, 0.01]], [1]) == 1
    assert split_condition([[1, 0]], [1]) == np.inf


def test_outputs_that_vary_more_are_completed_first():
    assert best_split([[1, 1, 1]], [1, 5, 2]) == [1]


@pytest.mark.parametrize("seed", range(5))
def test_projection_gain_is_the_textbook_formula(seed):
    rng = np.random.default_rng(seed)
    C_y, scale = rng.normal(size=(3, 6)), np.exp(rng.normal(size=6))
    S2 = np.diag(scale**2)
    expected = S2 @ C_y.T @ np.linalg.inv(C_y @ S2 @ C_y.T)
    np.testing.assert_allclose(projection_gain(C_y, scale), expected, atol=1e-10)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"^C: expected at most as many equations"):
        best_split(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"^C_y: expected finite"):
        best_split([[np.inf, 1]])
    for residual, listed in (([0, 1], "0, 1"), ([-1], "-1"), ([2], "2"), ([], "none")):
        with pytest.raises(ValueError, match=rf"^residual: expected 1 different outputs between 0 and 1, got {listed}$"):
            split_condition([[1, 2]], residual)
    with pytest.raises(ValueError, match=r"^scale: expected positive"):
        best_split([[1, 2]], [-1, 1])
