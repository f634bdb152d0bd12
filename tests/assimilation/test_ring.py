"""The ring network: its symmetry, its three maps, missing observations, and its fully connected relative."""

from copy import deepcopy

import pytest
import torch

from course_lib.assimilation import lorenz95
from course_lib.assimilation.flat_dan import FlatDAN, FlatGaussian
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_maps import Analyser, Procoder, Propagator, RingBlock
from course_lib.assimilation.ring_settings import CENTRE, SCALE, RingSettings

SMALL = {"channels": 4, "hidden": 6, "blocks": 2}


def random_network(seed=0, **changes):
    """In double precision, with no weight left at zero."""
    rng = torch.Generator().manual_seed(seed)
    network = RingDAN(RingSettings(**{**SMALL, **changes}), rng).double()
    with torch.no_grad():
        for weight in network.parameters():
            weight += 0.05 * torch.randn(weight.shape, generator=rng, dtype=torch.double)
    return network


def observations(seed=0, size=3, cycles=4, p=40):
    return CENTRE + SCALE * torch.randn(size, cycles, p, generator=torch.Generator().manual_seed(seed), dtype=torch.double)


@pytest.mark.parametrize(("dynamics", "update"), [("known", "learned"), ("learned", "learned"), ("learned", "bayes")])
@pytest.mark.parametrize("turn", [1, 7, 39])
def test_means_rotate_with_the_observations(dynamics, update, turn):
    network, y = random_network(dynamics=dynamics, update=update, bandwidth=0), observations()
    for plain, rotated in zip(network(y), network(y.roll(turn, -1)), strict=True):
        torch.testing.assert_close(rotated.mean, plain.mean.roll(turn, -1), rtol=0, atol=1e-12)


def test_the_seam_reaches_the_means_through_the_kalman_step_only():
    network, y = random_network(bandwidth=2), observations()
    plain, rotated = (network(obs)[0].mean[:, 0] for obs in (y, y.roll(1, -1)))
    torch.testing.assert_close(rotated, plain.roll(1, -1), rtol=0, atol=1e-12)  # the first forecast saw no observation yet
    plain, rotated = (network(obs)[1].mean for obs in (y, y.roll(1, -1)))
    assert not torch.allclose(rotated, plain.roll(1, -1))
    without = random_network(bandwidth=2, update="learned")
    plain, rotated = (without(obs)[1].mean for obs in (y, y.roll(1, -1)))
    torch.testing.assert_close(rotated, plain.roll(1, -1), rtol=0, atol=1e-12)


def test_with_every_second_site_observed_means_rotate_by_even_turns_only():
    network, y = random_network(observed="half", bandwidth=0), observations(p=20)
    plain, by_two = network(y)[1].mean, network(y.roll(1, -1))[1].mean
    torch.testing.assert_close(by_two, plain.roll(2, -1), rtol=0, atol=1e-12)
    assert not torch.allclose(by_two, plain.roll(1, -1))


def test_diagonal_covariances_rotate_and_banded_ones_do_so_away_from_the_seam():
    y = observations()
    diagonal = random_network(bandwidth=0)
    expected = diagonal(y)[1].covariance().roll((1, 1), (-2, -1))
    torch.testing.assert_close(diagonal(y.roll(1, -1))[1].covariance(), expected, rtol=0, atol=1e-12)
    banded = random_network(bandwidth=2, update="learned")
    plain, rotated = (banded(obs)[1].factor() for obs in (y, y.roll(1, -1)))
    inner = slice(5, 33)
    torch.testing.assert_close(
        rotated.roll((-1, -1), (-2, -1))[..., inner, inner], plain[..., inner, inner], rtol=0, atol=1e-12
    )
    assert not torch.allclose(rotated.roll((-1, -1), (-2, -1)), plain)


