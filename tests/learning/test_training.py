"""The training loop against loops of plain torch, its order of the samples, what stops it, and bad input."""

import math
from copy import deepcopy

import pytest
import torch
from torch import nn

from course_lib.learning.history import State, TrainingDivergedError
from course_lib.learning.training import batches, one_epoch, train

SEEDS = [0, 1, 2]


def problem(seed, count=23, dropout=0.0):
    """A small network and data, in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1)).double()
        x = torch.randn(count, 3, dtype=torch.double)
    return model, (x, torch.sin(x.sum(dim=1, keepdim=True)))


def square(model, x, y):
    return nn.functional.mse_loss(model(x), y)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def sgd(model, learning_rate=0.1):
    return torch.optim.SGD(model.parameters(), lr=learning_rate)


def fit(model, data, loss=square, **options):
    """Train with the options that a test does not care about filled in."""
    usual = {"optimizer": None, "batch_size": 5, "epochs": 3, "rng": generator()} | options
    return train(model, loss, data, **usual | {"optimizer": usual["optimizer"] or sgd(model)})


def weights(model):
    return nn.utils.parameters_to_vector(model.parameters()).detach().clone()


class Call:
    """A callback that does one thing in one method."""

    def __init__(self, hook, action):
        setattr(self, hook, action)


# The loop


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("make", [sgd, lambda model: torch.optim.Adam(model.parameters(), lr=0.01)])
@pytest.mark.parametrize("clip", [None, 0.3])
def test_weights_and_losses_equal_those_of_a_loop_written_by_hand(seed, make, clip):
    model, (x, y) = problem(seed)
    twin = deepcopy(model)
    history = fit(model, (x, y), optimizer=make(model), rng=generator(seed), clip=clip)

    optimizer, rng, losses = make(twin), generator(seed), []
    for _ in range(3):
        order = torch.randperm(23, generator=rng)
        for first in range(0, 23, 5):
            rows = order[first : first + 5]
            optimizer.zero_grad()
            loss = ((twin(x[rows]) - y[rows]) ** 2).mean()
            loss.backward()
            if clip is not None:
                length = math.sqrt(sum(float((p.grad**2).sum()) for p in twin.parameters()))
                for p in twin.parameters():
                    p.grad *= min(1.0, clip / (length + 1e-6))
            optimizer.step()
            losses.append(loss.item())
    torch.testing.assert_close(weights(model), weights(twin), rtol=0, atol=1e-14)
    torch.testing.assert_close(history.loss, losses, rtol=0, atol=1e-14)
    assert history.steps == list(range(1, 16))


def test_clipping_shortens_a_long_gradient_as_torch_does_and_leaves_a_short_one():
    model, data = problem(0)
    square(model, *data).backward()
    length = nn.utils.clip_grad_norm_(model.parameters(), math.inf).item()
    for clip, expected in ((length / 2, length / 2), (2 * length, length)):
        twin, _ = problem(0)
        before = weights(twin)
        fit(twin, data, optimizer=sgd(twin, 1.0), batch_size=23, epochs=1, clip=clip)
        moved = torch.linalg.vector_norm(weights(twin) - before).item()
        assert moved == pytest.approx(expected, rel=2e-6)  # torch adds 1e-6 to the length that it divides by


def test_the_same_seed_gives_the_same_weights_and_another_seed_does_not():
    trained = []
    for seed in (3, 3, 4):
        model, data = problem(0, dropout=0.5)
        fit(model, data, rng=generator(seed))
        trained.append(weights(model))
    assert torch.equal(trained[0], trained[1])
    assert not torch.allclose(trained[0], trained[2])


def test_what_layers_draw_differs_from_seed_to_seed():
    drawn = set()
    for seed in range(10):
        model, data = problem(0)
        fit(model, data, rng=generator(seed), callbacks=[Call("on_start", lambda state: drawn.add(torch.rand(()).item()))])
    assert len(drawn) == 10


def test_the_random_numbers_of_others_are_left_alone():
    model, data = problem(0, dropout=0.5)
    before = torch.get_rng_state()
    fit(model, data)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("count", "batch_size"), [(23, 5), (20, 5), (7, 1), (7, 7)])
def test_batches_cover_the_data_exactly_once_an_epoch(seed, count, batch_size):
    rng = generator(seed)
    first, second = ([rows.tolist() for rows in batches(count, batch_size, rng)] for _ in range(2))
    for epoch in (first, second):
        assert sorted(row for rows in epoch for row in rows) == list(range(count))
        assert [len(rows) for rows in epoch[:-1]] == [batch_size] * (math.ceil(count / batch_size) - 1)
    assert first != second


def test_rows_of_all_tensors_stay_together():
    model, (x, _) = problem(0)
    seen = []

    def loss(model, x, number):
        seen.extend(zip(x.tolist(), number.tolist(), strict=True))
        return model(x).mean()

    fit(model, (x, torch.arange(23)), loss=loss, epochs=1)
    assert sorted(number for _, number in seen) == list(range(23))
    assert all(row == x[number].tolist() for row, number in seen)


def test_one_epoch_makes_a_step_for_each_batch_in_the_given_order():
    model, (x, y) = problem(0)
    twin = deepcopy(model)
    order, called = [torch.tensor([4, 2]), torch.tensor([0, 1, 3])], []
    state = State(model, sgd(model), epochs=1)
    one_epoch(state, square, (x, y), order, None, called.append)
    for rows in order:
        gradients = torch.autograd.grad(square(twin, x[rows], y[rows]), list(twin.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(twin.parameters(), gradients, strict=True):
                parameter -= 0.1 * gradient
    torch.testing.assert_close(weights(model), weights(twin), rtol=0, atol=1e-14)
    assert (state.epoch, state.step) == (1, 2)
    assert called == ["on_batch", "on_batch", "on_epoch"]


def test_no_epochs_change_nothing():
    model, data = problem(0)
    before = weights(model)
    history = fit(model, data, epochs=0)
    assert torch.equal(weights(model), before)
    assert history.steps == history.loss == []


def test_the_model_is_in_training_mode_during_steps_and_in_evaluation_mode_afterwards():
    model, data = problem(0)
    model.eval()
    modes = []

    def loss(model, x, y):
        modes.append(model.training)
        return square(model, x, y)

    fit(model, data, loss=loss)
    assert modes == [True] * 15
    assert not model.training


# Callbacks, and what ends a training


def test_callbacks_are_called_in_their_order_at_their_time():
    model, data = problem(0)
    seen = []
    callbacks = [
        Call(hook, lambda state, hook=hook: seen.append((hook, state.epoch, state.step)))
        for hook in ("on_end", "on_epoch", "on_batch", "on_start")
    ]
    fit(model, data, batch_size=12, epochs=2, callbacks=callbacks)
    batch = [
        ("on_batch", 0, 1),
        ("on_batch", 0, 2),
        ("on_epoch", 1, 2),
        ("on_batch", 1, 3),
        ("on_batch", 1, 4),
        ("on_epoch", 2, 4),
    ]
    assert seen == [("on_start", 0, 0), *batch, ("on_end", 2, 4)]


def test_a_callback_may_stop_in_the_middle_of_an_epoch():
    model, data = problem(0)
    history = fit(model, data, callbacks=[Call("on_batch", lambda state: state.step == 7 and state.stop())])
    assert history.steps == list(range(1, 8))
    assert history.stopped
    assert not history.interrupted


def test_an_interrupt_keeps_weights_and_history():
    def interrupt(state):
        if state.step == 7:
            raise KeyboardInterrupt

    ended = []
    model, data = problem(0)
    history = fit(model, data, callbacks=[Call("on_batch", interrupt), Call("on_end", lambda state: ended.append(state.step))])
    twin, _ = problem(0)
    expected = fit(twin, data, callbacks=[Call("on_batch", lambda state: state.step == 7 and state.stop())])
    assert history.interrupted
    assert history.loss == expected.loss
    assert ended == [7]
    assert torch.equal(weights(model), weights(twin))


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_before_it_spoils_the_weights(wrong):
    model, data = problem(0)
    before = []

    def loss(model, x, y):
        before.append(weights(model))
        return square(model, x, y) * (wrong if len(before) == 8 else 1.0)

    with pytest.raises(TrainingDivergedError, match=r"at step 8, in epoch 2.*smaller learning rate") as caught:
        fit(model, data, loss=loss)
    assert torch.equal(weights(model), before[-1])
    assert len(caught.value.history.loss) == 7


def test_too_large_a_learning_rate_is_reported_as_divergence():
    model, data = problem(0)
    with pytest.raises(TrainingDivergedError, match="smaller learning rate"):
        fit(model, data, optimizer=sgd(model, 1e6), epochs=500)


# Bad input


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_size": 0}, "batch_size: expected a whole number, at least 1, got 0"),
        ({"batch_size": 24}, "batch_size: expected at most the number of samples, 23, got 24"),
        ({"batch_size": 2.0}, "batch_size: .* got 2.0"),
        ({"epochs": -1}, "epochs: expected a whole number, at least 0, got -1"),
        ({"rng": 0}, "rng: expected a torch.Generator, got 0"),
        ({"clip": 0}, "clip: expected a positive number, got 0"),
        ({"callbacks": [object()]}, "callbacks: expected objects with a method on_start"),
        ({"optimizer": sgd(problem(1)[0])}, "optimizer: expected parameters of the model"),
        ({"loss": lambda model, x, y: (model(x) - y) ** 2}, r"loss: expected a tensor of shape \(\).*got shape \(5, 1\)"),
        ({"loss": lambda model, x, y: 1.0}, r"loss: expected a tensor of shape \(\).*got 1.0"),
        ({"loss": lambda model, x, y: y.mean()}, "loss: expected a tensor that depends on the parameters"),
    ],
)
def test_bad_options_are_refused_by_name(options, message):
    model, data = problem(0)
    with pytest.raises(ValueError, match=message):
        fit(model, data, **options)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ((), "data: expected a tuple of tensors"),
        (torch.zeros(4, 3), "data: expected a tuple of tensors"),
        ((torch.zeros(4, 3), [1, 2, 3, 4]), "data: expected a tuple of tensors"),
        ((torch.zeros(4, 3), torch.zeros(5, 1)), r"data: expected tensors of one first length, at least 1, got \[4, 5\]"),
        ((torch.zeros(0, 3), torch.zeros(0, 1)), r"data: expected tensors of one first length, at least 1, got \[0, 0\]"),
    ],
)
def test_bad_data_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        fit(problem(0)[0], data, batch_size=1)


@pytest.mark.parametrize("frozen", [True, False])
def test_a_model_without_trainable_parameters_is_refused(frozen):
    model = nn.Linear(3, 1).requires_grad_(False) if frozen else nn.Identity()
    with pytest.raises(ValueError, match="model: expected at least one trainable parameter"):
        fit(model, problem(0)[1], optimizer=sgd(problem(1)[0]))


@pytest.mark.parametrize(
    ("count", "batch_size", "message"),
    [
        (0, 1, "count: expected a whole number, at least 1, got 0"),
        (2.5, 1, "count: .* got 2.5"),
        (3, 4, "batch_size: expected at most the number of samples, 3, got 4"),
        (3, 0, "batch_size: expected a whole number, at least 1, got 0"),
    ],
)
def test_impossible_batches_are_refused(count, batch_size, message):
    with pytest.raises(ValueError, match=message):
        batches(count, batch_size, generator())
