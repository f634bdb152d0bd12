"""Online training: its schedule, its truncation, its average, and that it can be stopped and gone on with."""

import numpy as np
import pytest
import torch

from course_lib.assimilation import lorenz95
from course_lib.assimilation.flat_dan import FlatDAN
from course_lib.assimilation.online import OnlineSettings, OnlineTraining
from course_lib.assimilation.ring import RingDAN
from course_lib.assimilation.ring_settings import RingSettings

SMALL = RingSettings(channels=3, hidden=4, blocks=1, reach=1, bandwidth=1)


def training(architecture=SMALL, **settings):
    settings = OnlineSettings(**{"cycles": 12, "batch": 4, "horizons": (2,), "warm_up": 2, "spin_up": 20, **settings})
    network = RingDAN(architecture, torch.Generator().manual_seed(0))
    return OnlineTraining(network, settings, architecture.observed)


def weights(network):
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def test_learning_rate_rises_then_falls_to_zero_along_half_a_cosine():
    settings = OnlineSettings(cycles=1000, warm_up=100, learning_rate=0.01)
    rates = np.array([settings.rate(cycle) for cycle in range(1001)])
    assert rates[0] < 1e-3 * 0.1 + 1e-9
    assert (np.diff(rates[:90]) > 0).all()
    assert (np.diff(rates[101:]) < 0).all()
    assert rates.max() <= 0.01
    assert rates[500] == pytest.approx(0.005)
    assert rates[1000] == pytest.approx(0, abs=1e-12)
    at_once = OnlineSettings(cycles=1000, warm_up=0, learning_rate=0.01)
    expected = [at_once.rate(cycle) * (cycle + 1) / 101 for cycle in range(101)]
    np.testing.assert_allclose(rates[:101], expected, rtol=1e-12)


def test_horizons_share_the_training_equally():
    settings = OnlineSettings(cycles=300, horizons=(1, 4, 9))
    assert [settings.horizon(cycle) for cycle in (0, 99, 100, 199, 200, 290, 291, 299)] == [1, 1, 4, 4, 9, 9, 9, 1]


def test_the_first_window_differentiates_the_mean_loss_of_its_cycles():
    one = training(learning_rate=1e-3)
    network = RingDAN(SMALL, torch.Generator().manual_seed(0))
    rng, truth = torch.Generator(), one.truth.clone()
    rng.set_state(one.rng.get_state())
    h, loss = network.start(4), 0.0
    for _ in range(2):
        truth = lorenz95.step(truth) + lorenz95.MODEL_NOISE * torch.randn(4, 40, generator=rng)
        h_b, h = network.cycle(h, truth + torch.randn(4, 40, generator=rng))
        loss = loss - network.c(h_b).log_prob(truth).mean() - network.c(h).log_prob(truth).mean()
    assert one.window() == pytest.approx(float(loss.detach()) / 2)
    expected = torch.autograd.grad(loss / 2 / 80, list(network.parameters()))
    length = torch.cat([g.flatten() for g in expected]).norm()
    for weight, gradient in zip(one.network.parameters(), expected, strict=True):
        torch.testing.assert_close(weight.grad, gradient / max(1.0, float(length) + 1e-6))


def test_a_window_cuts_the_memory_from_its_past():
    one = training()
    one.window()
    assert not one.memory.requires_grad
    assert one.memory.any()
    assert (one.cycle, one.windows) == (2, 1)


def test_with_certain_restart_memories_begin_anew():
    one = training(restart=0.99)
    one.window()
    assert not one.memory.any()


def test_share_of_memories_that_begin_anew_grows_with_the_cycles_of_a_window():
    one = training(restart=0.2, batch=200, spin_up=0)
    one.window()
    kept = one.memory.any(dim=-1).any(dim=0)
    assert 1 - kept.double().mean().item() == pytest.approx(2 * 0.2, abs=5 * np.sqrt(0.4 * 0.6 / 200))


def test_training_lowers_the_loss():
    one = training(cycles=160, learning_rate=0.01, batch=16)
    assert one.finished is False
    losses = [one.window() for _ in range(80)]
    assert np.mean(losses[-10:]) < np.mean(losses[5:15]) - 5
    assert one.finished is True


def test_average_lags_behind_the_weights_and_equals_its_recursion():
    one = training(averaging=0.9, learning_rate=0.01)
    expected = weights(one.network)
    for windows in range(4):
        one.window()
        keep = min(0.9, (1 + windows) / (10 + windows))
        expected = keep * expected + (1 - keep) * weights(one.network)
    torch.testing.assert_close(weights(one.average), expected)


def test_a_resumed_training_ends_where_an_uninterrupted_one_does():
    whole, first, second = training(), training(), training(seed=5)
    for _ in range(2):
        whole.window(), first.window()
    second.resume(first.state())
    for _ in range(3):
        assert whole.window() == second.window()
    torch.testing.assert_close(weights(second.average), weights(whole.average), rtol=0, atol=0)
    assert second.cycle == whole.cycle


def test_same_seed_same_training_and_another_seed_another():
    one, same, other = training(), training(), training(seed=1)
    assert one.window() == same.window() != other.window()


def test_a_loss_that_is_not_finite_changes_no_weight():
    one = training()
    one.memory = torch.full_like(one.memory, torch.inf)
    before = weights(one.network)
    assert not np.isfinite(one.window())
    torch.testing.assert_close(weights(one.network), before, rtol=0, atol=0)
    assert one.skipped == 1
    assert np.isfinite(one.window())


def test_a_gradient_that_is_not_finite_changes_no_weight():
    one = training()
    before = weights(one.network)
    hook = next(one.network.parameters()).register_hook(lambda gradient: gradient * torch.nan)
    assert np.isfinite(one.window())
    torch.testing.assert_close(weights(one.network), before, rtol=0, atol=0)
    assert one.skipped == 1
    hook.remove()
    assert np.isfinite(one.window())
    assert torch.isfinite(weights(one.network)).all()


def test_truth_is_on_the_attractor_and_observed_as_asked():
    one = training(RingSettings(observed="half", channels=3, hidden=4, blocks=1, bandwidth=1), batch=32, spin_up=200)
    assert abs(one.truth.mean() - 2.3) < 0.2
    assert abs(one.truth.std() - 3.6) < 0.2
    assert np.isfinite(one.window())


def test_fully_connected_network_trains_by_the_same_loop():
    network = FlatDAN(40, 40, 50, 1, 1, torch.Generator().manual_seed(0))
    one = OnlineTraining(network, OnlineSettings(cycles=40, batch=16, horizons=(2,), warm_up=2, spin_up=20))
    losses = [one.window() for _ in range(20)]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"cycles": 0}, "cycles"),
        ({"horizons": ()}, "horizons"),
        ({"horizons": (3, 0)}, "horizons"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"averaging": 1.0}, "averaging"),
        ({"restart": -0.1}, "restart"),
        ({"seed": -1}, "seed"),
        ({"clip": 0}, "clip"),
    ],
)
def test_settings_out_of_range_are_refused(change, name):
    with pytest.raises(ValueError, match=f"{name}: expected"):
        OnlineSettings(**change)


def test_states_of_other_trainings_are_refused():
    one = training()
    with pytest.raises(ValueError, match="truth has shape"):
        one.resume(training(batch=5).state())
    with pytest.raises(ValueError, match="another architecture"):
        one.resume(training(RingSettings(channels=3, hidden=5, blocks=1, reach=1, bandwidth=1)).state())
    with pytest.raises(ValueError, match="observed: 'some' is not known"):
        OnlineTraining(one.network, one.settings, "some")
