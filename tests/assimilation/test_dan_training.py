"""Training through all of time: L-BFGS by hand, what is kept when it stops, and what it refuses."""

from copy import deepcopy

import pytest
import torch

from course_lib.assimilation import linear2d
from course_lib.assimilation.dan import gaussian_dan, losses
from course_lib.assimilation.dan_training import total_loss, train_full_bptt
from course_lib.assimilation.linear2d_network import gated_network
from course_lib.learning.history import TrainingDivergedError


def problem(seed=0):
    dan = gated_network(torch.Generator().manual_seed(seed), blocks=2)
    return dan, [torch.tensor(array) for array in linear2d.experiment(6, 16, seed)]


def weights(model):
    return torch.cat([value.flatten() for value in model.state_dict().values()])


class Quadratic(torch.nn.Module):
    """A bowl whose minimum is known."""

    def __init__(self):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.tensor([2.0, -1.0], dtype=torch.double))


def bowl(model, A, b):
    return 0.5 * model.theta @ A @ model.theta - b @ model.theta


def test_minimum_of_a_bowl_is_found():
    A = torch.tensor([[5.0, 1.0], [1.0, 0.5]], dtype=torch.double)
    b = torch.tensor([1.0, 2.0], dtype=torch.double)
    model = Quadratic()
    train_full_bptt(model, [A, b], iterations=20, loss=bowl)
    torch.testing.assert_close(model.theta.detach(), torch.linalg.solve(A, b), rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_weights_equal_those_of_torchs_lbfgs_called_by_hand(seed):
    dan, data = problem(seed)
    twin = deepcopy(dan)
    history = train_full_bptt(dan, data, iterations=8, history_size=5)

    optimizer = torch.optim.LBFGS(
        twin.parameters(),
        max_iter=8,
        history_size=5,
        line_search_fn="strong_wolfe",
        tolerance_grad=1e-10,
        tolerance_change=1e-14,
    )
    values = []

    def closure():
        optimizer.zero_grad()
        value = total_loss(twin, *data)
        value.backward()
        values.append(value.item())
        return value

    optimizer.step(closure)
    assert history.loss == values
    assert min(values) == losses(dan, *data).total.item()
    if values[-1] == min(values):
        torch.testing.assert_close(weights(dan), weights(twin), rtol=0, atol=1e-12)


def test_cost_falls_far_and_the_network_keeps_the_best_weights():
    dan, data = problem()
    history = train_full_bptt(dan, data, iterations=30, every=10)
    assert min(history.loss) < history.loss[0] - 5
    assert total_loss(dan, *data).item() == pytest.approx(min(history.loss), abs=1e-12)
    assert history.steps == list(range(1, len(history.loss) + 1))


class Call:
    """A callback that does one thing in one method."""

    def __init__(self, hook, action):
        setattr(self, hook, action)


def interrupt(state):
    raise KeyboardInterrupt


def test_interruption_keeps_what_was_learned():
    dan, data = problem()
    before = total_loss(dan, *data).item()
    history = train_full_bptt(dan, data, iterations=50, every=5, callbacks=[Call("on_epoch", interrupt)])
    assert history.interrupted
    assert total_loss(dan, *data).item() == pytest.approx(min(history.loss), abs=1e-12)
    assert min(history.loss) < before


def test_callbacks_are_called_after_each_part_and_may_stop_the_training():
    dan, data = problem()
    epochs, ends = [], []

    def stop_at_two(state):
        epochs.append((state.epoch, state.epochs))
        if state.epoch == 2:
            state.stop()

    history = train_full_bptt(
        dan,
        data,
        iterations=12,
        every=3,
        callbacks=[Call("on_epoch", stop_at_two), Call("on_end", lambda state: ends.append(1))],
    )
    assert epochs == [(1, 4), (2, 4)]
    assert ends == [1]
    assert history.stopped


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_cost_that_is_not_finite_ends_with_an_error_and_the_best_weights(bad):
    dan, data = problem()
    calls = []

    def loss(model, *data):
        calls.append(1)
        return total_loss(model, *data) + (bad if len(calls) == 7 else 0.0)

    with pytest.raises(TrainingDivergedError, match="at evaluation 7: train on shorter sequences") as raised:
        train_full_bptt(dan, data, iterations=50, loss=loss)
    finite = raised.value.history.loss[:-1]
    assert total_loss(dan, *data).item() == pytest.approx(min(finite), abs=1e-12)


def test_an_unstable_network_diverges_with_an_error():
    dan = gaussian_dan(2, 2, 4, 1, 1, torch.Generator().manual_seed(0))
    with torch.no_grad():
        dan.a.linear.weight.mul_(1e160)
    _, data = problem()
    with pytest.raises(TrainingDivergedError):
        train_full_bptt(dan, data, iterations=5)


def test_nothing_is_done_in_no_iterations():
    dan, data = problem()
    before = weights(dan)
    assert train_full_bptt(dan, data, iterations=0).loss == []
    assert torch.equal(weights(dan), before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iterations": -1}, "iterations: expected a whole number"),
        ({"every": 0}, "every: expected a whole number"),
        ({"history_size": 0}, "history_size: expected a whole number"),
        ({"callbacks": [3]}, "callbacks: expected objects with a method"),
        ({"loss": lambda model, *data: 3.0}, "loss: expected a tensor of shape"),
        ({"loss": lambda model, *data: data[0].sum()}, "loss: expected a tensor of shape"),
        ({"loss": lambda model, *data: -model(data[2])[1].log_prob(data[1])}, r"got shape \(16, 6\)"),
    ],
)
def test_unusable_arguments_are_refused(options, message):
    dan, data = problem()
    with pytest.raises(ValueError, match=message):
        train_full_bptt(dan, data, **{"iterations": 2} | options)
