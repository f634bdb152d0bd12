import numpy as np
import pytest
from scipy import stats

from course_lib.learning.mulberry import Mulberry32, normal_pairs


def one_by_one(seed, count):
    """Mulberry32 with Python's whole numbers, cut to 32 bits by hand."""
    mask, state, numbers = 2**32 - 1, seed, []
    for _ in range(count):
        state = (state + 0x6D2B79F5) & mask
        bits = ((state ^ (state >> 15)) * (state | 1)) & mask
        bits ^= (bits + (((bits ^ (bits >> 7)) * (bits | 61)) & mask)) & mask
        numbers.append(((bits ^ (bits >> 14)) & mask) / 2**32)
    return numbers


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**31, 2**32 - 1])
def test_random_numbers_follow_the_algorithm_one_by_one(seed):
    np.testing.assert_array_equal(Mulberry32(seed).random(500), one_by_one(seed, 500))


@pytest.mark.parametrize("seed", range(5))
def test_numbers_drawn_in_pieces_are_those_drawn_at_once(seed):
    rng = Mulberry32(seed)
    pieces = [rng.random(3), rng.random((2, 2)).ravel(), rng.random(0), rng.random(1)]
    np.testing.assert_array_equal(np.concatenate(pieces), Mulberry32(seed).random(8))


@pytest.mark.parametrize("seed", range(5))
def test_random_numbers_are_uniform_and_normal_ones_normal(seed):
    rng = Mulberry32(seed)
    assert stats.kstest(rng.random(20000), "uniform").pvalue > 1e-4
    assert stats.kstest(rng.normal((100, 200)).ravel(), "norm").pvalue > 1e-4


def test_normal_pairs_are_normal_and_uncorrelated():
    pairs = normal_pairs(np.random.default_rng(0).random((20000, 2)))
    for column in pairs.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 5 / np.sqrt(20000)


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_permutation_holds_each_index_once(count):
    order = Mulberry32(3).permutation(count)
    np.testing.assert_array_equal(np.sort(order), np.arange(count))


def test_every_permutation_of_three_is_as_likely_as_the_others():
    rng = Mulberry32(0)
    counts = np.unique([rng.permutation(3) for _ in range(6000)], axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert stats.chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("seed", [-1, 1.5, 2**32, "1"])
def test_seed_must_be_a_whole_number_of_32_bits(seed):
    with pytest.raises(ValueError, match="seed"):
        Mulberry32(seed)
