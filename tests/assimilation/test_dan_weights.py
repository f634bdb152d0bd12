"""Weights in files: they come back, and those of another architecture do not."""

import numpy as np
import pytest
import torch

from course_lib.assimilation.dan import gaussian_dan
from course_lib.assimilation.dan_weights import load_weights, read_record, save_weights


def network(seed=0, memory=4, blocks=2):
    return gaussian_dan(2, 2, memory, blocks, 1, torch.Generator().manual_seed(seed))


def equal(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


def test_weights_and_record_come_back_to_the_last_bit(tmp_path):
    stored, other = network(0), network(1)
    save_weights(tmp_path / "w.npz", stored, {"seed": 0, "score": 1.25})
    assert not equal(stored, other)
    assert load_weights(tmp_path / "w.npz", other) == {"seed": 0, "score": 1.25} == read_record(tmp_path / "w.npz")
    assert equal(stored, other)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"memory": 5}, r"h0: expected shape \(5,\), got \(4,\)"), ({"blocks": 3}, "expected shape .*, got none")],
)
def test_weights_of_another_architecture_are_refused_and_change_nothing(tmp_path, options, message):
    save_weights(tmp_path / "w.npz", network(), {})
    other, untouched = network(1, **options), network(1, **options)
    with pytest.raises(ValueError, match="w.npz holds the weights of another architecture.*" + message):
        load_weights(tmp_path / "w.npz", other)
    assert equal(other, untouched)


def test_a_file_without_record_is_refused(tmp_path):
    np.savez(tmp_path / "w.npz", theta=np.zeros(3))
    with pytest.raises(ValueError, match="holds no record of a network"):
        load_weights(tmp_path / "w.npz", network())


def test_nothing_in_a_file_is_executed(tmp_path):
    np.savez(tmp_path / "w.npz", record=np.array([{"an": "object"}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle=False"):
        read_record(tmp_path / "w.npz")
