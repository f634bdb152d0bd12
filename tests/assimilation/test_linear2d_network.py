"""The untrained network for the linear 2-d system: a poor filter with gates, and starts of its own for each sequence."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import losses
from course_lib.assimilation.linear2d_network import KnownStart, gated_network, known_start_loss
from course_lib.assimilation.linear2d_scores import network_scores

SEEDS = [0, 1, 2]


def network(seed=0, **options):
    return gated_network(torch.Generator().manual_seed(seed), **options)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("start", ["persistence", "kalman"])
def test_untrained_network_filters_but_is_no_kalman_filter(seed, start):
    data = linear2d.experiment(50, 200, seed)
    error = network_scores(network(seed, start=start), data).rmse_analysis[-1]
    assert 0.03 < error < 2.0


def test_persistence_knows_neither_the_rotation_nor_the_gain():
    dan = network()
    turn = dan.b[0].linear.weight[:2, :2]
    assert turn.abs().max() < 0.01 < linear2d.THETA / 2
    assert abs(dan.a.linear.weight[0, 4].item() - 0.05) < 0.01


def test_number_of_weights_is_that_of_the_architecture():
    count = sum(parameter.numel() for parameter in network(blocks=6).parameters())
    assert count == 6 * (36 + 6 + 1) + (24 + 4) + 2 * (16 + 4 + 1) + (20 + 5)


def test_a_pair_of_blocks_is_a_gate_for_the_innovation():
    dan, d = gated_network(torch.Generator().manual_seed(0), blocks=2), 0.02

    def through(level):
        h = torch.tensor([1.0, 1.0, level, 0.0], dtype=torch.double)
        pair = [dan.a.blocks(torch.cat([h, h[:2] + sign * d])) for sign in (1, -1)]
        return ((pair[0] - pair[1])[:2] / (2 * d * 2 * 0.01)).detach().numpy()  # in units of 2 α d

    np.testing.assert_allclose(through(0.2), 1.0, atol=0.05)  # open
    np.testing.assert_allclose(through(-1.2), 0.01, atol=0.05)  # closed


def test_gates_open_one_after_another_on_the_mean_and_half_a_stair_earlier_on_the_observation():
    dan, d = network(blocks=6), 0.01

    def stairs(levels, rows, size):
        h = torch.tensor([[1.0, 1.0, level, 0.0] for level in levels], dtype=torch.double)
        through = [
            dan.a.blocks(torch.cat([h, h[:, :2] + sign * d], 1))[:, rows] - sign * d * (rows.start == 4) for sign in (1, -1)
        ]
        return ((through[0] - through[1]) / (2 * d * 2 * 0.01 * size)).detach().numpy()  # in units of 2 α d

    open_gates = [[3, 3], [2, 2], [1, 1], [0, 0]]
    levels = np.linspace(0, -0.8, 4)  # three gates, whose thresholds span 0.8: each lies between two levels
    np.testing.assert_array_equal(stairs(levels, slice(0, 2), 1).round(), open_gates)
    np.testing.assert_array_equal(stairs(levels - 0.4 / 3, slice(4, 6), 5).round(), open_gates)


def test_first_memory_is_the_start_of_the_system_and_the_usual_spread_is_three_hundredths():
    dan = network()
    first = dan.c(dan.h0)
    np.testing.assert_allclose(first.mean.detach(), linear2d.START)
    np.testing.assert_allclose(first.covariance().diagonal().sqrt().detach(), linear2d.SIGMA_0, rtol=0.2)
    usual = dan.c(torch.tensor([1.0, 2.0, 0.0, 0.0], dtype=torch.double))
    np.testing.assert_allclose(usual.mean.detach(), [1, 2])
    np.testing.assert_allclose(usual.covariance().diagonal().sqrt().detach(), 0.03, rtol=0.05)


def test_the_same_seed_gives_the_same_network_and_another_seed_does_not():
    one, same, other = (torch.cat([p.flatten() for p in network(seed).parameters()]) for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_unknown_start_is_refused():
    with pytest.raises(ValueError, match="start: 'best' is not known; expected one of persistence, kalman"):
        network(start="best")


def test_known_start_gives_the_network_its_own_memory_at_the_systems_start():
    dan = network()
    before = dan.h0.clone()
    model = KnownStart(dan)
    torch.testing.assert_close(model.start(torch.tensor(linear2d.START, dtype=torch.double)).detach(), before)
    with torch.no_grad():
        model.start.weight[3] += torch.tensor([1.0, 2.0])
    assert model.finished() is dan
    torch.testing.assert_close(dan.h0 - before, torch.tensor([0.0, 0.0, 0.0, 9.0], dtype=torch.double))


def test_loss_with_known_starts_equals_the_cost_when_all_start_alike():
    dan = network()
    data = [torch.tensor(array) for array in linear2d.experiment(5, 8, 0)]
    mean = torch.tensor([linear2d.START] * 8, dtype=torch.double)
    torch.testing.assert_close(known_start_loss(KnownStart(dan), *data, mean), losses(dan, *data).total)