def test_new_propagator_with_known_model_moves_the_mean_almost_by_the_model():
    h = torch.randn(40, 2, 4, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    b = Propagator(RingSettings(**SMALL), torch.Generator().manual_seed(0)).double()
    with torch.no_grad():
        for block in b.blocks:
            block.back.zero_()
    mean = CENTRE + SCALE * h[..., 0].T
    torch.testing.assert_close(CENTRE + SCALE * b(h)[..., 0].T, lorenz95.step(mean))


def test_new_propagator_without_blocks_keeps_the_mean_if_the_model_is_not_known():
    h = torch.randn(40, 2, 4, generator=torch.Generator().manual_seed(0))
    b = Propagator(RingSettings(dynamics="learned", **SMALL), torch.Generator().manual_seed(0))
    for block in b.blocks:
        block.back.data.zero_()
    torch.testing.assert_close(b(h)[..., 0], h[..., 0])
    torch.testing.assert_close(b(h)[..., 1:], torch.tanh(h[..., 1:]))


def test_innovation_is_zero_where_nothing_is_observed():
    settings = RingSettings(observed="half", **SMALL)
    a = Analyser(settings, Procoder(settings), torch.Generator().manual_seed(0))
    h, y = torch.randn(40, 2, 4, generator=torch.Generator().manual_seed(0)), torch.full((2, 20), 5.0)
    y[1, 3] = torch.nan
    innovation, seen = a.innovation(h, y)
    assert not innovation[1::2].any()
    assert not seen[1::2].any()
    assert seen[::2].sum() == 39
    assert innovation[6, 1] == seen[6, 1] == 0
    torch.testing.assert_close(innovation[0], 5 - CENTRE - SCALE * h[0, :, 0])


def test_new_analyser_without_blocks_makes_the_kalman_analysis_of_its_forecast_density():
    network, y = random_network(), observations()[:, 0]
    with torch.no_grad():
        for block in network.a.blocks:
            block.back.zero_()
        h = torch.randn(40, 3, 4, generator=torch.Generator().manual_seed(0), dtype=torch.double)
        forecast, analysis = network.c(h), network.c(network.a(h, y))
    gain = forecast.covariance() @ torch.linalg.inv(forecast.covariance() + torch.eye(40))
    expected = forecast.mean + (gain @ (y - forecast.mean)[..., None])[..., 0]
    torch.testing.assert_close(analysis.mean, expected)


def test_analyser_and_network_share_one_procoder_also_in_a_copy():
    network, copy = random_network(), deepcopy(random_network())
    assert not any("procoder" in name for name in network.state_dict())
    with torch.no_grad():
        copy.c.bias += 1.0
    h, y = network.start(2), observations(size=2)[:, 0]
    assert not torch.allclose(copy.a(h, y)[..., 0], network.a(h, y)[..., 0])
    copy.load_state_dict(network.state_dict())
    torch.testing.assert_close(copy.a(h, y), network.a(h, y))


def test_missing_observations_are_like_those_of_unobserved_sites():
    network, y = random_network(), observations()
    y[..., 1::2] = torch.nan
    half = random_network(observed="half")
    half.load_state_dict(network.state_dict())
    for ours, theirs in zip(network(y), half(y[..., ::2]), strict=True):
        torch.testing.assert_close(ours.mean, theirs.mean)
        assert torch.isfinite(ours.mean).all()


def test_whole_sequences_give_what_cycle_after_cycle_gives():
    network, y = random_network(), observations()
    forecasts, analyses = network(y)
    h = network.start(3)
    for t in range(y.shape[1]):
        h_b, h = network.cycle(h, y[:, t])
        torch.testing.assert_close(network.c(h_b).log_prob(y[:, t]), forecasts[:, t].log_prob(y[:, t]))
        torch.testing.assert_close(network.c(h).covariance(), analyses[:, t].covariance())
    assert forecasts.mean.shape == y.shape


def test_block_equals_its_formula_written_out():
    rng = torch.Generator().manual_seed(0)
    block, h = RingBlock(2, 3, 1, rng).double(), torch.randn(5, 1, 2, generator=rng, dtype=torch.double)
    kernel = block.weight.reshape(3, 3, 2)  # hidden, neighbour, channel
    for i in range(5):
        inside = sum(kernel[:, k] @ h[(i + k - 1) % 5, 0] for k in range(3)) + block.bias
        expected = h[i, 0] + block.back @ torch.nn.functional.gelu(inside)
        torch.testing.assert_close(block(h)[i, 0], expected)


def test_procoder_reads_the_mean_from_the_first_channel():
    h = torch.randn(40, 2, 4, generator=torch.Generator().manual_seed(0))
    density = Procoder(RingSettings(**SMALL))(h)
    torch.testing.assert_close(density.mean, CENTRE + SCALE * h[..., 0].T)
    torch.testing.assert_close(density.covariance(), torch.eye(40).expand(2, 40, 40))  # untrained: unit variances


def test_start_is_the_mean_of_the_climate():
    network = random_network()
    torch.testing.assert_close(network.c(network.start(2)).mean, torch.full((2, 40), CENTRE, dtype=torch.double))
    climate = lorenz95.climate()
    assert abs(climate.mean[0] - CENTRE) < 0.1
    assert abs(climate.covariance[0, 0] ** 0.5 - SCALE) < 0.1


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"observed": "none"}, "observed"),
        ({"dynamics": "guess"}, "dynamics"),
        ({"update": "guess"}, "update"),
        ({"channels": 0}, "channels"),
        ({"bandwidth": 20}, "bandwidth"),
        ({"blocks": 1.5}, "blocks"),
    ],
)
def test_settings_that_make_no_network_are_refused(changes, name):
    with pytest.raises(ValueError, match=f"{name}: "):
        RingSettings(**changes)


