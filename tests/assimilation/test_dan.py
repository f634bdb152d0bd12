"""The network as a loop written by hand, its cost, and what it refuses."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import DAN, Analyser, check_observations, gaussian_dan, losses
from course_lib.assimilation.kalman_dan import kalman_dan

SEEDS = [0, 1, 2]


def network(seed=0, blocks=2, **options):
    """A small network with active blocks."""
    dan = gaussian_dan(2, 2, 4, blocks, blocks, torch.Generator().manual_seed(seed), **options)
    for name, parameter in dan.named_parameters():
        if name.endswith("alpha"):
            parameter.data.fill_(0.3)
    return dan


def tensors(steps, size, seed=0):
    return [torch.tensor(array) for array in linear2d.experiment(steps, size, seed)]


@pytest.mark.parametrize("seed", SEEDS)
def test_forward_is_forecast_then_analysis_step_after_step(seed):
    dan, (_, _, y) = network(seed), tensors(6, 3, seed)
    forecasts, analyses = dan(y)
    h = torch.zeros(3, 4, dtype=torch.double)
    for t in range(6):
        h = dan.b(h)
        torch.testing.assert_close(forecasts.mean[:, t], dan.c(h).mean)
        h = dan.a.linear(dan.a.blocks(torch.cat([h, y[:, t]], -1)))
        torch.testing.assert_close(analyses.covariance()[:, t], dan.c(h).covariance())


def test_one_sequence_and_deeper_batches_are_filtered_alike():
    dan, (_, _, y) = network(), tensors(4, 6)
    together = dan(y)[1].mean
    torch.testing.assert_close(dan(y[2])[1].mean, together[2])
    torch.testing.assert_close(dan(y.reshape(2, 3, 4, 2))[1].mean, together.reshape(2, 3, 4, 2))


def test_no_density_depends_on_later_observations_nor_a_forecast_on_its_own():
    dan, (_, _, y) = network(), tensors(6, 2)
    changed = y.clone()
    changed[:, 3] += 1.0
    (forecasts, analyses), (others_b, others_a) = dan(y), dan(changed)
    assert torch.equal(forecasts.mean[:, :4], others_b.mean[:, :4])
    assert torch.equal(analyses.mean[:, :3], others_a.mean[:, :3])
    assert (analyses.mean[:, 3] - others_a.mean[:, 3]).abs().min() > 0
    assert (forecasts.mean[:, 4] - others_b.mean[:, 4]).abs().min() > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_losses_equal_sums_of_scipys_log_densities(seed):
    dan, (initial, states, y) = network(seed), tensors(5, 3, seed)
    with torch.no_grad():
        parts = losses(dan, initial, states, y)
        forecasts, analyses = dan(y)
        start = dan.initial()

    def mean_nll(q, x):
        return -np.mean([multivariate_normal.logpdf(x[i], q.mean[i], q.covariance()[i]) for i in np.ndindex(*x.shape[:-1])])

    first = -np.mean([multivariate_normal.logpdf(x, start.mean, start.covariance()) for x in initial])
    np.testing.assert_allclose(parts, [first, mean_nll(forecasts, states), mean_nll(analyses, states)], rtol=1e-9)
    assert parts.total == pytest.approx(sum(parts))


def test_gradient_through_all_of_time_equals_central_differences():
    dan, (initial, states, y) = network(blocks=1, learn_h0=True), tensors(3, 1)
    names, parameters = zip(*dan.named_parameters(), strict=True)
    assert "h0" in names

    def cost(*values):
        return torch.func.functional_call(
            Cost(dan), {f"dan.{n}": v for n, v in zip(names, values, strict=True)}, (initial, states, y)
        )

    assert torch.autograd.gradcheck(cost, parameters, eps=1e-7, atol=1e-4, rtol=1e-4)


class Cost(torch.nn.Module):
    """The total loss as a module, so that its parameters can be replaced."""

    def __init__(self, dan):
        super().__init__()
        self.dan = dan

    def forward(self, *data):
        return losses(self.dan, *data).total


@pytest.mark.parametrize(("shift", "stretch"), [(0.02, 1.0), (0.0, 1.5), (-0.01, 0.8)])
def test_cost_beyond_the_bayes_filter_is_the_kullback_leibler_divergence(shift, stretch):
    best = kalman_dan(linear2d.linear_gaussian())

    def wrong(h):
        q = best.c(h)
        return type(q)(q.mean + shift, stretch**0.5 * q.factor)

    _, states, y = tensors(5, 20_000)
    own, other = (best(y)[1], DAN(best.a, best.b, wrong, best.h0)(y)[1])
    difference = own.log_prob(states) - other.log_prob(states)
    P = own.covariance()[0]
    expected = 0.5 * (2 / stretch - 2 + shift**2 * 2 / (stretch * P[:, 0, 0]) + 2 * np.log(stretch))
    tolerance = 5 * difference.std(0) / 20_000**0.5
    assert ((difference.mean(0) - expected).abs() < tolerance).all()
    assert (expected > 0).all()


def test_memories_may_start_differently_for_each_sequence():
    dan, (initial, states, y) = network(), tensors(3, 4)
    h0 = torch.randn(4, 4, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    together = dan(y, h0)[1].mean
    for k in range(4):
        torch.testing.assert_close(dan(y[k], h0[k])[1].mean, together[k])
    expected = -dan.c(h0).log_prob(initial).mean()
    torch.testing.assert_close(losses(dan, initial, states, y, h0).initial, expected)


def test_untrained_network_keeps_its_memory_between_observations():
    dan = gaussian_dan(2, 2, 4, 3, 3, torch.Generator().manual_seed(0))
    h = torch.randn(5, 4, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    assert torch.equal(dan.b(h), h)


@pytest.mark.parametrize(
    ("observations", "message"),
    [
        (torch.zeros(2), r"expected shape \(..., T, p\)"),
        (torch.zeros(3, 0, 2), r"got \(3, 0, 2\)"),
        (torch.tensor([[0.0, torch.nan]]), "NaN or infinity in 1 places"),
        (torch.tensor([[torch.inf, 0.0]]), "NaN or infinity in 1 places"),
    ],
)
def test_unusable_observations_are_refused(observations, message):
    with pytest.raises(ValueError, match=message):
        check_observations(observations)
    with pytest.raises(ValueError, match=message):
        network()(observations.double())


def test_states_and_observations_must_be_of_one_length():
    initial, states, y = tensors(5, 3)
    with pytest.raises(ValueError, match="states: expected shapes"):
        losses(network(), initial, states[:, 1:], y)
    with pytest.raises(ValueError, match="states: expected shapes"):
        losses(network(), initial, states, y[:, 1:])
    with pytest.raises(ValueError, match="states: expected shapes"):
        losses(network(), initial[:2], states, y)


def test_a_single_observed_number_can_be_analysed_and_none_can_not():
    a = Analyser(4, 1, 2, torch.Generator().manual_seed(0))
    h, y = torch.ones(3, 4, dtype=torch.double), torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.double)
    weights = a.linear.weight[:, 4]  # with the blocks still passive a is linear, so this is how it depends on y
    torch.testing.assert_close(a(h, y) - a(h, 0 * y), y * weights)
    with pytest.raises(ValueError, match="p: expected a whole number, at least 1, got 0"):
        Analyser(4, 0, 2, torch.Generator())


@pytest.mark.parametrize("blocks", [-1, 1.5])
def test_numbers_of_blocks_that_are_none_are_refused(blocks):
    with pytest.raises(ValueError, match="blocks: expected a whole number"):
        Analyser(4, 2, blocks, torch.Generator())