def test_observations_of_wrong_shape_are_refused():
    network = random_network()
    for shape in ((3, 0, 40), (3, 40), (1, 3, 2, 40)):
        with pytest.raises(ValueError, match="observations: expected shape"):
            network(torch.zeros(shape))
    with pytest.raises(ValueError, match="y: expected shape"):
        network.cycle(network.start(3), torch.zeros(3, 20))


def test_fully_connected_network_starts_as_climate_and_gives_gradients_to_every_weight():
    network = FlatDAN(6, 6, 12, 2, 1, torch.Generator().manual_seed(0))
    h, y = network.start(3), torch.randn(3, 6, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(network.c(h).mean, torch.full((3, 6), CENTRE))
    for alpha, *_ in network.a:
        alpha.data += 0.1
    for alpha, *_ in network.b:
        alpha.data += 0.1
    _, h = network.cycle(h, y)
    h_b, h = network.cycle(h, y)
    (network.c(h_b).log_prob(y).mean() + network.c(h).log_prob(y).mean()).backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in network.parameters())


@pytest.mark.parametrize(("n", "memory", "name"), [(0, 12, "n"), (6, 0, "memory")])
def test_fully_connected_network_without_variables_is_refused(n, memory, name):
    with pytest.raises(ValueError, match=f"^{name}: expected a whole number, at least 1, got 0"):
        FlatDAN(n, 6, memory, 2, 1, torch.Generator())


def test_flat_gaussian_equals_torchs():
    rng = torch.Generator().manual_seed(0)
    mean, x = torch.randn(2, 4, 5, generator=rng, dtype=torch.double)
    factor = torch.randn(4, 5, 5, generator=rng, dtype=torch.double).tril(-1) + torch.eye(5, dtype=torch.double)
    ours = FlatGaussian(mean, factor)
    theirs = torch.distributions.MultivariateNormal(mean, scale_tril=factor)
    torch.testing.assert_close(ours.log_prob(x), theirs.log_prob(x))
    torch.testing.assert_close(ours.covariance(), theirs.covariance_matrix)
